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

internal import Logging

/// What lines are that somebody else has written.
///
/// Each format is a function of the bytes of one line, which has an answer for all of them: a message, or `nil` for what
/// is not of the format. Such a line becomes a raw entry.
public struct LogFormat: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case raw
        case klog(offset: Int, future: Duration?)
        case json
        case priority
    }

    let kind: Kind

    /// Anything. Lines are kept as they are.
    public static let raw = LogFormat(kind: .raw)

    /// The lines of glog and klog: `E0312 14:20:04.240540 204 shared_informer.go:247] …`.
    ///
    /// Lines that follow one and do not begin in this way belong to it, as those of a stack trace do. The process id is in
    /// the metadata as `pid`. There is no year in such a line: it is taken to be of the present one or, around new
    /// year, of the one before or after it.
    ///
    /// - Parameters:
    ///   - offset: How many seconds the clock of the writer is ahead of UTC.
    ///   - future: How far a line may be ahead of the present time; one that is further ahead is then not of the format. `nil`
    ///     takes every date that there is, since clocks and their zones differ.
    public static func klog(offset: Int = 0, future: Duration? = nil) -> LogFormat {
        LogFormat(kind: .klog(offset: offset, future: future))
    }

    /// An object of JSON in each line, as structured loggers write them.
    ///
    /// Level (`level`, `severity`, `lvl`), message (`msg`, `message`), time (`ts`, `time`, `timestamp`, `@timestamp`; a
    /// number of seconds, milliseconds, microseconds or nanoseconds since 1970, or RFC 3339) and place (`caller` as
    /// `file:line`) are understood; all other members are put behind the message, sorted.
    public static let json = LogFormat(kind: .json)

    /// Lines that begin with a priority in angle brackets, `<3>disk is full`, as programs write them for systemd, the kernel
    /// and syslog. A facility, in numbers above 7, is left out.
    public static let priority = LogFormat(kind: .priority)

    /// What a line says; `nil` if it is not of the format, which all raw lines are not.
    ///
    /// - Parameters:
    ///   - line: The line without its newline.
    ///   - now: The present time, for what a line leaves out.
    public func parse(_ line: Span<UInt8>, now: LogTime) -> LogRecord? {
        switch kind {
        case .raw: nil
        case .klog(let offset, let future): KlogLine.parse(line, now: now, offset: offset, future: future)
        case .json: JSONRecord.parse(line)
        case .priority: PriorityLine.parse(line)
        }
    }

    /// What a line says; `nil` if it is not of the format.
    public func parse(_ line: String, now: LogTime = .now) -> LogRecord? {
        var line = line
        // Safe: the bytes live during the call.
        return line.withUTF8 { unsafe parse($0.span, now: now) }
    }

    var hasContinuations: Bool {
        if case .klog = kind { true } else { false }
    }

    var standardLimit: Int {
        if case .raw = kind { 1_024 } else { 65_536 }
    }
}
