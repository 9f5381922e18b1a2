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

@Suite("Formats of lines")
struct ParserTests {
    private func time(
        _ year: Int,
        _ month: Int,
        _ day: Int,
        _ hour: Int,
        _ minute: Int,
        _ second: Int,
        _ nanosecond: Int = 0
    ) throws -> LogTime {
        try #require(
            LogTime(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: second,
                nanosecond: nanosecond
            )
        )
    }

    // MARK: klog

    @Test("MON-142 A line of klog has severity, time, process, file, line and message")
    func klog() throws {
        let now = try time(2021, 3, 12, 18, 0, 0)
        let line = "E0312 14:20:04.240540    204 shared_informer.go:247] Caches are synced for attach detach"
        let record = try #require(LogFormat.klog().parse(line, now: now))
        #expect(record.level == .error)
        #expect(try record.time == time(2021, 3, 12, 14, 20, 4, 240_540_000))
        #expect(record.file == "shared_informer.go")
        #expect(record.line == 247)
        #expect(record.message == "Caches are synced for attach detach")
        #expect(record.metadata == ["pid": "204"])
        for (letter, level) in [("I", Logger.Level.info), ("W", .warning), ("F", .critical)] {
            #expect(LogFormat.klog().parse(letter + line.dropFirst(), now: now)?.level == level)
        }
    }

    @Test("MON-142 The clock of the writer may be ahead of UTC or behind it")
    func klogZone() throws {
        let now = try time(2021, 3, 12, 18, 0, 0)
        let line = "I0312 14:20:04 1 f.go:1] x"
        #expect(try LogFormat.klog(offset: 7_200).parse(line, now: now)?.time == time(2021, 3, 12, 12, 20, 4))
        #expect(try LogFormat.klog(offset: -12_600).parse(line, now: now)?.time == time(2021, 3, 12, 17, 50, 4))
    }

    @Test("A fraction of a second may have other numbers of digits, or none")
    func klogFraction() throws {
        let now = try time(2021, 3, 12, 18, 0, 0)
        let fractions = [("", 0), (".5", 500_000_000), (".123456789", 123_456_789), (".1234567891", 123_456_789)]
        for (fraction, nanosecond) in fractions {
            let record = LogFormat.klog().parse("I0312 14:20:04\(fraction) 1 a b/f.go:1]  x ", now: now)
            #expect(try record?.time == time(2021, 3, 12, 14, 20, 4, nanosecond))
            #expect(record?.file == "a b/f.go")
            #expect(record?.message == "x ")
        }
    }

    @Test("MON-144 Around new year the year is the one that is near")
    func klogNewYear() throws {
        let after = try time(2000, 1, 1, 0, 0, 1)
        let line = "I1231 23:59:43.123456 1 f.go:1] x"
        #expect(try LogFormat.klog().parse(line, now: after)?.time == time(1999, 12, 31, 23, 59, 43, 123_456_000))
        let before = try time(1999, 12, 31, 23, 59, 59)
        #expect(
            try LogFormat.klog().parse("I0101 00:00:01 1 f.go:1] x", now: before)?.time == time(2000, 1, 1, 0, 0, 1)
        )
        let zone = LogFormat.klog(offset: 3_600)
        #expect(try zone.parse("I0101 00:30:00 1 f.go:1] x", now: before)?.time == time(1999, 12, 31, 23, 30, 0))
    }

    @Test("MON-144 A date long ago in this year is one of this year, and a leap day of the year that has one")
    func klogPast() throws {
        let now = try time(2021, 11, 30, 12, 0, 0)
        #expect(try LogFormat.klog().parse("I0201 00:00:00 1 f.go:1] x", now: now)?.time == time(2021, 2, 1, 0, 0, 0))
        let leap = try time(2024, 3, 1, 0, 0, 0)
        #expect(try LogFormat.klog().parse("I0229 00:00:00 1 f.go:1] x", now: leap)?.time == time(2024, 2, 29, 0, 0, 0))
        #expect(LogFormat.klog().parse("I0229 00:00:00 1 f.go:1] x", now: now) == nil)
    }

    @Test("MON-145 With a limit of an hour a line 30 minutes ahead is taken, one 2 hours or months ahead is not")
    func klogFuture() throws {
        let now = try time(2021, 3, 12, 14, 0, 0)
        let strict = LogFormat.klog(future: .seconds(3_600))
        #expect(try strict.parse("I0312 14:30:00 1 f.go:1] x", now: now)?.time == time(2021, 3, 12, 14, 30, 0))
        #expect(strict.parse("I0312 16:00:00 1 f.go:1] x", now: now) == nil)
        #expect(strict.parse("I0812 14:00:00 1 f.go:1] x", now: now) == nil)
        // The limit is also kept to where it is a minute or more than a year.
        let minute = LogFormat.klog(future: .seconds(60))
        #expect(try minute.parse("I0312 14:00:30 1 f.go:1] x", now: now)?.time == time(2021, 3, 12, 14, 0, 30))
        #expect(minute.parse("I0312 14:30:00 1 f.go:1] x", now: now) == nil)
        let years = LogFormat.klog(future: .seconds(800 * 86_400))
        #expect(try years.parse("I0312 13:00:00 1 f.go:1] x", now: now)?.time == time(2021, 3, 12, 13, 0, 0))
    }

    @Test("Without a limit lines from the future are taken as they are")
    func klogFutureTaken() throws {
        let now = try time(2021, 3, 12, 14, 0, 0)
        #expect(
            try LogFormat.klog().parse("I0312 16:00:00 1 f.go:1] x", now: now)?.time == time(2021, 3, 12, 16, 0, 0)
        )
        #expect(
            try LogFormat.klog().parse("I0812 14:00:00 1 f.go:1] x", now: now)?.time == time(2021, 8, 12, 14, 0, 0)
        )
    }

    @Test(
        "MON-146 What is not of the format is told from it",
        arguments: [
            "", "some prose about nothing in particular", "D0312 14:20:04.240540 204 f.go:247] x",
            "E0312 25:20:04.240540 204 f.go:247] x", "E0312 24:00:00.240540 204 f.go:247] x",
            "E0230 14:20:04.240540 204 f.go:247] x", "E1312 14:20:04.240540 204 f.go:247] x",
            "E0312 14:20:04.240540 f.go:247] message", " E0312 14:20:04.240540 204 f.go:247] x",
            "E0312 14:20:04.240540 204 f.go:247] ", "E0312 14:20:04.240540 204 f.go:247]",
            "E0312 14:20:04.240540 204 f.go:247]x",
            "E0312 14:20:04.240540 204 f.go:99999999999999999999] x", "E0312 14:20:04. 204 f.go:247] x",
            "E0312 14:20:04.240540 204 :247] x", "E0312 14:20:04.240540 204 a:b.go:247] x",
            "E0312 14:60:04 204 f.go:247] x",
        ]
    )
    func klogInvalid(line: String) throws {
        #expect(try LogFormat.klog().parse(line, now: time(2021, 3, 12, 18, 0, 0)) == nil)
    }

    // MARK: JSON

    @Test("A structured line has level, message, time and place; the rest is behind the message, sorted")
    func json() throws {
        let line = """
            {"level":"warn","ts":1615558804.25,"caller":"zap/logger.go:17","msg":"foo","strp":"strv","intp":42}
            """
        let record = try #require(LogFormat.json.parse(line))
        #expect(record.level == .warning)
        #expect(try record.time == time(2021, 3, 12, 14, 20, 4, 250_000_000))
        #expect(record.file == "zap/logger.go")
        #expect(record.line == 17)
        #expect(record.message == #"foo {"intp":42,"strp":"strv"}"#)
    }

    @Test("Other names of the common members are understood, too")
    func jsonNames() throws {
        let moment = try time(2021, 3, 12, 14, 20, 4)
        let lines = [
            #"{"severity":"ERROR","message":"m","timestamp":"2021-03-12T14:20:04Z"}"#,
            #" { "lvl" : "Error" , "msg" : "m" , "time" : "2021-03-12T16:20:04.000+02:00" } "#,
            #"{"level":50,"time":1615558804000,"msg":"m"}"#,
            #"{"level":"err","@timestamp":1615558804000000,"message":"m"}"#,
            #"{"level":"error","ts":1615558804000000000,"msg":"m"}"#,
            #"{"level":"error","ts":1.615558804e9,"msg":"m"}"#,
        ]
        for line in lines {
            let record = try #require(LogFormat.json.parse(line), "\(line)")
            #expect(record.level == .error, "\(line)")
            #expect(record.message == "m", "\(line)")
            #expect(record.time == moment, "\(line)")
        }
    }

    @Test("Every level has its names")
    func jsonLevels() {
        let names: [(String, Logger.Level)] = [
            ("trace", .trace), ("DEBUG", .debug), ("Info", .info), ("notice", .notice), ("warning", .warning),
            ("error", .error), ("dpanic", .critical), ("panic", .critical), ("fatal", .critical), ("crit", .critical),
        ]
        for (name, level) in names {
            #expect(LogFormat.json.parse("{\"level\":\"\(name)\"}")?.level == level)
        }
    }

    @Test("What is not understood stays among the rest; the first of two with the same meaning counts")
    func jsonRest() {
        let record = LogFormat.json.parse(
            #"{"level":"loud","msg":"a","message":"b","time":"soon","caller":"nowhere","msg":"c","n":[1, {"x":null}]}"#
        )
        #expect(record?.level == nil)
        #expect(record?.time == nil)
        #expect(record?.file == nil)
        #expect(
            record?.message
                == #"a {"caller":"nowhere","level":"loud","message":"b","msg":"c","n":[1, {"x":null}],"time":"soon"}"#
        )
        #expect(LogFormat.json.parse("{}")?.message == "")
        #expect(LogFormat.json.parse(#"{"a":1}"#)?.message == #"{"a":1}"#)
    }

    @Test("Escapes of strings are undone")
    func jsonEscapes() {
        let line = #"{"msg":"a\n\t\"\\\/\u00e4\ud83d\ude00\ud83dx\ud83d\u0041"}"#
        #expect(LogFormat.json.parse(line)?.message == "a\n\t\"\\/ä😀\u{FFFD}x\u{FFFD}A")
    }

    @Test(
        "What is not one object of JSON is told from it",
        arguments: [
            "", "x", "{", "}", "[]", "1", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1}}"#, #"{"a":01}"#, #"{"a":.5}"#,
            #"{"a":1.}"#, #"{"a":1e}"#, #"{"a":tru}"#, #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#, #"{'a':1}"#, #"{"a":[1,]}"#,
            #"{"a":{"b"}}"#, "{\"a\":\"\n\"}", #"{"a":"b"#, #"{"a":-}"#, String(repeating: #"{"a":"#, count: 100_000),
            "{\"a\":" + String(repeating: "[", count: 100_000),
        ]
    )
    func jsonInvalid(line: String) {
        #expect(LogFormat.json.parse(line) == nil)
    }

    // MARK: Priorities

    @Test("A priority in front is a level; a facility in it is left out")
    func priorities() {
        let levels: [Logger.Level] = [.critical, .critical, .critical, .error, .warning, .notice, .info, .debug]
        for number in 0..<192 {
            let record = LogFormat.priority.parse("<\(number)>text <3>")
            #expect(record?.level == levels[number % 8])
            #expect(record?.message == "text <3>")
        }
        #expect(LogFormat.priority.parse("<6>")?.message == "")
    }

    @Test(
        "What has no priority is told from what has",
        arguments: ["", "<", "<>", "<192>", "<03>x", "<-1>", "<3", "3>x", " <3>x", "<x>", "<99999999999999999999>"]
    )
    func noPriority(line: String) {
        #expect(LogFormat.priority.parse(line) == nil)
    }

    // MARK: Times

    @Test("Dates and times since 1970 are the same thing", arguments: 0..<20 as Range<UInt64>)
    func calendar(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let limit: Int64 = 9_200_000_000_000_000_000
            let moment = LogTime(nanoseconds: Int64.random(in: -limit...limit, using: &random))
            let offset = Int.random(in: -1_440...1_440, using: &random) * 60
            let date = moment.date(offset: offset)
            let back = LogTime(
                year: date.year,
                month: date.month,
                day: date.day,
                hour: date.hour,
                minute: date.minute,
                second: date.second,
                nanosecond: date.nanosecond,
                offset: offset
            )
            #expect(back == moment, "\(date)")
        }
    }

    @Test("Times are written as RFC 3339 has it")
    func rfc3339() throws {
        let moment = try time(2021, 3, 12, 14, 20, 4, 240_540_999)
        #expect(moment.description == "2021-03-12T14:20:04.240540Z")
        #expect(moment.rfc3339(offset: 5_400) == "2021-03-12T15:50:04.240540+01:30")
        #expect(moment.rfc3339(offset: -3_600) == "2021-03-12T13:20:04.240540-01:00")
        #expect(LogTime(nanoseconds: 0).description == "1970-01-01T00:00:00.000000Z")
        #expect(LogTime(nanoseconds: -1).description == "1969-12-31T23:59:59.999999Z")
        #expect(LogTime(nanoseconds: .max).description.hasPrefix("2262-04-11T"))
        #expect(LogTime(nanoseconds: .min).description.hasPrefix("1677-09-21T"))
    }

    @Test("Dates that there are not are none")
    func noDate() {
        #expect(LogTime(year: 2021, month: 2, day: 29) == nil)
        #expect(LogTime(year: 1900, month: 2, day: 29) == nil)
        #expect(LogTime(year: 2000, month: 2, day: 29) != nil)
        #expect(LogTime(year: 2021, month: 13, day: 1) == nil)
        #expect(LogTime(year: 2021, month: 4, day: 31) == nil)
        #expect(LogTime(year: 2021, month: 4, day: 0) == nil)
        #expect(LogTime(year: 999_999, month: 1, day: 1) == nil)
        #expect(LogTime(year: 2021, month: 1, day: 1, hour: 24) == nil)
        #expect(LogTime(nanoseconds: 1).advanced(by: .seconds(Int64.max)) == LogTime(nanoseconds: .max))
        #expect(LogTime(nanoseconds: 1).advanced(by: .seconds(Int64.min)) == LogTime(nanoseconds: .min))
    }
}
