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

extension EventCriteria {
    /// An event of a kind, of the node with this runtime name or of any.
    public static func kind(_ kind: Supervisor.Event.Kind, of path: String?) -> EventCriteria {
        guard let path else { return .kind(kind) }
        return EventCriteria("\(kind) \(path)") { $0.kind == kind && $0.path.isSameName(as: path) }
    }

    /// A start has begun that is not acknowledged at once.
    public static func starting(_ path: String? = nil) -> EventCriteria { kind(.starting, of: path) }

    /// A start was acknowledged.
    public static func started(_ path: String? = nil) -> EventCriteria { kind(.started, of: path) }

    /// A start failed, and what had been started is gone.
    public static func startFailed(_ path: String? = nil) -> EventCriteria { kind(.startFailed, of: path) }

    /// A child said that it is not needed.
    public static func declined(_ path: String? = nil) -> EventCriteria { kind(.declined, of: path) }

    /// A child ended by itself, without an error.
    public static func completed(_ path: String? = nil) -> EventCriteria { kind(.completed, of: path) }

    /// A child ended by itself, with an error.
    public static func failed(_ path: String? = nil) -> EventCriteria { kind(.failed, of: path) }

    /// A step of a stop ladder was taken.
    public static func stopping(_ path: String? = nil) -> EventCriteria { kind(.stopping, of: path) }

    /// A child that was stopped ended cleanly.
    public static func terminated(_ path: String? = nil) -> EventCriteria { kind(.terminated, of: path) }

    /// A child that was stopped ended, or was given up, but not cleanly.
    public static func terminationFailed(_ path: String? = nil) -> EventCriteria { kind(.terminationFailed, of: path) }

    /// A restart will be made after a delay.
    public static func restartScheduled(_ path: String? = nil) -> EventCriteria { kind(.restartScheduled, of: path) }

    /// A restart that had been scheduled will not be made.
    public static func restartCancelled(_ path: String? = nil) -> EventCriteria { kind(.restartCancelled, of: path) }

    /// A replacement waits for the end of the old incarnation.
    public static func stuck(_ path: String? = nil) -> EventCriteria { kind(.stuck, of: path) }

    /// A child that had been given up ended after all.
    public static func lateExit(_ path: String? = nil) -> EventCriteria { kind(.lateExit, of: path) }

    /// There were more failures than a supervisor tolerates.
    public static func toleranceExceeded(_ path: String? = nil) -> EventCriteria { kind(.toleranceExceeded, of: path) }

    /// The resource of a supervisor is there.
    public static func resourceAcquired(_ path: String? = nil) -> EventCriteria { kind(.resourceAcquired, of: path) }

    /// The resource of a supervisor was released.
    public static func resourceReleased(_ path: String? = nil) -> EventCriteria { kind(.resourceReleased, of: path) }

    /// A child exceeded its own tolerance and stays down.
    public static func quarantined(_ path: String? = nil) -> EventCriteria { kind(.quarantined, of: path) }

    /// A supervisor ends because its significant children have ended for good.
    public static func autoShutdown(_ path: String? = nil) -> EventCriteria { kind(.autoShutdown, of: path) }

    /// A child did not give the sign of life that it had promised.
    public static func silent(_ path: String? = nil) -> EventCriteria { kind(.silent, of: path) }

    /// The loop was late.
    public static func loopLate(_ path: String? = nil) -> EventCriteria { kind(.loopLate, of: path) }
}
