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

/// A running tree.
///
/// It is a handle: it may be copied and handed on, and dropping the last copy stops nothing.
///
/// ```swift
/// let tree = try await Supervisor.start(shop)
/// print(tree.snapshot())
/// try await tree.terminate(within: .seconds(20))
/// ```
public struct Supervisor: Sendable {
    let tree: TreeHandle

    /// The name of the root.
    public var name: String {
        tree.root?.origin.name ?? ""
    }

    /// Ask the tree to stop and return at once. Children are stopped in the reverse of their order, each by its own stop
    /// ladder; when only a reserve of the budget is left all that remain are asked together.
    ///
    /// A later request may shorten the budget, never lengthen it.
    ///
    /// - Parameter budget: How long it may take; `nil` for as long as the ladders take.
    public func requestStop(within budget: Duration? = nil) {
        tree.requestStop(within: budget)
    }

    /// Stop the tree when one of these signals comes: the first starts an orderly stop, a second one forces it. Ends with
    /// the tree; the former dispositions of the signals are back then.
    ///
    /// ``run(_:stoppingOn:within:subscribers:observers:on:)`` and
    /// ``main(_:stoppingOn:within:subscribers:observers:on:)`` do this by themselves. It is for programs that need the tree while it runs.
    public func stop(on signals: [HostSignal], within budget: Duration? = nil) throws(SupervisorError) {
        try tree.stop(on: signals, within: budget)
    }

    /// Take every child that is left to the last step of its stop ladder now, and return at once.
    public func forceStop() {
        tree.forceStop()
    }

    /// Stop the tree and wait for its end; see ``requestStop(within:)``. Goes on although the calling task is cancelled.
    ///
    /// A second call joins the first and gets the same result. Throws what went wrong: children that did not stop
    /// cleanly, or the failure with which the tree had ended.
    public func terminate(within budget: Duration? = nil) async throws(SupervisorError) {
        tree.requestStop(within: budget)
        try await tree.end().get()
    }

    /// Wait for the end of the tree. Returns when it was stopped cleanly, throws the failure with which it ended; every
    /// caller, early or late, gets the same.
    ///
    /// Cancelling the calling task ends this wait only, with an error whose code is
    /// ``SupervisorError/Code-swift.struct/cancelled``.
    public func wait() async throws(SupervisorError) {
        guard let end = await tree.cancellableEnd() else { throw .waitCancelled() }
        try end.get()
    }

    /// The failure with which the tree has ended: what ``wait()`` throws. `nil` while it runs, and if it ended cleanly;
    /// ``state`` tells those apart. Waits for nothing.
    public var crashError: SupervisorError? {
        tree.crashError
    }

    /// The events of the tree from now on; of a tree that has ended, the final one.
    ///
    /// - Parameter buffer: How many events are kept while nobody takes them, 1 to 1,048,576.
    public func events(buffer: Int = 1_024) -> Events {
        Events(reader: tree.subscribe(buffer: buffer))
    }

    /// What the tree looks like now. Its description is the tree as text.
    public func snapshot() -> Snapshot {
        tree.snapshot()
    }

    /// Whether the tree is up, with everything in it that should be. Children that completed, declined, or were stopped
    /// on request are not missed.
    public var isReady: Bool {
        tree.isReady
    }

    /// Who is not up and should be, and why: their states, errors, deadlines, and the siblings that they wait for. Those
    /// below a supervisor that is down itself are not listed. Empty if the tree is ready.
    public func unready() -> [Snapshot.Node] {
        tree.unready().nodes
    }

    /// What every stop that is going on waits for, of the whole tree, of a child or of a round: the children that are on
    /// their stop ladders, with the step and its deadline, and the supervisors whose resource is being acquired or
    /// released. Of children that are stopped one after another it is the one whose turn it is.
    public func stopWaits() -> [Snapshot.Node] {
        tree.stopWaits().nodes
    }

    /// How far the tree is.
    public var state: State {
        tree.state
    }

    /// How far a tree is.
    public enum State: Hashable, Sendable {
        /// Not all of it is up yet.
        case starting
        /// All of it is up, or being restarted.
        case running
        /// It is on its way down.
        case stopping
        /// It has ended; ``Supervisor/wait()`` tells how.
        case ended
    }
}
