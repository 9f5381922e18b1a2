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

@Suite("Log tree: writing", .timeLimit(.minutes(1)))
struct WritingTests {
    let tree = LogTree()

    private func lines(_ message: String) throws -> [String] {
        let node = try tree.node("n")
        let position = node.log(.info, message)
        let entries = try tree.backlog(LogFilter("n"), .first(.max, from: position))
        #expect(entries.count == 1)
        return try #require(entries.first?.leveled).lines.map { String($0) }
    }

    @Test("MON-110 A message of two lines is one entry; a hanging newline is dropped")
    func twoLines() throws {
        #expect(try lines("foo\nbar") == ["foo", "bar"])
        #expect(try lines("foo\nbar\n") == ["foo", "bar"])
    }

    @Test("MON-111 Newlines at both ends are taken off, empty lines within stay")
    func emptyLines() throws {
        #expect(try lines("\n\na\n\nb\n\n") == ["a", "", "b"])
    }

    @Test("MON-112 An empty message is an entry with one empty line", arguments: ["", "\n", "\n\n\n"])
    func empty(message: String) throws {
        #expect(try lines(message) == [""])
    }

    @Test("A carriage return stays in a message")
    func carriageReturn() throws {
        #expect(try lines("a\r\nb\r") == ["a\r", "b\r"])
        #expect(try lines("a\n\r\n") == ["a", "\r"])
    }

    @Test("MON-114 What is above the verbosity of its node is not written, what is not is written as info")
    func verbosity() throws {
        let node = try tree.node("a")
        #expect(node.verbose(10) == nil)
        #expect(node.verbose(0) != nil)
        #expect(node.verbose(-1) != nil)
        node.verbosity = 10
        node.verbose(10)?.log("deep")
        #expect(node.verbose(11) == nil)
        let entry = try #require(try tree.backlog().first?.leveled)
        #expect(entry.message == "deep")
        #expect(entry.level == .info)
        #expect(entry.severity == .info)
    }

    @Test("MON-115 The verbosity of a node is not that of those below it")
    func verbosityBelow() throws {
        try tree.node("a").verbosity = 5
        #expect(try tree.node("a/b").verbose(1) == nil)
        #expect(try tree.node("a").verbose(5) != nil)
    }

    @Test("MON-116 What was decided while it was on is still written when it is off")
    func verboseHandle() throws {
        let node = try tree.node("a")
        node.verbosity = 1
        let verbose = try #require(node.verbose(1))
        node.verbosity = 0
        verbose.log("still")
        #expect(node.verbose(1) == nil)
        #expect(try tree.texts() == ["still"])
    }

    @Test("MON-114 The verbosity of a node lets its loggers write debug and trace messages")
    func loggerVerbosity() throws {
        let node = try tree.node("a")
        let logger = node.logger
        logger.debug("no")
        node.verbosity = 1
        logger.debug("debug")
        logger.trace("no")
        node.verbosity = 2
        logger.trace("trace")
        node.verbosity = 0
        logger.debug("no")
        #expect(try tree.texts() == ["debug", "trace"])
    }

    @Test("MON-117 A helper hands on where its caller logs")
    func helper() throws {
        let node = try tree.node("a")
        func help(file: String = #fileID, line: UInt = #line) {
            node.log(.info, "helped", file: file, line: line)
            node.logger.info("helped", file: file, line: line)
        }
        help()
        let line = #line - 1
        for entry in try tree.backlog() {
            #expect(entry.leveled?.line == line)
            #expect(entry.leveled?.fileName == "WritingTests.swift")
        }
        #expect(try tree.backlog().count == 2)
    }

    @Test("MON-80 An entry has the path of its node, and file and line of its caller")
    func place() throws {
        try tree.node("root/a/b").logger.warning("here")
        let line = #line - 1
        let entry = try #require(try tree.backlog().first)
        #expect(entry.path.description == "root/a/b")
        #expect(entry.path.dotted == "root.a.b")
        #expect(entry.leveled?.file == "SupervisionLoggingTests/WritingTests.swift")
        #expect(entry.leveled?.line == line)
        #expect(entry.leveled?.severity == .warning)
    }

    @Test("MON-118 Paths are names between slashes, and none of them is empty")
    func paths() throws {
        for path in ["", "a b", "ä", "a.b", "a/b", "a/b/c-d"] {
            #expect(throws: Never.self) { try tree.node(path) }
        }
        for path in ["/", "a/", "/a", "a//b", ".", "..", "a/./b", "a\nb", "a\u{7}", String(repeating: "x", count: 256)]
        {
            let error = #expect(throws: LogError.self) { try tree.node(path) }
            #expect(error?.code == .invalidPath)
            #expect(error?.message.contains(path.debugDescription) == true)
        }
        #expect(throws: LogError.self) { try LogPath.root.appending("a/b") }
        #expect(throws: LogError.self) { try LogPath("a").appending("") }
        #expect(try LogPath.root.appending("a").appending("b").description == "a/b")
    }

