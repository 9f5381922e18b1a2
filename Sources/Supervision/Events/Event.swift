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

extension Supervisor {
    /// One thing that happened in a tree. The events of a tree are numbered and in order.
    public struct Event: Sendable {
        /// What happened.
        public let kind: Kind

        /// 1 is the first event of the tree.
        public let number: UInt64

        /// The number of the event that brought this one about, if one did.
        public let cause: UInt64?

        /// The runtime name of the node.
        public let path: String

        /// What the node is.
        public let nodeKind: NodeKind

        /// The incarnation that it is about.
        public let incarnation: UInt64

        /// How often the node had been restarted up to now.
        public let restarts: UInt64

        /// When, on the clock of the tree.
        public let time: SupervisorClock.Instant

        /// When, as the time since 1970.
        public let wallTime: Duration

        /// How long the start took (started), the incarnation was up (completed, failed), or the stop took (terminated).
        public let duration: Duration

        /// How long the restart will be delayed (restart scheduled).
        public let delay: Duration?

        /// What is done to make it end (stopping).
        public let stopAction: StopAction?

        /// What went wrong, if something did.
        public let error: SupervisorError?

        /// Whether what was started is a runnable: healthy not yet, but when it says so (started).
        public internal(set) var isOfRunnable = false

        /// The name of the node: the last part of its path.
        public var name: String {
            path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        }
    }

    /// What a reader of events gets.
    public enum EventItem: Sendable, CustomStringConvertible {
        /// The next event.
        case event(Event)

        /// The reader was too slow: so many events were dropped here, the last of them with this number.
        case lost(count: UInt64, upTo: UInt64)

        /// The event, if it is one.
        public var event: Event? {
            if case .event(let event) = self { event } else { nil }
        }

        /// The event as one line, or how many were lost.
        public var description: String {
            switch self {
            case .event(let event): event.description
            case .lost(let count, let last): "\(count) events lost, up to number \(last)"
            }
        }
    }

    /// What a node of a tree is.
    public struct NodeKind: Hashable, Sendable, CustomStringConvertible {
        /// The name of the kind.
        public let description: String

        /// Work in a task.
        public static let worker = NodeKind(description: "worker")
        /// A program in a process of its own.
        public static let process = NodeKind(description: "process")
        /// A supervisor.
        public static let supervisor = NodeKind(description: "supervisor")
    }

    /// What is done to make a child end.
    public struct StopAction: Hashable, Sendable, CustomStringConvertible {
        /// The name of the action.
        public let description: String

        /// It is told to finish what it has begun.
        public static let drain = StopAction(description: "drain")
        /// It is asked to end.
        public static let cancel = StopAction(description: "cancel")
        /// A process is killed.
        public static let kill = StopAction(description: "kill")
    }
}

extension Supervisor.Event {
    /// What happened.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        let rawValue: UInt32
        let name: String

        /// A start was acknowledged.
        public static let started = Kind(rawValue: 1, name: "started")
        /// A start failed, and what had been started is gone.
        public static let startFailed = Kind(rawValue: 2, name: "startFailed")
        /// A child said that it is not needed.
        public static let declined = Kind(rawValue: 3, name: "declined")
        /// A child ended by itself, without an error.
        public static let completed = Kind(rawValue: 4, name: "completed")
        /// A child ended by itself, with an error.
        public static let failed = Kind(rawValue: 5, name: "failed")
        /// A step of a stop ladder was taken.
        public static let stopping = Kind(rawValue: 6, name: "stopping")
        /// A child that was stopped ended cleanly.
        public static let terminated = Kind(rawValue: 7, name: "terminated")
        /// A child that was stopped ended, or was given up, but not cleanly.
        public static let terminationFailed = Kind(rawValue: 8, name: "terminationFailed")
        /// A restart will be made after a delay.
        public static let restartScheduled = Kind(rawValue: 9, name: "restartScheduled")
        /// A restart that had been scheduled will not be made.
        public static let restartCancelled = Kind(rawValue: 10, name: "restartCancelled")
        /// A replacement waits for the end of the old incarnation.
        public static let stuck = Kind(rawValue: 11, name: "stuck")
        /// A child that had been given up ended after all.
        public static let lateExit = Kind(rawValue: 12, name: "lateExit")
        /// There were more failures than a supervisor tolerates.
        public static let toleranceExceeded = Kind(rawValue: 13, name: "toleranceExceeded")
        /// The resource of a supervisor is there.
        public static let resourceAcquired = Kind(rawValue: 14, name: "resourceAcquired")
        /// The resource of a supervisor was released.
        public static let resourceReleased = Kind(rawValue: 15, name: "resourceReleased")
        /// A child exceeded its own tolerance and stays down.
        public static let quarantined = Kind(rawValue: 16, name: "quarantined")
        /// A supervisor ends because its significant children have ended for good.
        public static let autoShutdown = Kind(rawValue: 17, name: "autoShutdown")
        /// A child gave no sign of life in time: it has failed, and is made to end.
        public static let silent = Kind(rawValue: 18, name: "silent")
        /// The loop was late, by the event's duration; of a worker: the cooperative pool has left a task waiting for so
        /// long that was to ask whether it is silent.
        public static let loopLate = Kind(rawValue: 19, name: "loopLate")
        /// A child signalled that it is healthy.
        public static let healthy = Kind(rawValue: 20, name: "healthy")
        /// The body of a runnable returned after it had signalled that it is done; its children go on.
        public static let done = Kind(rawValue: 21, name: "done")
        /// A start has begun that is not acknowledged at once: that of a supervisor, or of a child that reports its start, once
        /// that has been handed over.
        public static let starting = Kind(rawValue: 22, name: "starting")

        /// The name of the kind.
        public var description: String { name }

        /// Whether they are the same kind.
        public static func == (lhs: Kind, rhs: Kind) -> Bool {
            lhs.rawValue == rhs.rawValue
        }

        /// Hashes the kind.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(rawValue)
        }
    }
}

extension Supervisor.Event: CustomStringConvertible {
    /// The event as one line.
    public var description: String {
        var text = "\(path)#\(incarnation) \(kind)"
        if let delay {
            text += " in \(delay)"
        }
        if let stopAction {
            text += " (\(stopAction))"
        }
        if let error {
            text += ": \(error.underlying.map { String(describing: $0) } ?? error.description)"
        }
        return text
    }
}
