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
import Supervision
import Synchronization
import Testing

@testable import SupervisionLogging

@Suite("Log tree: room", .timeLimit(.minutes(1)))
struct LimitTests {
    private func tree(bytes: Int) -> LogTree {
        var limits = LogTree.Limits()
        limits.bytes = bytes
        return LogTree(limits: limits)
    }

    @Test("MON-120 Where all take too much, those that take most go back to one level")
    func fairness() throws {
        let tree = tree(bytes: 100_000)
        let quiet = try (0..<10).map { try tree.node("quiet\($0)") }
        for node in quiet { for number in 0..<10 { node.log(.info, "\(number)") } }
        let chatty = try (0..<4).map { try tree.node("chatty\($0)") }
        for number in 0..<300 { for node in chatty { node.log(.info, "\(number) and some more text than fits") } }
        tree.journal.reclaim()
        #expect(tree.bytes <= 100_000)
        for node in quiet { #expect(tree.counts(node.path) == (10, 0)) }
        for node in chatty {
            #expect(tree.counts(node.path).dropped > 0)
            #expect(try tree.texts(LogFilter(node.path.description)).last?.hasPrefix("299 ") == true)
        }
    }

    @Test("MON-120 What is dropped is told, node by node, and as a sum of those that were forgotten")
    func losses() throws {
        let tree = tree(bytes: 60_000)
        #expect(tree.losses() == LogLosses())
        let held = try tree.node("held")
        for number in 0..<8_200 { held.log(.info, "\(number)") }
        for number in 0..<400 { try tree.node("job-\(number)").log(.info, "done") }
        tree.journal.reclaim()
        let losses = tree.losses()
        #expect(losses.byPath == ["held": tree.counts(held.path).dropped])
        #expect(losses.others > 0)
        let kept = try tree.backlog(.all, .all).count
        #expect(UInt64(kept) + losses.byPath.values.reduce(losses.others, +) == 8_600)
    }

    @Test("MON-120 What two nodes lose whose paths look the same is told in one sum")
    func lossesOfTwins() throws {
        var limits = LogTree.Limits()
        limits.entriesPerNode = 1
        let tree = LogTree(limits: limits)
        for (path, count) in [("caf\u{e9}", 2), ("cafe\u{301}", 4)] {
            for number in 0..<count { try tree.node(path).log(.info, "\(number)") }
        }
        #expect(tree.nodeCount == 2)
        #expect(tree.losses().byPath.values.reduce(0, +) == 4)
    }

    @Test("Writers keep to a quarter more by themselves")
    func hardLimit() throws {
        let tree = tree(bytes: 100_000)
        let nodes = try (0..<5).map { try tree.node("n\($0)") }
        for number in 0..<3_000 { nodes[number % 5].log(.info, "\(number)") }
        // What a node may not have told yet, and its last chunk.
        #expect(tree.bytes <= 125_000 + 5 * (4_096 + 64 * 128))
    }

    @Test("Nodes that have gone are forgotten when there are many, the longest silent ones first")
    func gone() throws {
        let tree = tree(bytes: 60_000)
        let held = try tree.node("held")
        held.log(.info, "held")
        for number in 0..<400 { try tree.node("job-\(number)").log(.info, "done") }
        tree.journal.reclaim()
        #expect(tree.bytes <= 60_000)
        #expect(tree.nodeCount < 100)
        #expect(try tree.texts(LogFilter("held")) == ["held"])
        #expect(try tree.texts(LogFilter("job-399")) == ["done"])
        #expect(try tree.texts(LogFilter("job-0")) == [])
        held.log(.info, "again")
        #expect(try tree.texts(LogFilter("held")) == ["held", "again"])
    }

    @Test("A node without entries is forgotten when nobody can write to it, but not its verbosity")
    func empty() throws {
        let tree = LogTree()
        let held = try tree.node("held")
        try tree.node("loud").verbosity = 3
        _ = try tree.node("gone")
        tree.journal.reclaim()
        #expect(try tree.existingNode(LogPath("gone")) == nil)
        #expect(try tree.existingNode(LogPath("held")) != nil)
        #expect(try tree.node("loud").verbosity == 3)
        held.log(.info, "x")
        #expect(try tree.texts() == ["x"])
    }

    @Test("What is no longer there is no longer counted")
    func counted() throws {
        let tree = LogTree()
        #expect(tree.bytes == 0)
        for number in 0..<100 {
            let node = try tree.node("n\(number)")
            for _ in 0..<100 { node.log(.info, "text") }
            node.record.trim(to: 0)
            #expect(tree.counts(node.path) == (1, 99))
        }
        #expect(tree.bytes < 100 * 1_000)
        tree.journal.reclaim()
        #expect(tree.nodeCount == 100)
        tree.journal.reclaim(to: 0)
        #expect(tree.nodeCount == 0)
        #expect(tree.bytes == 0)
    }

    @Test("Many nodes that come and go leave nothing behind, however late the task that makes room", arguments: [1_500])
    func many(count: Int) throws {
        let tree = tree(bytes: 100_000)
        // One that is being made, with its entry.
        let one = 2_048
        for number in 0..<count {
            try tree.node("n\(number)").log(.info, "text")
            guard tree.bytes <= 125_000 + one else {
                Issue.record("\(tree.bytes) bytes with node \(number)")
                break
            }
        }
        tree.journal.reclaim()
        #expect(tree.bytes <= 100_000)
        #expect(tree.nodeCount < 200)
        #expect(try tree.texts(LogFilter("n\(count - 1)")) == ["text"])
    }

    @Test("Nodes that are held are not looked at again for each further one")
    func held() throws {
        let tree = tree(bytes: 100_000)
        var nodes: [LogNode] = []
        while nodes.count < 1_000 { nodes.append(try tree.node("n\(nodes.count)")) }
        tree.journal.reclaim()
        #expect(tree.nodeCount == 1_000)
        #expect(tree.bytes > 2 * 125_000)
        // The next time after another eighth of the limit.
        #expect(tree.journal.hardBytes.load(ordering: .relaxed) == tree.bytes + 12_500)
        nodes = []
        tree.journal.reclaim()
        #expect(tree.journal.hardBytes.load(ordering: .relaxed) == 125_000)
        #expect(tree.nodeCount == 0)
        #expect(tree.bytes == 0)
    }

    @Test("Making room keeps the newest entries of each node", arguments: [0, 700, 1_500, 5_000, 20_000])
    func trim(bytes: Int) throws {
        let tree = LogTree()
        let node = try tree.node("n")
        for number in 0..<150 { node.log(.info, "\(number)") }
        node.record.trim(to: bytes)
        let texts = try tree.texts()
        #expect(texts == (150 - texts.count..<150).map { "\($0)" })
        #expect(!texts.isEmpty)
        #expect(node.record.use.bytes <= bytes || texts.count == 1)
        #expect(tree.counts(node.path) == (texts.count, UInt64(150 - texts.count)))
        for number in 150..<400 { node.log(.info, "\(number)") }
        #expect(try tree.texts() == (150 - texts.count..<400).map { "\($0)" })
    }

    @Test("What somebody reads meanwhile is forgotten as well, and the newest stay")
    func read() throws {
        let tree = tree(bytes: 60_000)
        for number in 0..<150 { try tree.node("job-\(number)").log(.info, "done") }
        let held = tree.journal.nodes(try LogFilter.all.checked())
        for number in 150..<300 { try tree.node("job-\(number)").log(.info, "done") }
        tree.journal.reclaim()
        #expect(tree.bytes <= 60_000)
        #expect(try tree.texts(LogFilter("job-0")) == [])
        #expect(try tree.texts(LogFilter("job-299")) == ["done"])
        withExtendedLifetime(held) {}
    }

    @Test("What was written before the moment at which a stream begins is not in it")
    func beginning() throws {
        let tree = LogTree()
        let node = try tree.node("n")
        let watcher = Watcher(filter: try LogFilter.all.checked(), capacity: 10)
        // As when a writer comes between the time at which its node is told and that moment.
        node.record.add(watcher)
        node.log(.info, "before")
        #expect(tree.journal.add(watcher) == 1)
        #expect(watcher.takeWaiting().isEmpty)
        tree.journal.remove(watcher)
        node.log(.info, "after")
        #expect(watcher.takeWaiting().isEmpty)
    }

    @Test("The level lets the sum fit", arguments: 0..<50 as Range<UInt64>)
    func level(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let uses = (0..<Int.random(in: 0...50, using: &random)).map { _ in Int.random(in: 0...1_000, using: &random) }
        let limit = Int.random(in: 0...20_000, using: &random)
        let level = Journal.level(of: uses, within: limit)
        let sum = uses.reduce(0) { $0 + min($1, level) }
        #expect(sum <= limit)
        if level != .max {
            #expect(uses.reduce(0) { $0 + min($1, level + 1) } > limit)
        }
    }

    @Test("Entries that were read stay what they are, whatever is dropped meanwhile")
    func views() throws {
        var limits = LogTree.Limits()
        limits.entriesPerNode = 10
        let tree = LogTree(limits: limits)
        let node = try tree.node("a")
        for number in 0..<10 { node.log(.info, "\(number) is a text with more than fifteen bytes") }
        let view = node.record.view()
        for number in 10..<500 { node.log(.info, "\(number)") }
        var texts: [String] = []
        view.forEach(from: 0) { _, found in
            texts.append(found.entry(at: node.path).text)
            return true
        }
        #expect(texts == (0..<10).map { "\($0) is a text with more than fifteen bytes" })
    }

    /// Lines of all lengths, some not of UTF-8, and messages between them, by seed.
    private func mixture(_ count: Int, seed: UInt64) -> [(isRaw: Bool, bytes: [UInt8])] {
        var random = seed
        func next(_ limit: UInt64) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % limit)
        }
        let alphabets: [[UInt8]] = [Array("abc xyz 0123".utf8), Array("äöü€😀".utf8), [0xFF, 0x80, 0x41, 0xC3]]
        return (0..<count).map { _ in
            let alphabet = alphabets[next(3)]
            let length = next(10) == 0 ? next(3_000) : next(90)
            return (next(4) != 0, (0..<length).map { alphabet[$0 % alphabet.count] })
        }
    }

    @Test("MON-139 Raw lines of any length are read as they were written, with messages between them", arguments: 1...3)
    func rawText(seed: UInt64) throws {
        let tree = LogTree()
        let node = try tree.node("a")
        let lines = node.lines(limit: 2_000)
        let written = mixture(1_500, seed: seed)
        var early: NodeRecord.View?
        for (number, entry) in written.enumerated() {
            if entry.isRaw {
                lines.write((entry.bytes + [UInt8(ascii: "\n")]).span)
            } else {
                node.log(.info, "message \(number) with more than fifteen bytes")
            }
            if number == 500 { early = node.record.view() }
        }
        func expected(_ number: Int) -> String {
            let entry = written[number]
            guard entry.isRaw else { return "message \(number) with more than fifteen bytes" }
            let kept = entry.bytes.span.prefixLength(within: 2_000)
            return String(decoding: entry.bytes[..<kept], as: UTF8.self)
        }
        let read = try tree.backlog(LogFilter("a"), .all)
        #expect(read.count == 1_500)
        for (number, entry) in read.enumerated() where entry.text != expected(number) {
            Issue.record("\(number) is \(entry.text.debugDescription), not \(expected(number).debugDescription)")
        }
        // Less of it, and what was seen before stays what it was.
        node.record.trim(to: 4_000)
        for (number, entry) in try tree.backlog(LogFilter("a"), .all).reversed().enumerated() {
            #expect(entry.text == expected(1_499 - number))
        }
        let few = try tree.backlog(LogFilter("a"), .all).count
        node.record.trim(to: 1_000)
        #expect(try tree.backlog(LogFilter("a"), .all).count <= few)
        #expect(try tree.backlog(LogFilter("a"), .all).last?.text == expected(1_499))
        var seen = 0
        try #require(early).forEach(from: 0) { _, found in
            #expect(found.entry(at: node.path).text == expected(seen))
            seen += 1
            return true
        }
        #expect(seen == 501)
    }

    @Test("MON-120 What raw lines take is counted, and given back")
    func rawBytes() throws {
        let tree = LogTree()
        do {
            let node = try tree.node("a")
            let lines = node.lines()
            let before = tree.bytes
            for _ in 0..<1_000 { lines.write(String(repeating: "x", count: 99) + "\n") }
            #expect(tree.bytes - before >= 1_000 * 100)
            #expect(tree.bytes - before <= 1_000 * 250)
        }
        tree.journal.reclaim(to: 0)
        #expect(tree.bytes == 0)
    }
}
