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

internal import CSupervisorCore
internal import Synchronization

/// What the core answers later, exactly once, on any thread; and who waits for it, at most one.
final class Completion: Sendable {
    /// `nil`: the wait was given up.
    typealias Answer = Result<Void, SupervisorError>?

    @safe
    private enum State {
        case pending
        case waiting(UnsafeContinuation<Answer, Never>)
        case answered(Answer)
    }

    private let state = Mutex(State.pending)
    private let what: String

    /// `what` begins the sentence of an error of which the core knows no more than a code.
    init(_ what: String) {
        self.what = what
    }

    /// Hand it to a call of the core, and return what that does: 0 if it will answer. A caller that has nothing else to do
    /// until then lends its thread.
    func begin(lending: Bool = false, _ call: (UnsafePointer<sup_completion>) -> Int32) -> Int32 {
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        var completion = unsafe sup_completion(
            done: Self.done,
            ctx: context,
            flags: UInt32(SUP_COMPLETION_ANY_THREAD | (lending ? SUP_COMPLETION_AWAITED : 0))
        )
        // Safe: the core copies the struct, and calls `done` once with the context unless it answers an error.
        let code = unsafe call(&completion)
        if code != 0 { forget() }
        return code
    }

    /// The same, but it answers now if the core will not.
    func beginOrAnswer(lending: Bool = false, _ call: (UnsafePointer<sup_completion>) -> Int32) {
        let code = unsafe begin(lending: lending, call)
        if code != 0 { answer(.failure(SupervisorError(coreCode: code, doing: what))) }
    }

    /// The core will not answer any more.
    func forget() {
        // Safe: gives back what `begin` retained, in place of `done`.
        unsafe Unmanaged.passUnretained(self).release()
    }

    func answer(_ answer: Answer) {
        let waiter = unsafe state.withLock { state -> UnsafeContinuation<Answer, Never>? in
            switch state {
            case .pending:
                state = .answered(answer)
                return nil
            case .waiting(let waiter):
                state = .answered(answer)
                return unsafe waiter
            case .answered:
                return nil
            }
        }
        unsafe waiter?.resume(returning: answer)
    }

    var isAnswered: Bool {
        state.withLock { state in
            if case .answered = state { true } else { false }
        }
    }

    /// The answer if there is one by now, and the wait was not given up.
    var answerByNow: Answer {
        state.withLock { state in
            if case .answered(let answer) = state { answer } else { nil }
        }
    }

    /// The answer. Not ended by cancellation.
    var value: Answer {
        get async {
            // Safe: resumed here if there is an answer already, otherwise by `answer`, which the first one does once.
            unsafe await withUnsafeContinuation { (waiter: UnsafeContinuation<Answer, Never>) in
                let answer = state.withLock { state -> Answer? in
                    if case .answered(let answer) = state { return .some(answer) }
                    unsafe state = .waiting(waiter)
                    return nil
                }
                if let answer { unsafe waiter.resume(returning: answer) }
            }
        }
    }

    private static let done: @Sendable @convention(c) (UnsafeMutableRawPointer?, Int32, OpaquePointer?) -> Void = {
        context,
        code,
        report in
        // Safe: `begin` retained it for this one call.
        let completion = unsafe Unmanaged<Completion>.fromOpaque(context!).takeRetainedValue()
        if code == 0 {
            completion.answer(.success(()))
        } else {
            let error = unsafe SupervisorError(coreCode: code, report: report, doing: completion.what)
            completion.answer(.failure(error))
        }
    }
}
