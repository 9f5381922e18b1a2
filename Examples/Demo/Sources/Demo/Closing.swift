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

import Supervision
import Synchronization

/// Why and how the shop is closed: whoever wants it closed says so here, at any time, also while it is being opened.
final class Closing: Sendable {
    private enum Reason {
        case signal(HostSignal)
        case timeIsUp
        case outputBroke(Descriptor.Failure)
    }

    private struct State {
        var opening: Task<Supervisor, any Error>?
        var tree: Supervisor?
        var reason: Reason?
    }

    private let state = Mutex(State())
    private let budget: Duration

    init(budget: Duration) {
        self.budget = budget
    }

    /// Whether closing was asked for.
    var isRequested: Bool {
        state.withLock { $0.reason != nil }
    }

    /// Start the tree, unless closing is asked for meanwhile: then what had been started is stopped again.
    func start(_ start: @escaping @Sendable () async throws -> Supervisor) async throws -> Supervisor {
        let opening = Task { try await start() }
        let isTooLate = state.withLock { state in
            state.opening = opening
            return state.reason != nil
        }
        if isTooLate { opening.cancel() }
        let tree = try await opening.value
        let isUnwanted = state.withLock { state in
            state.tree = tree
            return state.reason != nil
        }
        // Asked for at the very moment at which the start was complete.
        if isUnwanted { tree.requestStop(within: budget) }
        return tree
    }

    /// The first request closes in order, a signal after it at once.
    func received(_ signal: HostSignal) {
        request(.signal(signal), force: true)
    }

    func timeIsUp() {
        request(.timeIsUp, force: false)
    }

    func outputBroke(_ failure: Descriptor.Failure) {
        request(.outputBroke(failure), force: false)
    }

    private func request(_ reason: Reason, force: Bool) {
        let (isFirst, opening, tree) = state.withLock { state in
            let isFirst = state.reason == nil
            if isFirst || force { state.reason = reason }
            return (isFirst, state.opening, state.tree)
        }
        if isFirst {
            opening?.cancel()
            tree?.requestStop(within: budget)
        } else if force {
            tree?.forceStop()
        }
    }

    /// Explain what went wrong, if something did, and give back the status with which the program ends: 128 and the signal
    /// that closed the shop, 1 for a failure, or else 0.
    func status(after failure: (any Error)?, while what: String) -> Int32 {
        let reason = state.withLock { $0.reason }
        if case .outputBroke(let broken) = reason {
            let fault = Fault("standard output cannot be written, so the shop was closed", errno: broken.number)
            Descriptor.complain(fault.description)
        }
        if let failure, !isExpected(failure, reason) {
            Descriptor.complain(Explanation(what, failure).description)
        }
        return switch reason {
        case .signal(let signal): 128 + signal.rawValue
        case .timeIsUp where failure == nil: 0
        case nil where failure == nil: 0
        default: 1
        }
    }

    /// A start that was interrupted on request is as good an end as any, if what had been started stopped cleanly.
    private func isExpected(_ failure: any Error, _ reason: Reason?) -> Bool {
        guard reason != nil, let failure = failure as? SupervisorError else { return false }
        return [.stoppedDuringStart, .cancelled].contains(failure.code) && failure.related.isEmpty
    }
}
