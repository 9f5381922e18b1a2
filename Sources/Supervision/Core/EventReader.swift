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

/// One subscription to the events of a tree.
@safe
final class EventReader: @unchecked Sendable {
    /// What the core tells when there is something to read; outlives the subscription.
    private final class Signal: Sendable {
        private struct State {
            var waiters = Waiters()
            /// How many threads have taken waiters that they have not resumed yet.
            var resuming = 0
        }

        private let state = Mutex(State())

        /// How often it was told. Changed before the waiters are taken, and compared under their lock: who compares first
        /// is among those who are taken.
        private let count = Atomic<UInt64>(0)

        /// To be read before one looks whether there is anything.
        var told: Told { Told(count: count.load(ordering: .acquiring)) }

        func readable() {
            count.add(1, ordering: .releasing)
            wake()
        }

        /// Return when it was told something that is not known yet, or when the task is cancelled.
        func wait(beyond told: Told) async {
            await Waiters.wait { waiter in
                state.withLock { state in
                    guard self.told == told else { return false }
                    state.waiters.add(waiter)
                    return true
                }
            } orCancelled: {
                wake()
            }
        }

        /// Whether somebody who was taken out of the waiters has not been resumed yet.
        var isResuming: Bool {
            state.withLock { $0.resuming > 0 }
        }

        private func wake() {
            let waiters = state.withLock { state in
                state.resuming += 1
                return state.waiters.take()
            }
            waiters.resume()
            state.withLock { $0.resuming -= 1 }
        }
    }

    /// What a reader knows of what it was told when it looks.
    struct Told: Equatable {
        fileprivate let count: UInt64
    }

    /// Sendable: used under its lock only.
    @safe
    private struct Subscription: @unchecked Sendable {
        let pointer: OpaquePointer?

        /// What was taken to see whether there is anything.
        var peeked: Supervisor.EventItem?

        /// The event with which it ends before the tree does was read.
        var isOver = false

        /// Of that event, once it is known.
        var lastNumber: UInt64?

        mutating func end(after item: Supervisor.EventItem, if end: End) {
            switch end {
            case .event(let criteria):
                if let event = item.event, criteria.matches(event) { isOver = true }
            case .gone(let watch):
                lastNumber = lastNumber ?? item.event.flatMap { watch.lastNumber(at: $0) }
                if let lastNumber, item.number >= lastNumber { isOver = true }
            }
        }
    }

    /// What has come of taking an item, which is put where the caller wants it: it is large.
    enum Taken {
        case item
        /// Whoever waits for more says what was known when it looked.
        case nothing(Told)
        /// There is one, but no memory for its text. It stays to be taken.
        case later
        case ended
    }

    private let signal = Signal()

    /// Held while the core is asked for an event: it wants one reader at a time. `nil` if there is no subscription.
    private let subscription: Mutex<Subscription?>

    /// What the tree runs on.
    let runtime: SupervisorRuntime

    /// How many events are kept for it.
    let capacity: Int

    /// Safe: the subscription holds it.
    private let tree: OpaquePointer

    private let end: End?

    /// With which event a subscription ends before the tree does.
    enum End: Sendable {
        /// With the first that meets these.
        case event(EventCriteria)
        /// With the last one before a node was gone.
        case gone(NodeWatch)
    }

    init(tree: OpaquePointer, buffer: Int, runtime: SupervisorRuntime, end: End? = nil) {
        self.runtime = runtime
        self.end = end
        self.capacity = min(max(buffer, 1), 1_048_576)
        unsafe self.tree = unsafe tree
        let context = unsafe Unmanaged.passRetained(signal).toOpaque()
        var options = unsafe sup_events_options(
            size: MemoryLayout<sup_events_options>.size,
            buffer: UInt32(clamping: capacity),
            readable: Self.readable,
            ctx: context
        )
        var pointer: OpaquePointer?
        // Safe: the caller holds the tree; the context is retained until the subscription is closed.
        let code = unsafe sup_events_open(tree, &options, &pointer)
        subscription = unsafe Mutex(code == 0 ? Subscription(pointer: pointer) : nil)
        runtime.manual?.register(self)
    }

