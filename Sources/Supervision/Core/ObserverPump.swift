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

internal import Synchronization

/// Tells the observers of one tree what its events say about the states of its nodes.
///
/// There is one reader for all of them, and whoever holds the lock takes the next events from it and hands them on: a task
/// that is woken when there are some, or whoever has just brought something about and is not to return before it was told.
final class ObserverPump: Sendable {
    /// Names those that were registered together.
    final class Ticket: Sendable {}

    struct Registration: Sendable {
        let observer: any StateObserver

        /// The runtime name of the supervisor; `nil` for the whole tree.
        var path: String?

        /// The last event that it is told of, if that is not the tree's. If it has one, it also ends with its supervisor.
        var end: EventCriteria?

        /// What can be withdrawn together.
        var ticket: Ticket?

        /// What the observer was told that it is.
        var tree: ObservedTree?

        func concerns(_ node: String) -> Bool {
            path.map { node.hasPathPrefix($0) } ?? true
        }
    }

    private struct Known {
        let state: StateChange.State
        let incarnation: UInt64
        /// It is in `ended`.
        var isSuspect = false
        /// It is a runnable, whose name is in the program.
        var isRunnable = false
    }

    private struct State {
        var reader: EventReader?
        var registrations: [Registration] = []
        var known: [RuntimeName: Known] = [:]
        /// The runtime names of all nodes that are there to be told of from the start, by who has said so: the root, or a
        /// supervisor with a resource step, whose last word counts.
        var specified: [RuntimeName: Set<RuntimeName>] = [:]
        /// The runtime names of nodes that have ended, which may have vanished by now. Some are looked at with each slice,
        /// more of them than its events can have added, so that there are never many that have vanished.
        var ended: [String] = []
        /// The place in `ended` where the next look is taken.
        var hand = 0
        var last: Supervisor.Event?

        mutating func specify(_ nodes: Set<RuntimeName>, below path: String?) {
            if let path { specified[RuntimeName(path)] = nodes.isEmpty ? nil : nodes }
        }

        func isSpecified(_ name: RuntimeName) -> Bool {
            var above: String? = name.text
            while let path = above {
                if specified[RuntimeName(path)]?.contains(name) ?? false { return true }
                above = path.parentPath
            }
            return false
        }

        mutating func drop(where isOver: (Registration) -> Bool) {
            registrations.removeAll { registration in
                guard isOver(registration) else { return false }
                registration.tree?.end()
                return true
            }
        }
    }

    private enum Progress {
        case more
        /// There is more, but no memory for it now.
        case later
        /// There was nothing more, or a few events only that the reader will be told of.
        case dry(EventReader.Told)
        case ended
    }

    /// How many events are told before others get the lock.
    private static let slice = 64

    /// What observers can ask.
    let logs = TreeLogs()

    /// Held while observers are called.
    private let state = Mutex(State())

    /// The thread that holds the lock; 0 if none does.
    private let holder = Atomic<UInt>(0)

    /// Whether there is anybody to be told.
    private let isActive = Atomic<Bool>(false)

    // MARK: Registering

    /// Tell these observers, too, from now on. The caller holds the tree. Which nodes are there is not asked while nobody is
    /// told of any.
    func add(
        _ registrations: [Registration],
        of specified: @autoclosure () -> Set<RuntimeName>,
        below path: String?,
        tree: OpaquePointer,
        surroundings: Surroundings
    ) {
        guard !registrations.isEmpty else { return expect(specified(), below: path) }
        let specified = specified()
        // What has happened before is not for them.
        flush()
        let registrations = registrations.map { registration in
            var registration = registration
            registration.tree = ObservedTree(path: registration.path, runtime: surroundings.runtime, logs: logs)
            return registration
        }
        let new = withLock { state -> EventReader? in
            for registration in registrations {
                if let tree = registration.tree { registration.observer.observationBegan(of: tree) }
            }
            state.registrations += registrations
            state.specify(specified, below: path)
            guard state.reader == nil else { return nil }
            let buffer = registrations.map(\.observer.eventBuffer).max() ?? 1
            // Safe: the caller holds the tree.
            state.reader = unsafe EventReader(tree: tree, buffer: buffer, runtime: surroundings.runtime)
            isActive.store(true, ordering: .releasing)
            return state.reader
        }
        guard let new, let reader = new else { return }
        _ = surroundings.detach { await self.run(reader) }
    }

    /// Do not tell them any more: what they were to be told of has not begun.
    func remove(_ ticket: Ticket) {
        _ = withLock { $0.drop { $0.ticket === ticket } }
    }

    /// These nodes are there from now on, as a spec or a resource step says.
    private func expect(_ specified: @autoclosure () -> Set<RuntimeName>, below path: String?) {
        guard isActive.load(ordering: .acquiring), path != nil else { return }
        let specified = specified()
        // What has happened before is about those that were listed before.
        flush()
        withLock { $0.specify(specified, below: path) }
    }

    /// The observers of a supervisor and of all below it that is in its spec.
    static func registrations(of spec: SupervisorSpec, path: String) -> [Registration] {
        let own = spec.observers.map { Registration(observer: $0, path: path) }
        switch spec.content {
        case .nodes(let nodes): return own + registrations(of: nodes, path: path)
        case .resource: return own
        }
    }

    /// Those of supervisors in a list of children, and of all below them.
    static func registrations(of nodes: [SupervisorSpec.Node], path: String) -> [Registration] {
        nodes.followedParts.flatMap { node -> [Registration] in
            guard case .supervisor(let spec) = node.kind else { return [] }
            return registrations(of: spec, path: "\(path)/\(spec.name)")
        }
    }