    @Test("MON-122 A path includes itself and what is below it, not what begins with the same letters")
    func includes() throws {
        let foo = try LogPath("foo/bar")
        #expect(try foo.includes(LogPath("foo/bar")))
        #expect(try foo.includes(LogPath("foo/bar/x")))
        #expect(try !foo.includes(LogPath("foo/barr")))
        #expect(try !foo.includes(LogPath("foo")))
        #expect(try !foo.includes(LogPath("bar/foo")))
        #expect(LogPath.root.includes(foo))
        #expect(!foo.includes(.root))
    }

    @Test("MON-120 A chatty node loses its oldest entries, a quiet one none")
    func quota() throws {
        var limits = LogTree.Limits()
        limits.entriesPerNode = 100
        let tree = LogTree(limits: limits)
        let quiet = try tree.node("quiet")
        let chatty = try tree.node("chatty")
        for number in 0..<100 { quiet.log(.info, "quiet \(number)") }
        for number in 0..<1_000 { chatty.log(.info, "chatty \(number)") }
        #expect(try tree.texts(LogFilter("quiet")) == (0..<100).map { "quiet \($0)" })
        #expect(try tree.texts(LogFilter("chatty")) == (900..<1_000).map { "chatty \($0)" })
        #expect(tree.counts(chatty.path) == (100, 900))
    }

    @Test("MON-120 The quota of bytes is kept to as well", arguments: [(16, 2_000), (1_000, 500), (20_000, 50)])
    func byteQuota(length: Int, count: Int) throws {
        var limits = LogTree.Limits()
        limits.bytesPerNode = 100_000
        let tree = LogTree(limits: limits)
        let quiet = try tree.node("quiet")
        quiet.log(.info, "quiet")
        let chatty = try tree.node("chatty")
        let text = String(repeating: "x", count: length)
        for _ in 0..<count { chatty.log(.info, text) }
        #expect(tree.counts(chatty.path).dropped > 0)
        #expect(tree.bytes < 100_000 + Int(1.5 * 65_536) + length)
        #expect(try tree.texts(LogFilter("quiet")) == ["quiet"])
        #expect(try !tree.texts(LogFilter("chatty")).isEmpty)
    }

    @Test("MON-121 What makes no sense in a message from elsewhere is replaced")
    func external() throws {
        let clock = SetClock(LogTime(nanoseconds: 42))
        let tree = LogTree(clock: { clock() })
        let node = try tree.node("a")
        node.log(LogRecord(message: "\nx\n", file: "", line: -4))
        let entry = try #require(try tree.backlog().first)
        #expect(entry.time == LogTime(nanoseconds: 42))
        #expect(entry.leveled?.level == .info)
        #expect(entry.leveled?.file == "unknown")
        #expect(entry.leveled?.line == 0)
        #expect(entry.leveled?.lines == ["", "x", ""])
        node.log(LogRecord(level: .error, message: "y", time: LogTime(nanoseconds: 7), file: "f.c", line: 3))
        let second = try #require(try tree.backlog().last)
        #expect(second.time == LogTime(nanoseconds: 7))
        #expect(second.leveled?.level == .error)
        #expect(second.leveled?.file == "f.c")
        #expect(second.leveled?.line == 3)
    }

    @Test("A message and metadata that are too long are cut, and say so")
    func tooLong() throws {
        var limits = LogTree.Limits()
        limits.messageBytes = 64
        let tree = LogTree(limits: limits)
        let node = try tree.node("a")
        node.log(.info, String(repeating: "ä", count: 40) + "x")
        node.log(.info, "y", metadata: ["big": .string(String(repeating: "z", count: 10_000))])
        let entries = try tree.backlog().compactMap(\.leveled)
        #expect(entries[0].message == String(repeating: "ä", count: 32))
        #expect(entries[0].originalLength == 81)
        #expect(entries[0].isTruncated)
        #expect(!entries[1].isTruncated)
        #expect(entries[1].metadata.keys.sorted() == ["log.metadata"])
    }

    @Test("Objects in metadata are written down when they are logged")
    func settledMetadata() throws {
        final class Changing: CustomStringConvertible, Sendable {
            let clock = SetClock(LogTime(nanoseconds: 1))
            var description: String { "\(clock.now.nanoseconds)" }
        }
        let object = Changing()
        let node = try tree.node("a")
        node.log(.info, "x", metadata: ["o": .stringConvertible(object), "d": ["l": [.stringConvertible(object)]]])
        object.clock.now = LogTime(nanoseconds: 2)
        let metadata = try #require(try tree.backlog().first?.leveled?.metadata)
        #expect(metadata == ["o": "1", "d": ["l": ["1"]]])
    }

    @Test("Limits that make no sense are replaced by those that do")
    func limits() throws {
        var limits = LogTree.Limits()
        limits.entriesPerNode = -5
        limits.bytes = 0
        limits.bytesPerNode = -1
        limits.messageBytes = -1
        let tree = LogTree(limits: limits)
        let node = try tree.node("a")
        for number in 0..<10 { node.log(.info, "\(number)") }
        #expect(try tree.texts() == ["9"])
    }
}
