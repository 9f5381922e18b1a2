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

@Suite("Log tree: lines", .timeLimit(.minutes(1)))
struct LineTests {
    let tree = LogTree()

    @Test("MON-138 Pieces become whole lines; what is unfinished waits")
    func pieces() throws {
        let lines = try tree.node("n").lines()
        lines.write("foo ")
        lines.write("bar\n")
        lines.write("baz")
        #expect(try tree.texts() == ["foo bar"])
        lines.write("\n")
        #expect(try tree.texts() == ["foo bar", "baz"])
    }

    @Test("MON-139 Of a line that is too long the beginning is kept, and how long it was")
    func tooLong() throws {
        let lines = try tree.node("n").lines()
        lines.write(String(repeating: "x", count: 1_500) + "\n")
        lines.write(String(repeating: "x", count: 700))
        lines.write(String(repeating: "x", count: 800) + "\nshort\n")
        let entries = try tree.backlog()
        for entry in entries.prefix(2) {
            let raw = try #require(entry.raw)
            #expect(raw.text == String(repeating: "x", count: 1_024))
            #expect(raw.originalLength == 1_500)
            #expect(raw.isTruncated)
            #expect(entry.description.hasSuffix("xxx..."))
        }
        #expect(entries[2].raw?.isTruncated == false)
        #expect(entries[2].raw?.originalLength == 5)
        #expect(entries.count == 3)
    }

    @Test("MON-139 A line is never cut within a character", arguments: 1...12, [[1], [3], [100]])
    func characters(limit: Int, steps: [Int]) throws {
        let text = "aäöü€😀é€😀"
        for start in text.indices {
            let line = String(text[start...])
            let tree = LogTree()
            let lines = try tree.node("n").lines(limit: limit)
            let bytes = Array((line + "\n").utf8)
            var offset = 0
            while offset < bytes.count {
                let end = min(offset + steps[0], bytes.count)
                lines.write(bytes[offset..<end].span)
                offset = end
            }
            let raw = try #require(try tree.backlog().first?.raw)
            #expect(line.hasPrefix(raw.text), "\(line) \(limit)")
            #expect(!raw.text.unicodeScalars.contains("\u{FFFD}"))
            #expect(raw.text.utf8.count <= limit)
            let next = line.unicodeScalars.dropFirst(raw.text.unicodeScalars.count).first
            #expect(raw.text.utf8.count + (next.map { Character($0).utf8.count } ?? 99) > limit)
            #expect(raw.originalLength == line.utf8.count)
        }
    }

    @Test("MON-140 Empty lines are entries, and a carriage return goes with the newline")
    func empty() throws {
        let lines = try tree.node("n").lines()
        lines.write("\n\nx\r\n")
        lines.write("y\r")
        lines.write("\nz\rz\n\r\n")
        #expect(try tree.texts() == ["", "", "x", "y", "z\rz", ""])
    }

    @Test("MON-141 A node with room for three lines has the last three, oldest first")
    func ring() throws {
        var limits = LogTree.Limits()
        limits.entriesPerNode = 3
        let tree = LogTree(limits: limits)
        let lines = try tree.node("n").lines()
        lines.write("1\n2\n3\n4\n")
        #expect(try tree.texts() == ["2", "3", "4"])
        #expect(try tree.texts(.all, .last(100)) == ["2", "3", "4"])
        #expect(try tree.texts(.all, .last(2)) == ["3", "4"])
    }

    @Test("MON-84 MON-91 Each writer has an unfinished line of its own, which is written when the writer goes")
    func writers() throws {
        let node = try tree.node("n")
        var first: LogLineWriter? = node.lines()
        let second = node.lines()
        first?.write("one")
        second.write("two\n")
        first = nil
        second.flush()
        _ = first
        #expect(try tree.texts() == ["two", "one"])
        second.write("par")
        second.flush()
        second.write("tial\n")
        #expect(try tree.texts() == ["two", "one", "par", "tial"])
    }

    @Test("What is printed to a writer goes into the log")
    func printing() throws {
        var lines = try tree.node("n").lines()
        print("a", 1, to: &lines)
        print("b", terminator: "", to: &lines)
        print("c", to: &lines)
        #expect(try tree.texts() == ["a 1", "bc"])
    }

    @Test("Bytes that are not UTF-8 are replaced, and nothing else is lost")
    func notText() throws {
        let lines = try tree.node("n").lines()
        lines.write(([0x61, 0xFF, 0xC3, 0x0A, 0x62, 0x0A] as [UInt8]).span)
        #expect(try tree.texts() == ["a\u{FFFD}\u{FFFD}", "b"])
    }

