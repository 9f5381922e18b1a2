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

extension ChildSpec {
    /// When a child is run again after its end.
    public struct Restart: Hashable, Sendable, CustomStringConvertible {
        enum Kind: Hashable, Sendable {
            case permanent
            case transient
            case temporary
        }

        let kind: Kind

        /// Whenever it ends.
        public static let permanent = Restart(kind: .permanent)

        /// If it failed; a completion ends it for good.
        public static let transient = Restart(kind: .transient)

        /// Never: it runs once and is dropped when it ends.
        public static let temporary = Restart(kind: .temporary)

        /// The name of the setting.
        public var description: String {
            switch kind {
            case .permanent: "permanent"
            case .transient: "transient"
            case .temporary: "temporary"
            }
        }
    }

    /// Within what time a start must be acknowledged.
    public struct StartTimeout: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case standard
            case limit(Duration)
            case never
            /// A fault.
            case notANumber
        }

        let kind: Kind

        /// 30 seconds for a worker or a process; no limit for a supervisor, whose children have their own.
        public static let standard = StartTimeout(kind: .standard)

        /// There is no limit.
        public static let never = StartTimeout(kind: .never)

        /// This long; zero is a fault.
        public static func limit(_ limit: Duration) -> StartTimeout {
            StartTimeout(kind: .limit(limit))
        }

        /// So many seconds.
        public static func seconds<Number: BinaryInteger>(_ seconds: Number) -> StartTimeout {
            .limit(.seconds(Int64(clamping: seconds)))
        }

        /// So many seconds. What is no number is a fault, and what is more than there can be is as much as can be.
        public static func seconds(_ seconds: Double) -> StartTimeout {
            guard !seconds.isNaN else { return StartTimeout(kind: .notANumber) }
            let limit = Double(sign: .plus, exponent: 62, significand: 1)
            return .limit(.seconds(min(max(seconds, -limit), limit)))
        }

        /// So many milliseconds.
        public static func milliseconds<Number: BinaryInteger>(_ milliseconds: Number) -> StartTimeout {
            .limit(.milliseconds(Int64(clamping: milliseconds)))
        }
    }

    /// What happens when a replacement is due and the old incarnation has not ended. Two incarnations of one child
    /// never run at once.
    public struct WhenStuck: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case wait
            case escalate(Duration)
            case overlap
        }

        let kind: Kind

        /// The replacement waits; the child is shown as stuck meanwhile.
        public static let wait = WhenStuck(kind: .wait)

        /// So, but when this time has passed the supervisor fails.
        public static func escalate(after time: Duration) -> WhenStuck {
            WhenStuck(kind: .escalate(time))
        }

        /// It is started beside the old incarnation: two of them may run at the same time. Not for supervisors.
        public static let overlap = WhenStuck(kind: .overlap)
    }

    /// What a supervisor does when a child has exceeded a tolerance of its own.
    public struct WhenExceeded: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case escalate
            case quarantine
        }

        let kind: Kind

        /// The supervisor fails.
        public static let escalate = WhenExceeded(kind: .escalate)

        /// The child stays down, in sight, and its siblings go on.
        public static let quarantine = WhenExceeded(kind: .quarantine)
    }
}

extension ChildSpec.StartTimeout: CustomStringConvertible {
    /// The setting as words.
    public var description: String {
        switch kind {
        case .standard: "standard"
        case .limit(let limit): "\(limit)"
        case .never: "never"
        case .notANumber: "not a number"
        }
    }
}

extension ChildSpec.WhenStuck: CustomStringConvertible {
    /// The setting as words.
    public var description: String {
        switch kind {
        case .wait: "wait"
        case .escalate(let time): "escalate after \(time)"
        case .overlap: "overlap"
        }
    }
}

extension ChildSpec.WhenExceeded: CustomStringConvertible {
    /// The name of the setting.
    public var description: String { "\(kind)" }
}
