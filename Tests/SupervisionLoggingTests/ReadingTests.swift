//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-supervision open source project
//
// Copyright (c) 2026 the swift-supervision project authors
// Licensed under Apache License v2.0
//
// See LICENSE.txt for license information
//
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Logging
import SupervisionLogging
import Testing

@Suite("Log tree: reading", .timeLimit(.minutes(1)))
struct ReadingTests {
    let tree = LogTree()

    init() throws {
        for (path, text) in [("main", "1"), ("main/foo", "2"), ("aux", "3"), ("main/bar", "4"), ("main/foo", "5")] {
            try tree.node(path).log(.info, text)
        }
    }

    @Test("MON-122 A node with those below it, and the whole tree")
    func subtree() throws {
        #expect(try tree.texts(LogFilter("main", includesDescendants: true)) == ["1", "2", "4", "5"])
        #expect(try tree.texts(LogFilter("", includesDescendants: true)) == ["1", "2", "3", "4", "5"])
        #expect(try tree.texts(LogFilter("main")) == ["1"])
    }

    @Test("MON-123 The last ones of a subtree, in the order of time")
    func last() throws {
        #expect(try tree.texts(LogFilter("main", includesDescendants: true), .last(3)) == ["2", "4", "5"])
        #expect(try tree.texts(.all, .last(100)).count == 5)
        #expect(try tree.texts(.all, .last(0)) == [])
        #expect(try tree.texts(.all, .none) == [])
        let error = #expect(throws: LogError.self) { try tree.backlog(.all, .last(-1)) }
        #expect(error?.code == .invalidFilter)
    }

    @Test("MON-124 A node without entries of its own has none, whatever is below it")
    func exact() throws {
        try tree.node("x/y").log(.info, "6")
        #expect(try tree.texts(LogFilter("x")) == [])
        #expect(try tree.texts(LogFilter("x", includesDescendants: true)) == ["6"])
    }

    @Test("MON-126 Only messages of a level and above, in order")
    func severity() throws {
        let node = try tree.node("levels")
        for level in Logger.Level.allCases + Logger.Level.allCases { node.log(level, level.rawValue) }
        let filter = LogFilter("levels", minimumLevel: .warning)
        let expected = ["warning", "error", "critical"]
        #expect(try tree.texts(filter) == expected + expected)
        #expect(try tree.backlog(filter).compactMap { $0.leveled?.severity.letter } == Array("WEFWEF"))
    }

    @Test("MON-127 A minimum level keeps raw lines, unless only messages are asked for")
    func rawWithLevel() throws {
        let node = try tree.node("n")
        node.log(.info, "info")
        node.raw("raw")
        node.log(.error, "error")
        #expect(try tree.texts(LogFilter("n", minimumLevel: .error)) == ["raw", "error"])
        #expect(try tree.texts(LogFilter("n", minimumLevel: .error, onlyLeveled: true)) == ["error"])
        #expect(try tree.texts(LogFilter("n", minimumLevel: .error, onlyRaw: true)) == ["raw"])
        #expect(try tree.texts(LogFilter("n", onlyLeveled: true)) == ["info", "error"])
    }

    @Test("MON-128 Only raw and only leveled is an error")
    func contradiction() throws {
        let filter = LogFilter(onlyRaw: true, onlyLeveled: true)
        let error = #expect(throws: LogError.self) { try tree.backlog(filter) }
        #expect(error?.code == .invalidFilter)
        #expect(throws: LogError.self) { try tree.follow(filter) }
    }

    @Test("MON-129 A node that there is not has no entries")
    func unknown() throws {
        #expect(try tree.backlog(LogFilter("nobody", includesDescendants: true)).isEmpty)
        #expect(try tree.existingNode(LogPath("nobody")) == nil)
    }

    @Test("MON-130 A path that is none is an error", arguments: ["/", "main/", "a//b", ".."])
    func invalid(path: String) throws {
        let error = #expect(throws: LogError.self) { try tree.backlog(LogFilter(path)) }
        #expect(error?.code == .invalidPath)
        #expect(throws: LogError.self) { try tree.follow(LogFilter(path)) }
    }