    deinit {
        let pointer = unsafe subscription.withLock { unsafe $0?.pointer }
        // Safe: nobody reads any more, and after the close nobody calls `readable`.
        unsafe sup_events_close(pointer)
        unsafe Unmanaged.passUnretained(signal).release()
    }

    private static let readable: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        // Safe: `init` hands over nothing else, and retained it.
        unsafe Unmanaged<Signal>.fromOpaque(context!).takeUnretainedValue().readable()
    }

    /// The next event that meets the criteria, or the next loss; `nil` after the final one, or when the task is cancelled.
    func next(matching criteria: EventCriteria?) async -> Supervisor.EventItem? {
        while !Task.isCancelled {
            var item: Supervisor.EventItem?
            switch take(&item, rests: true) {
            case .item:
                if let criteria, let event = item?.event, !criteria.matches(event) { continue }
                return item
            case .ended: return nil
            case .nothing(let told): await signal.wait(beyond: told)
            case .later: await Task.yield()
            }
        }
        return nil
    }

    /// Whether a reader is about to go on, which the loop has just told that there is something to read.
    var isWaking: Bool { signal.isResuming }

    /// On manual time: let those who wait read what there is, which in real time they would be told a little later.
    func nudge() {
        let isReadable = subscription.withLock { subscription -> Bool in
            guard subscription?.peeked == nil else { return false }
            var item: Supervisor.EventItem?
            switch take(&item, of: &subscription, rests: false) {
            case .nothing: return false
            case .later, .ended: return true
            case .item:
                subscription?.peeked = item
                return true
            }
        }
        if isReadable { signal.readable() }
    }

    /// Nothing more is to be read.
    func finish() {
        subscription.withLock { $0?.isOver = true }
        signal.readable()
    }

    /// Return when there may be something to take, or when the task is cancelled.
    func waitUntilReadable(beyond told: Told) async {
        await signal.wait(beyond: told)
    }

    /// Let those who wait, or are about to, look for themselves.
    func wake() {
        signal.readable()
    }

    /// Whether the tree has a node with this runtime name; false when there is no subscription.
    func treeHasNode(_ path: String) -> Bool {
        subscription.withLock { subscription in
            guard subscription != nil else { return false }
            var child = unsafe sup_child(tree: tree, node: 0, generation: 0, incarnation: 0)
            // Safe: the subscription holds the tree, and both arguments live during the call.
            return unsafe sup_tree_find(tree, path, &child) == 0
        }
    }

    /// The next item, if there is one now. A reader that rests is told of a few that have come since it has taken all there
    /// was, as if it had waited.
    func take(_ item: inout Supervisor.EventItem?, rests: Bool) -> Taken {
        subscription.withLock { take(&item, of: &$0, rests: rests) }
    }

    private func take(
        _ item: inout Supervisor.EventItem?,
        of subscription: inout Subscription?,
        rests: Bool
    ) -> Taken {
        guard let pointer = unsafe subscription?.pointer else { return .ended }
        if subscription?.peeked != nil {
            item = subscription?.peeked.take()
            return .item
        }
        if subscription?.isOver ?? false { return .ended }
        // Before the call: if it finds nothing, what comes after it is told.
        let told = signal.told
        // Static text, as the path has to point somewhere until the core fills it in.
        let nowhere: StaticString = ""
        var event = unsafe sup_event(
            size: MemoryLayout<sup_event>.size,
            kind: .SUP_EVENT_LOST,
            node_kind: .SUP_KIND_SUPERVISOR,
            number: 0,
            cause: 0,
            child: sup_child(tree: pointer, node: 0, generation: 0, incarnation: 0),
            restarts: 0,
            time: 0,
            wall: 0,
            duration: 0,
            detail: 0,
            path: UnsafeRawPointer(nowhere.utf8Start).assumingMemoryBound(to: CChar.self),
            error: nil
        )
        // Safe: one reader at a time, and what the event points to is copied before the next call.
        switch unsafe rests ? sup_events_next_or_rest(pointer, &event) : sup_events_next(pointer, &event) {
        case 1:
            item = unsafe Supervisor.EventItem(event)
            if let end, let item { subscription?.end(after: item, if: end) }
            return .item
        case 0: return .nothing(told)
        case sup_errno.SUP_ENOMEM.rawValue: return .later
        default: return .ended
        }
    }
}

