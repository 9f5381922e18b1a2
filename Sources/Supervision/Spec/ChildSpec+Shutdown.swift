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
    /// What is done to make a child end. The child's end at any step ends the ladder at once; what outlives the last
    /// step is abandoned and reported.
    public struct Shutdown: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case standard
            case timeout(Duration)
            case indefinitely
            case ladder([StopStep])
        }

        let kind: Kind

        /// A worker is cancelled and has 5 seconds; a process gets SIGTERM, after 5 seconds SIGKILL; a supervisor has the
        /// time that its children take.
        public static let standard = Shutdown(kind: .standard)

        /// The child is asked to end and waited for without limit.
        public static let indefinitely = Shutdown(kind: .indefinitely)

        /// The child is asked to end and has this long. For a supervisor it is the budget of all below it.
        public static func timeout(_ time: Duration) -> Shutdown {
            Shutdown(kind: .timeout(time))
        }

        /// The child is first told to finish what it has begun, then cancelled, with a time for each.
        public static func drain(_ time: Duration, thenCancel cancelTime: Duration = .seconds(5)) -> Shutdown {
            .ladder([.drain(for: time), .cancel(for: cancelTime)])
        }

        /// Any list of 1 to 16 steps. Not for supervisors.
        public static func ladder(_ steps: [StopStep]) -> Shutdown {
            Shutdown(kind: .ladder(steps))
        }
    }

    /// One step of a stop ladder: what is done, and how long it may take before the next one.
    public struct StopStep: Hashable, Sendable {
        enum Action: Hashable, Sendable {
            case drain
            case cancel
            case signal(HostSignal)
            case kill
        }

        let action: Action
        let time: Duration?

        /// Told to finish what it has begun: ``ChildContext/stopRequested()`` returns. To a process nothing is sent.
        public static func drain(for time: Duration) -> StopStep {
            StopStep(action: .drain, time: time)
        }

        /// Asked to end: the worker's task is cancelled, a process gets SIGTERM.
        public static func cancel(for time: Duration) -> StopStep {
            StopStep(action: .cancel, time: time)
        }

        /// Asked to end, without limit.
        public static let cancelIndefinitely = StopStep(action: .cancel, time: nil)

        /// The signal is sent to the group of a process.
        public static func signal(_ signal: HostSignal, for time: Duration) -> StopStep {
            StopStep(action: .signal(signal), time: time)
        }

        /// SIGKILL to the group of a process. A worker cannot be killed.
        public static func kill(for time: Duration = .seconds(2)) -> StopStep {
            StopStep(action: .kill, time: time)
        }
    }
}

extension ChildSpec.Shutdown: CustomStringConvertible {
    /// The setting as words.
    public var description: String {
        switch kind {
        case .standard: "standard"
        case .timeout(let time): "timeout of \(time)"
        case .indefinitely: "indefinitely"
        case .ladder(let steps): steps.map(\.description).joined(separator: ", ")
        }
    }
}

extension ChildSpec.StopStep: CustomStringConvertible {
    /// What is done, and for how long.
    public var description: String {
        let action =
            switch action {
            case .drain: "drain"
            case .cancel: "cancel"
            case .signal(let signal): signal.description
            case .kill: "kill"
            }
        return time.map { "\(action) for \($0)" } ?? "\(action) indefinitely"
    }
}
