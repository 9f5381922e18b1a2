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

/// One incarnation of one child, as the core names it.
///
/// Whoever uses one must know that its tree is there: while the incarnation has not reported its end, or with a reference
/// to the tree.
@safe
struct CoreChild: @unchecked Sendable {
    // Sendable: a value; the pointer in it is only handed to calls that any thread may make.
    let child: sup_child

    init(_ child: sup_child) {
        unsafe self.child = unsafe child
    }

    var incarnation: Incarnation {
        unsafe Incarnation(number: child.incarnation, generation: child.generation)
    }

    // MARK: The tree

    func retainTree() {
        // Safe: the caller knows that the tree is there.
        _ = unsafe sup_tree_ref(child.tree)
    }

    func releaseTree() {
        // Safe: gives back what `retainTree` took.
        unsafe sup_tree_unref(child.tree)
    }

    /// Let a subscriber read the events of the tree from now on. The caller knows that the tree is there.
    func begin(_ subscription: Subscription, surroundings: Surroundings, until end: EventCriteria) {
        unsafe subscription.begin(tree: child.tree, surroundings: surroundings, until: .event(end))
    }

    /// Let observers be told of the tree from now on. The caller knows that it is there.
    func add(
        _ observers: [ObserverPump.Registration],
        of nodes: @autoclosure () -> Set<RuntimeName> = [],
        below path: String? = nil,
        surroundings: Surroundings
    ) {
        unsafe surroundings.pump.add(observers, of: nodes(), below: path, tree: child.tree, surroundings: surroundings)
    }

    // MARK: Reports. Safe: the caller knows that the tree is there; errors that are handed over are taken in every case.

    func reportStarted() -> Bool {
        unsafe sup_child_started(child) == 0
    }

    func reportStartFailed(_ error: any Error, as what: ChildSpec.FailureClass) -> Bool {
        unsafe sup_child_start_failed_as(child, ThrownError.make(.SUP_EFAILED, error), what.core) == 0
    }

    func reportDeclined() -> Bool {
        unsafe sup_child_declined(child) == 0
    }

    func reportCompleted() {
        _ = unsafe sup_child_completed(child)
    }

    /// For a task that may be needed at once: see `Worker.withdraw`.
    func reportCompleted(by reporter: sup_reporter) {
        _ = unsafe withUnsafePointer(to: reporter) { unsafe sup_child_completed_by(child, $0) }
    }

    func reportFailed(_ error: any Error, as what: ChildSpec.FailureClass, by reporter: sup_reporter) {
        let error = unsafe ThrownError.make(.SUP_EFAILED, error)
        _ = unsafe withUnsafePointer(to: reporter) { unsafe sup_child_failed_by(child, error, what.core, $0) }
    }

    func reportDone() -> Bool {
        unsafe sup_child_done(child) == 0
    }

    func signalHealthy() -> Int32 {
        unsafe sup_child_healthy(child)
    }

    func signalDone() -> Int32 {
        unsafe sup_child_done(child)
    }

    func requestRestart() -> Bool {
        unsafe sup_child_request_restart(child) == 0
    }

    func reportHeartbeat() -> Bool {
        unsafe sup_child_heartbeat(child) == 0
    }

    /// Gives back a reference to the tree.
    func answerProbe() {
        _ = unsafe sup_child_probed(child)
        releaseTree()
    }

    func reportCanceled() {
        _ = unsafe sup_child_canceled(child)
    }

    /// After a request to stop, a cancellation is a clean end; anything else is a failure.
    func reportFailed(_ error: any Error, wasAsked: Bool, as what: ChildSpec.FailureClass) {
        if wasAsked && error.isCancellation {
            _ = unsafe sup_child_canceled(child)
        } else {
            _ = unsafe sup_child_failed_as(child, ThrownError.make(.SUP_EFAILED, error), what.core)
        }
    }

    func reportBuilt(_ children: consuming CoreSpec) {
        _ = unsafe sup_child_built(child, children.take())
    }

    func reportBuildFailed(_ error: any Error) {
        _ = unsafe sup_child_build_failed(child, ThrownError.make(.SUP_EFAILED, error))
    }

    func reportCleaned(_ error: (any Error)?) {
        _ = unsafe sup_child_cleaned(child, error.flatMap { unsafe ThrownError.make(.SUP_EFAILED, $0) })
    }

    /// The code of the core.
    func signal(_ number: Int32, toGroup: Bool) -> Int32 {
        unsafe sup_child_signal(child, number, toGroup)
    }

    func resumeOutput() {
        _ = unsafe sup_child_resume_output(child)
    }

    // MARK: Looking

    var path: String {
        unsafe CoreText.fill { unsafe sup_child_path(child, $0, $1) }
    }
}

extension ChildSpec.FailureClass {
    var core: sup_failure_class {
        switch kind {
        case .ordinary: .SUP_FAILURE_ORDINARY
        case .hopeless: .SUP_FAILURE_HOPELESS
        case .forced: .SUP_FAILURE_FORCED
        }
    }
}

extension Error {
    /// Whether a worker that throws this says that it was cancelled.
    fileprivate var isCancellation: Bool {
        self is CancellationError || (self as? SupervisorError)?.code == .cancelled
    }
}

/// Texts of the core that are copied into a buffer.
enum CoreText {
    /// Call `fill` with a buffer and its size, again if it needs a larger one. It returns the length that it needs.
    static func fill(_ fill: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String {
        var capacity = 256
        while true {
            var needed = 0
            let text = unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
                // Safe: the buffer has `count` bytes, and the core writes no more than that, its NUL included.
                needed = unsafe buffer.withMemoryRebound(to: CChar.self) { chars in
                    unsafe fill(chars.baseAddress, chars.count)
                }
                return min(needed, max(buffer.count - 1, 0))
            }
            if needed < capacity { return text }
            capacity = needed + 1
        }
    }
}