extension Supervisor.EventItem {
    /// Of the event, or of the last one that was lost.
    fileprivate var number: UInt64 {
        switch self {
        case .event(let event): event.number
        case .lost(_, let last): last
        }
    }

    /// Copies what the event points to.
    init(_ event: sup_event) {
        // Safe: the caller has just been given the event.
        if unsafe event.kind == .SUP_EVENT_LOST {
            self = unsafe .lost(count: UInt64(clamping: event.detail), upTo: event.number)
        } else {
            self = unsafe .event(Supervisor.Event(event))
        }
    }
}

extension Supervisor.Event {
    init(_ event: sup_event) {
        // Safe, as above.
        let kind = unsafe event.kind
        let path = unsafe String(cString: event.path)
        self = unsafe Supervisor.Event(
            kind: Kind(kind),
            number: event.number,
            cause: event.cause == 0 ? nil : event.cause,
            path: path,
            nodeKind: Supervisor.NodeKind(event.node_kind),
            incarnation: event.child.incarnation,
            restarts: event.restarts,
            time: SupervisorClock.Instant(nanoseconds: event.time),
            wallTime: .core(event.wall),
            duration: .core(event.duration),
            delay: kind == .SUP_EVENT_RESTART_SCHEDULED ? .core(UInt64(clamping: event.detail)) : nil,
            stopAction: kind == .SUP_EVENT_STOPPING ? Supervisor.StopAction(event.detail) : nil,
            error: event.error.map { unsafe SupervisorError(core: $0, place: path) },
            isOfRunnable: (kind == .SUP_EVENT_STARTED || kind == .SUP_EVENT_STARTING) && event.detail == 1
        )
    }
}

extension Supervisor.Event.Kind {
    /// By their numbers, which begin with 1.
    private static let known: [Self] = [
        .started, .startFailed, .declined, .completed, .failed, .stopping, .terminated, .terminationFailed,
        .restartScheduled, .restartCancelled, .stuck, .lateExit, .toleranceExceeded, .resourceAcquired,
        .resourceReleased, .quarantined, .autoShutdown, .silent, .loopLate, .healthy, .done, .starting,
    ].sorted { $0.rawValue < $1.rawValue }

    init(_ kind: sup_event_kind) {
        let place = Int(kind.rawValue) - 1
        if Self.known.indices.contains(place), Self.known[place].rawValue == kind.rawValue {
            self = Self.known[place]
        } else {
            // Safe: the names are static.
            self = Self(rawValue: kind.rawValue, name: unsafe String(cString: sup_event_kind_name(kind)))
        }
    }
}

extension Supervisor.NodeKind {
    init(_ kind: sup_kind) {
        switch kind {
        case .SUP_KIND_CALLBACK: self = .worker
        case .SUP_KIND_PROCESS: self = .process
        case .SUP_KIND_SUPERVISOR: self = .supervisor
        }
    }
}

extension Supervisor.StopAction {
    init(_ detail: Int64) {
        switch detail {
        case Int64(sup_stop_action.SUP_STOP_DRAIN.rawValue): self = .drain
        case Int64(sup_stop_action.SUP_STOP_KILL.rawValue): self = .kill
        default: self = .cancel
        }
    }
}
