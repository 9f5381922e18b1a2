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

@Suite("Text forms of entries")
struct TextTests {
    private let clock = SetClock(LogTime(nanoseconds: 1_615_558_804_240_540_999))

    private func entry(
        _ path: String,
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata = [:]
    ) throws -> LogEntry {
        let tree = LogTree(clock: { [clock] in clock() })
        let record = LogRecord(level: level, message: message, file: "Shop/web.swift", line: 247, metadata: metadata)
        try tree.node(path).log(record)
        return try #require(try tree.backlog().first)
    }

    private func raw(_ path: String, _ line: String) throws -> LogEntry {
        let tree = LogTree()
        try tree.node(path).raw(line)
        return try #require(try tree.backlog().first)
    }

    @Test("The text of an entry has its path in 32 columns, the prefix of glog and the message, on each line")
    func text() throws {
        let entry = try entry("root/web", .warning, "a\nb")
        let start = "root.web                         W0312 14:20:04.240540 web.swift:247] "
        #expect(entry.description == "\(start)a\n\(start)b")
        #expect(entry.text(offset: 3_600).contains("W0312 15:20:04.240540 web"))
        #expect(try raw("root/web", "x").description == "root.web                         R x")
        let long = String(repeating: "n", count: 40)
        #expect(try raw(long, "x").description == "\(long) R x")
    }