    /// The runtime names of a supervisor and of all below it that is in its spec.
    static func paths(of spec: SupervisorSpec, path: String) -> Set<RuntimeName> {
        guard case .nodes(let nodes) = spec.content else { return [RuntimeName(path)] }
        return paths(of: nodes, path: path).union([RuntimeName(path)])
    }

    /// Those of all in a list of children, and below them.
    static func paths(of nodes: [SupervisorSpec.Node], path: String) -> Set<RuntimeName> {
        nodes.reduce(into: []) { paths, node in
            switch node.kind {
            case .child(let child): paths.insert(RuntimeName("\(path)/\(child.name)"))
            case .supervisor(let spec): paths.formUnion(Self.paths(of: spec, path: "\(path)/\(spec.name)"))
            }
        }
    }

    // MARK: Telling

    /// Return when the observers were told of all that has happened before the call. Called by an observer, it returns at
    /// once: they are told when the observer has returned.
    func flush() {
        guard isActive.load(ordering: .acquiring) else { return }
        // More are not kept, so that by then those of before the call were told or are lost.
        var rest = withLock { $0.reader?.capacity ?? 0 } ?? 0
        while rest > 0 {
            guard case .more = pump(rests: false) else { return }
            rest -= min(rest, Self.slice)
        }
        wake()
    }

    private func run(_ reader: EventReader) async {
        while let progress = pump(rests: true) {
            switch progress {
            case .more: continue
            case .later: await Task.yield()
            case .dry(let told): await reader.waitUntilReadable(beyond: told)
            case .ended: return
            }
        }
    }

    /// Let the task look for itself.
    private func wake() {
        if let reader = withLock({ $0.reader }) { reader?.wake() }
    }

    /// Tell some of what there is; `nil` if that is what the calling thread is doing already.
    private func pump(rests: Bool) -> Progress? {
        let result = withLock { state -> (Progress, State?) in
            let progress = Self.pump(&state, rests: rests)
            guard case .ended = progress else { return (progress, nil) }
            isActive.store(false, ordering: .releasing)
            // The reader holds the tree, which holds this. Given up without the lock, as others' code may run for that.
            defer { state = State() }
            return (progress, state)
        }
        guard let (progress, garbage) = result else { return nil }
        garbage?.reader?.wake()
        return progress
    }

    private static func pump(_ state: inout State, rests: Bool) -> Progress {
        guard let reader = state.reader else { return .ended }
        for count in 0..<slice {
            var item: Supervisor.EventItem?
            switch reader.take(&item, rests: rests) {
            case .item:
                switch item {
                case .event(let event): tell(event, &state)
                case .lost(let count, let upTo):
                    for registration in state.registrations {
                        registration.observer.eventsLost(count: count, upTo: upTo)
                    }
                case nil: break
                }
            case .later: return .later
            case .nothing(let told):
                findVanished(&state, reader, looks: 2 * count + 2)
                return .dry(told)
            case .ended:
                if let last = state.last {
                    for registration in state.registrations { registration.observer.treeEnded(last) }
                }
                for registration in state.registrations { registration.tree?.end() }
                return .ended
            }
        }
        findVanished(&state, reader, looks: 2 * slice)
        return .more
    }

    private static func tell(_ event: Supervisor.Event, _ state: inout State) {
        let name = RuntimeName(event.path)
        let known = state.known[name]
        let after = StateChange.State(after: event, from: known?.state)
        let isRunnable = event.isOfRunnable || known?.isRunnable ?? false
        var change: StateChange?
        if let after, known?.state != after || known?.incarnation != event.incarnation {
            change = StateChange(
                state: after,
                previous: known?.state,
                event: event,
                isInSpec: isRunnable || state.isSpecified(name)
            )
            var now = Known(
                state: after,
                incarnation: event.incarnation,
                isSuspect: known?.isSuspect ?? false,
                isRunnable: isRunnable
            )
            if after.isEnd && !now.isSuspect {
                now.isSuspect = true
                state.ended.append(event.path)
            }
            state.known[name] = now
        }
        state.last = event
        for registration in state.registrations where registration.concerns(event.path) {
            registration.observer.eventHappened(event)
            if let change { registration.observer.stateChanged(change) }
        }
        state.drop { $0.end?.matches(event) ?? false }
    }

    /// Look at some of those that have ended, and tell of those that are no more.
    private static func findVanished(_ state: inout State, _ reader: EventReader, looks: Int) {
        for _ in 0..<min(looks, state.ended.count) {
            if state.hand >= state.ended.count { state.hand = 0 }
            let path = state.ended[state.hand]
            let name = RuntimeName(path)
            let hasEnded = state.known[name]?.state.isEnd ?? false
            if hasEnded && reader.treeHasNode(path) {
                state.hand += 1
                continue
            }
            state.ended.swapAt(state.hand, state.ended.count - 1)
            state.ended.removeLast()
            guard hasEnded else {
                state.known[name]?.isSuspect = false
                continue
            }
            state.known[name] = nil
            state.specified[name] = nil
            for registration in state.registrations where registration.concerns(path) {
                registration.observer.nodeRemoved(path)
            }
            state.drop { $0.end != nil && $0.path?.isSameName(as: path) ?? false }
        }
    }

    /// `nil` if the calling thread holds the lock already: an observer that calls the library.
    private func withLock<Result>(_ body: (inout State) -> Result) -> Result? {
        let thread = Platform.threadIdentity
        guard holder.load(ordering: .relaxed) != thread else { return nil }
        return state.withLock { state in
            holder.store(thread, ordering: .relaxed)
            defer { holder.store(0, ordering: .relaxed) }
            return body(&state)
        }
    }
}