    @Test("Lines come out the same however they are cut", arguments: 0..<30 as Range<UInt64>)
    func cuts(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet: [UInt8] = [0x0A, 0x0A, 0x0D, 0x61, 0x62, 0xC3, 0xA4, 0xE2, 0x82, 0xAC, 0xF0, 0xFF]
        let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0
        }
        let limit = Int.random(in: 1...20, using: &random)
        func entries(_ pieces: [ArraySlice<UInt8>]) throws -> [LogEntry.Raw] {
            let tree = LogTree()
            let lines = try tree.node("n").lines(limit: limit)
            for piece in pieces { lines.write(piece.span) }
            lines.flush()
            return try tree.backlog().compactMap(\.raw)
        }
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(rest.count, 30), using: &random)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        let whole = try entries([bytes[...]])
        #expect(try entries(pieces) == whole)
        #expect(try entries(bytes.indices.map { bytes[$0...$0] }) == whole)
        #expect(whole.count == bytes.count { $0 == 0x0A } + (bytes.last.map { $0 == 0x0A ? 0 : 1 } ?? 0))
    }

    // MARK: Formats

    private let header = "E0312 14:20:04.240540     204 reflector.go:247] "

    @Test("MON-110 Lines that follow a line of klog belong to it")
    func continuations() throws {
        let lines = try tree.node("n").lines(.klog(), holding: .seconds(3_600))
        lines.write(header + "panic\n\tmain.go:3\n\n\tmain.go:4\n" + header + "next\nE0312\n")
        #expect(try tree.texts() == ["panic\n\tmain.go:3\n\n\tmain.go:4"])
        lines.flush()
        #expect(try tree.texts() == ["panic\n\tmain.go:3\n\n\tmain.go:4", "next\nE0312"])
        let entry = try #require(try tree.backlog().first?.leveled)
        #expect(entry.severity == .error)
        #expect(entry.file == "reflector.go")
        #expect(entry.line == 247)
        #expect(entry.metadata == ["pid": "204"])
    }

    @Test("A line of klog waits for those that belong to it only for a while")
    func holding() async throws {
        let stream = try tree.follow().stream
        let lines = try tree.node("n").lines(.klog(), holding: .milliseconds(5))
        lines.write(header + "alone\n")
        #expect(await stream.entries(1).map(\.text) == ["alone"])
        lines.write(header + "again\n")
        #expect(await stream.entries(1).map(\.text) == ["again"])
    }

    @Test("What has nothing to belong to is a raw line")
    func stray() throws {
        let lines = try tree.node("n").lines(.klog())
        lines.write("usage: program [options]\n\n")
        #expect(try tree.backlog().map { $0.raw?.text } == ["usage: program [options]", ""])
    }

    @Test("A message with very many lines goes on in entries with the same head")
    func manyLines() throws {
        var limits = LogTree.Limits()
        limits.messageBytes = 1_000
        let tree = LogTree(limits: limits)
        let lines = try tree.node("n").lines(.klog(), holding: .seconds(3_600))
        lines.write(header + "0\n")
        for number in 1..<1_000 { lines.write("\(number)\n") }
        lines.flush()
        let entries = try tree.backlog().compactMap(\.leveled)
        #expect(entries.count > 1)
        #expect(entries.allSatisfy { $0.line == 247 && !$0.isTruncated })
        #expect(entries.flatMap(\.lines).map { String($0) } == (0..<1_000).map { "\($0)" })
    }

    @Test("A message that has all lines it can have is one entry, and no other follows")
    func fullMessage() throws {
        var limits = LogTree.Limits()
        limits.messageBytes = 1_000
        let tree = LogTree(limits: limits)
        let lines = try tree.node("n").lines(.klog(), holding: .seconds(3_600))
        lines.write(header + "0\n" + String(repeating: "x", count: 600) + "\n")
        lines.flush()
        #expect(try tree.texts().map(\.utf8.count) == [602])
    }

    @Test("Lines of other formats are messages, and raw lines where they are not of the format")
    func formats() throws {
        let json = try tree.node("json").lines(.json)
        json.write("{\"msg\":\"a\",\"level\":\"warn\"}\nnot json\n")
        let priority = try tree.node("priority").lines(.priority)
        priority.write("<3>disk is full\n<9999>x\n")
        let entries = try tree.backlog()
        #expect(entries.map(\.text) == ["a", "not json", "disk is full", "<9999>x"])
        #expect(entries.map { $0.leveled?.level } == [.warning, nil, .error, nil])
    }
}
