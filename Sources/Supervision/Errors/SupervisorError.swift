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

/// Something that went wrong in a tree, or with a request to one.
///
/// ``code`` says what, ``path`` where, ``underlying`` why; ``description`` is one sentence, ``explain`` the whole chain as an
/// indented text, ``fields`` keys and values for structured logs. The error that a worker threw is found unchanged as the
/// ``rootCause``.
public struct SupervisorError: Error, Sendable {
    private let storage: any Storage

    init(_ storage: any Storage) {
        self.storage = storage
    }

    /// What kind of thing went wrong.
    public var code: Code { storage.code }

    /// The runtime name of the node that it is about, if it is about one.
    public var path: String? { storage.path }

    /// One sentence without the cause; it says what can be done where that is known.
    public var message: String { storage.message }

    /// What caused it: the very error that a worker threw, or another `SupervisorError`.
    public var underlying: (any Error)? { storage.underlying }

    /// The failure that opened the record, when a restart tolerance was exceeded; the last one is ``underlying``, and if
    /// there was only one failure it is both.
    public var firstFailure: SupervisorError? { storage.firstFailure }

    /// Further failures that happened on the way: all faults of a spec, children that did not stop, a release that
    /// failed.
    public var related: [SupervisorError] { storage.related }

    /// The tolerance that was exceeded.
    public var exceededTolerance: RestartTolerance? { storage.exceededTolerance }

    /// The number of the system's error, if a system call failed.
    public var systemErrorNumber: Int? { storage.systemErrorNumber }

    /// How the process ended, or what its start failed at.
    public var process: ProcessEnd? { storage.process }

    /// What a process that was not up in time was waited for.
    public var unready: UnreadyProcess? { storage.unready }

    /// The last lines of the output of the process, if they were read.
    public var processOutput: String? { storage.processOutput }

    /// The first failure, if it is not the last one as well.
    var firstFailureOfItsOwn: SupervisorError? { storage.isFirstFailureUnderlying ? nil : storage.firstFailure }

    /// The end of the chain of underlying errors: this one, if it has no other.
    public var rootCause: any Error {
        var error: any Error = self
        while let next = (error as? SupervisorError)?.underlying {
            error = next
        }
        return error
    }
}

extension SupervisorError: Equatable {
    /// Whether they say the same: errors of other types are compared by their descriptions.
    public static func == (lhs: SupervisorError, rhs: SupervisorError) -> Bool {
        lhs.code == rhs.code && lhs.path == rhs.path && lhs.message == rhs.message
            && lhs.exceededTolerance == rhs.exceededTolerance && lhs.process == rhs.process
            && lhs.unready == rhs.unready
            && saysTheSame(lhs.underlying, rhs.underlying) && lhs.related == rhs.related
            && lhs.firstFailureOfItsOwn == rhs.firstFailureOfItsOwn
    }

    private static func saysTheSame(_ lhs: (any Error)?, _ rhs: (any Error)?) -> Bool {
        if let lhs = lhs as? SupervisorError, let rhs = rhs as? SupervisorError { return lhs == rhs }
        return lhs.map { String(describing: $0) } == rhs.map { String(describing: $0) }
    }
}

extension SupervisorError {
    /// Where the parts of an error come from.
    protocol Storage: AnyObject, Sendable {
        var code: Code { get }
        var path: String? { get }
        var message: String { get }
        var underlying: (any Error)? { get }
        var firstFailure: SupervisorError? { get }
        var isFirstFailureUnderlying: Bool { get }
        var related: [SupervisorError] { get }
        var exceededTolerance: RestartTolerance? { get }
        var systemErrorNumber: Int? { get }
        var process: ProcessEnd? { get }
        var unready: UnreadyProcess? { get }
        var processOutput: String? { get }
    }
}

extension SupervisorError.Storage {
    var firstFailure: SupervisorError? { nil }
    var isFirstFailureUnderlying: Bool { false }
    var exceededTolerance: RestartTolerance? { nil }
    var systemErrorNumber: Int? { nil }
    var process: ProcessEnd? { nil }
    var unready: UnreadyProcess? { nil }
    var processOutput: String? { nil }
}
