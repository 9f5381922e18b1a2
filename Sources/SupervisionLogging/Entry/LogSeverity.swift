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

public import Logging

/// How bad it is, in four steps and one letter each. Each level of swift-log has one.
public struct LogSeverity: Hashable, Sendable {
    let rank: UInt8

    private init(rank: UInt8) {
        self.rank = rank
    }

    /// `I`: trace, debug, info and notice.
    public static let info = LogSeverity(rank: 0)
    /// `W`: warning.
    public static let warning = LogSeverity(rank: 1)
    /// `E`: error.
    public static let error = LogSeverity(rank: 2)
    /// `F`: critical. It ends nothing.
    public static let fatal = LogSeverity(rank: 3)

    /// The severity of a level.
    public init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug, .info, .notice: .info
            case .warning: .warning
            case .error: .error
            case .critical: .fatal
            }
    }

    /// The severity with this letter.
    public init?(letter: Character) {
        switch letter {
        case "I": self = .info
        case "W": self = .warning
        case "E": self = .error
        case "F": self = .fatal
        default: return nil
        }
    }

    /// `I`, `W`, `E` or `F`.
    public var letter: Character {
        switch rank {
        case 0: "I"
        case 1: "W"
        case 2: "E"
        default: "F"
        }
    }

    /// The least level of swift-log that has it.
    public var level: Logger.Level {
        switch rank {
        case 0: .info
        case 1: .warning
        case 2: .error
        default: .critical
        }
    }
}

extension LogSeverity: Comparable, CustomStringConvertible {
    /// The less severe first.
    public static func < (lhs: LogSeverity, rhs: LogSeverity) -> Bool {
        lhs.rank < rhs.rank
    }

    /// Its name in lower case.
    public var description: String {
        switch rank {
        case 0: "info"
        case 1: "warning"
        case 2: "error"
        default: "fatal"
        }
    }
}
