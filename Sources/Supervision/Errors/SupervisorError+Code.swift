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

extension SupervisorError {
    /// What kind of thing went wrong.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: Hashable, Sendable {
            case invalidSpec
            case startFailed
            case startTimedOut
            case endedBeforeAcknowledging
            case stoppedDuringStart
            case stopped
            case failed
            case toleranceExceeded
            case terminationFailed
            case shutdownTimedOut
            case abandoned
            case stuck
            case dependencyMissing
            case silent
            case nameTaken
            case tooManyChildren
            case stopping
            case notFound
            case cancelled
            case spawnFailed
            case exitStatus
            case signaled
            case statusLost
            case acquireFailed
            case releaseFailed
            case bodyFailed
            case gone
            case notRunning
            case timedOut
            case signalUnavailable
            case outOfMemory
            case system
            case unsupported
            case notDone
            case misuse
        }

        let kind: Kind

        /// The spec has faults; ``SupervisorError/related`` lists them.
        public static let invalidSpec = Code(kind: .invalidSpec)
        /// A child failed to start.
        public static let startFailed = Code(kind: .startFailed)
        /// A start was not acknowledged in time.
        public static let startTimedOut = Code(kind: .startTimedOut)
        /// A child ended before it acknowledged its start.
        public static let endedBeforeAcknowledging = Code(kind: .endedBeforeAcknowledging)
        /// It was stopped while it started.
        public static let stoppedDuringStart = Code(kind: .stoppedDuringStart)
        /// It was stopped by request.
        public static let stopped = Code(kind: .stopped)
        /// A child failed.
        public static let failed = Code(kind: .failed)
        /// There were more failures than the restart tolerance allows.
        public static let toleranceExceeded = Code(kind: .toleranceExceeded)
        /// Something did not stop cleanly.
        public static let terminationFailed = Code(kind: .terminationFailed)
        /// A child did not end within its shutdown timeout.
        public static let shutdownTimedOut = Code(kind: .shutdownTimedOut)
        /// A child did not end and was given up, still running.
        public static let abandoned = Code(kind: .abandoned)
        /// An earlier incarnation has not ended.
        public static let stuck = Code(kind: .stuck)
        /// A sibling that the child starts after did not come up.
        public static let dependencyMissing = Code(kind: .dependencyMissing)
        /// A child gave no sign of life in time.
        public static let silent = Code(kind: .silent)
        /// A sibling has the name.
        public static let nameTaken = Code(kind: .nameTaken)
        /// The supervisor has as many children as it may have.
        public static let tooManyChildren = Code(kind: .tooManyChildren)
        /// The supervisor, or one above it, is stopping.
        public static let stopping = Code(kind: .stopping)
        /// There is nothing of that name.
        public static let notFound = Code(kind: .notFound)
        /// It was cancelled.
        public static let cancelled = Code(kind: .cancelled)
        /// A program could not be started.
        public static let spawnFailed = Code(kind: .spawnFailed)
        /// A process ended with a status that means failure.
        public static let exitStatus = Code(kind: .exitStatus)
        /// A process was ended by a signal.
        public static let signaled = Code(kind: .signaled)
        /// The status of a process was taken by somebody else.
        public static let statusLost = Code(kind: .statusLost)
        /// The resource of a supervisor could not be acquired.
        public static let acquireFailed = Code(kind: .acquireFailed)
        /// The release of a resource failed.
        public static let releaseFailed = Code(kind: .releaseFailed)
        /// The body of `withSupervisor` failed, and its tree did not stop cleanly either.
        public static let bodyFailed = Code(kind: .bodyFailed)
        /// What the handle named is gone.
        public static let gone = Code(kind: .gone)
        /// It is not running.
        public static let notRunning = Code(kind: .notRunning)
        /// Something took too long.
        public static let timedOut = Code(kind: .timedOut)
        /// A signal cannot be handled.
        public static let signalUnavailable = Code(kind: .signalUnavailable)
        /// There is not enough memory.
        public static let outOfMemory = Code(kind: .outOfMemory)
        /// A system call failed.
        public static let system = Code(kind: .system)
        /// That is not possible on this system.
        public static let unsupported = Code(kind: .unsupported)
        /// A runnable returned without having signalled that it is done.
        public static let notDone = Code(kind: .notDone)
        /// A call was not allowed where it was made.
        public static let misuse = Code(kind: .misuse)

        /// The name of the code.
        public var description: String {
            String(describing: kind)
        }
    }
}