    @Test("A place that somebody else has written makes no line of its own, and is kept short")
    func foreignPlace() throws {
        let tree = LogTree()
        let lines = try tree.node("a").lines(.json)
        let long = String(repeating: "ä", count: 20_000)
        lines.write(#"{"msg": "m", "caller": "x\nb  R forged:1"}"# + "\n")
        lines.write(#"{"msg": "m", "caller": "\#(long)/y.go:2"}"# + "\n")
        let entries = try tree.backlog()
        #expect(entries.map { $0.leveled?.line } == [1, 2])
        #expect(entries[0].text().hasSuffix(" x b  R forged:1] m"))
        #expect(!entries[0].text().contains("\n"))
        #expect(entries[1].text().hasSuffix(" y.go:2] m"))
        #expect(entries[1].leveled.map { $0.file.utf8.count <= 128 && $0.file.hasPrefix("ä") } == true)
    }

    @Test("Metadata is behind the message, sorted, on its line")
    func metadata() throws {
        let entry = try entry("n", .info, "a\nb", ["z": "1", "a": "x\ny", "m": ["k": "v"]])
        #expect(entry.lines == ["a", "b a=x y m=[\"k\": \"v\"] z=1"])
    }

    @Test("MON-147 The concise form has a short name in a column that depends on the width")
    func concise() throws {
        let entry = try entry("root/role/kubernetes/run/kubernetes/apiserver", .warning, "Hello there!")
        #expect(entry.concise(.cluster, width: 120) == "       k8s apiserver W Hello there!")
        #expect(entry.concise(.cluster, width: 80) == "       k8s apiserver W Hello there!")
        #expect(entry.concise(.cluster) == "       k8s apiserver W Hello there!")
        #expect(entry.concise(.cluster, width: 60) == "   k8s apiserver W Hello there!")
        #expect(entry.concise(.cluster, width: 79) == "   k8s apiserver W Hello there!")
        #expect(entry.concise(.cluster, width: 40) == "W Hello there!")
        #expect(try raw("n", "x").concise(width: 40) == "R x")
    }

    @Test("MON-148 Lines after the first are below its text, with a bar")
    func conciseLines() throws {
        let entry = try entry("root/web", .info, "one\n\ntwo")
        #expect(entry.concise(width: 60) == "             web I one\n                 | two")
        #expect(entry.concise(width: 40) == "I one\n| two")
        #expect(try self.entry("n", .info, "").concise(width: 40) == "")
    }

    @Test("MON-148 Words are wrapped to the width; a word that is too long is not broken")
    func wrapping() throws {
        let entry = try entry("n", .info, "aaaa bb cc \(String(repeating: "d", count: 30)) e")
        #expect(entry.concise(width: 10) == "I aaaa bb\n| cc\n| \(String(repeating: "d", count: 30))\n| e")
        let words = (0..<60).map { "w\($0)" }.joined(separator: " ")
        let wrapped = try self.entry("n", .info, words).concise(width: 60)
        #expect(wrapped.split(separator: "\n").allSatisfy { $0.count <= 60 })
        let shown = wrapped.split { " \n".contains($0) }.filter { $0.hasPrefix("w") }.map { String($0) }
        #expect(shown == words.split(separator: " ").map { String($0) })
    }

    @Test("MON-150 Names are shortened")
    func shorten() throws {
        func shorten(_ path: String, _ limit: Int = 20) throws -> String {
            try LogNames.cluster.shorten(LogPath(path), to: limit)
        }
        #expect(try shorten("root/role/controlplane/launcher/consensus/autopromoter") == "cplane autopromoter")
        #expect(try shorten("root/dhcp-server") == "dhcp-server")
        #expect(try shorten("some/very/long/dn/that/cant/be/shortened") == "...cant be shortened")
        #expect(try shorten("root/role/kubernetes") == "k8s")
        #expect(try shorten("root/network/interfaces") == "net ifaces")
        #expect(try shorten("root") == "root")
        #expect(try shorten("") == "?")
    }

    @Test("MON-151 Any limit will do, and no character is cut", arguments: -1...12)
    func shortenLimits(limit: Int) throws {
        let path = try LogPath("ä/ö😀/👨‍👩‍👧é")
        let text = LogNames().shorten(path, to: limit)
        #expect(text.count <= max(limit, 0))
        if limit >= 7 {
            #expect(text == "ä ö😀 👨‍👩‍👧é")
        } else {
            let tail = text.hasPrefix("...") ? String(text.dropFirst(3)) : text
            #expect("ä ö😀 👨‍👩‍👧é".hasSuffix(tail))
        }
        if limit == 5 { #expect(text == "...👨‍👩‍👧é") }
        if limit == 2 { #expect(text == "👨‍👩‍👧é") }
    }

    @Test("An entry is an object of JSON, whatever is in it, and reads back")
    func json() throws {
        let entry = try entry("a \"b\"/c", .error, "x \"\\\n\t\u{1}ä😀", ["k\n": ["a", ["b": "c"]]])
        #expect(
            entry.json == #"{"position":0,"time":"2021-03-12T14:20:04.240540Z","path":"a \"b\"/c","level":"error","#
                + #""severity":"E","message":"x \"\\\n\t\u0001ä😀","file":"Shop/web.swift","line":247,"#
                + #""metadata":{"k\n":["a",{"b":"c"}]}}"#
        )
        let record = try #require(LogFormat.json.parse(entry.json))
        #expect(record.message.hasPrefix("x \"\\\n\t\u{1}ä😀 {"))
        #expect(record.level == .error)
        #expect(record.time?.description == entry.time.description)
        let raw = try raw("n", String(repeating: "x", count: 1_030)).json
        #expect(raw.hasSuffix("x\",\"originalLength\":1030}"))
        #expect(raw.contains("\"raw\":\"xxx"))
        #expect(!raw.contains("\n"))
        #expect(LogFormat.json.parse(raw) != nil)
    }

    @Test("Severities have letters, an order and levels")
    func severities() {
        let all: [LogSeverity] = [.info, .warning, .error, .fatal]
        #expect(all.sorted() == all)
        for severity in all {
            #expect(LogSeverity(letter: severity.letter) == severity)
            #expect(LogSeverity(severity.level) == severity)
        }
        #expect(LogSeverity(letter: "D") == nil)
        #expect(Logger.Level.allCases.map { LogSeverity($0).letter } == Array("IIIIWEF"))
    }
}