    @Test("MON-132 From a position on, and before one")
    func positions() throws {
        let tree = LogTree()
        let node = try tree.node("n")
        for number in 0..<20 { node.log(.info, "\(number)") }
        #expect(try tree.backlog(LogFilter("n"), .first(10, from: 3)).map(\.position) == Array(3...12))
        #expect(try tree.backlog(LogFilter("n"), .last(10, before: 3)).map(\.position) == [0, 1, 2])
        #expect(try tree.backlog(LogFilter("n"), .last(10, before: 0)).isEmpty)
        #expect(try tree.backlog(LogFilter("n"), .first(10, from: 19)).map(\.position) == [19])
        #expect(try tree.backlog(LogFilter("n"), .first(10, from: 20)).isEmpty)
    }

    @Test("MON-132 Numbers count entries that are meant, however rare they are")
    func sparsePositions() throws {
        let tree = LogTree()
        let rare = try tree.node("rare")
        let common = try tree.node("common")
        for number in 0..<1_000 { (number % 100 == 0 ? rare : common).log(.info, "\(number)") }
        #expect(try tree.texts(LogFilter("rare"), .first(3, from: 150)) == ["200", "300", "400"])
        #expect(try tree.texts(LogFilter("rare"), .last(3, before: 301)) == ["100", "200", "300"])
        #expect(try tree.texts(.all, .first(3, from: 99)) == ["99", "100", "101"])
    }

    @Test("A filter tells of an entry whether it is meant")
    func matches() throws {
        let entries = try tree.backlog()
        let filter = LogFilter("main", includesDescendants: true, minimumLevel: .info)
        #expect(try entries.filter { try filter.matches($0) }.map(\.text) == tree.texts(filter))
    }

    @Test("Every filter gives what a plain reference gives", arguments: 0..<20 as Range<UInt64>)
    func reference(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = LogTree.Limits()
        limits.entriesPerNode = Int.random(in: 1...300, using: &random)
        let tree = LogTree(limits: limits)
        let paths = ["", "a", "a/b", "a/bb", "a/b/c", "d"]
        var all: [(path: LogPath, level: Logger.Level?, text: String)] = []
        for number in 0..<Int.random(in: 0...1_000, using: &random) {
            let path = try #require(paths.randomElement(using: &random))
            let level = Bool.random(using: &random) ? Logger.Level.allCases.randomElement(using: &random) : nil
            let text = "\(number)"
            if let level { try tree.node(path).log(level, text) } else { try tree.node(path).raw(text) }
            all.append((try LogPath(path), level, text))
        }
        var kept: [Int] = []
        for path in paths {
            kept += all.indices.filter { all[$0].path.description == path }.suffix(limits.entriesPerNode)
        }
        kept.sort()
        for _ in 0..<20 {
            var filter = LogFilter(paths.randomElement(using: &random) ?? "")
            filter.includesDescendants = Bool.random(using: &random)
            if Bool.random(using: &random) { filter.minimumLevel = Logger.Level.allCases.randomElement(using: &random) }
            filter.onlyRaw = Int.random(in: 0..<4, using: &random) == 0
            filter.onlyLeveled = !filter.onlyRaw && Int.random(in: 0..<4, using: &random) == 0
            let path = try LogPath(filter.path)
            let meant = kept.filter { index in
                let entry = all[index]
                guard filter.includesDescendants ? path.includes(entry.path) : path == entry.path else { return false }
                guard let level = entry.level else { return !filter.onlyLeveled }
                return !filter.onlyRaw && filter.minimumLevel.map { level >= $0 } ?? true
            }
            let count = Int.random(in: 0...100, using: &random)
            let position = UInt64.random(in: 0...UInt64(all.count), using: &random)
            func positions(_ backlog: LogBacklog) throws -> [Int] {
                try tree.backlog(filter, backlog).map { Int($0.position) }
            }
            #expect(try positions(.all) == meant)
            #expect(try positions(.last(count)) == Array(meant.suffix(count)))
            #expect(
                try positions(.last(count, before: position)) == Array(meant.filter { $0 < position }.suffix(count))
            )
            #expect(
                try positions(.first(count, from: position)) == Array(meant.filter { $0 >= position }.prefix(count))
            )
        }
    }
}
