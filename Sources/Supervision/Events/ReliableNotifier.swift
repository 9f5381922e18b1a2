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

/// Hands the events of a tree to several receivers, none of which can hold up, starve or break another.
///
/// Each receiver has a queue of its own. One that is slow loses its oldest events, which is counted and told in its place in
/// its stream; one that fails is restarted at once, with the next event; one that takes too long is cancelled and counts as
/// failed. They run in a supervision tree of their own, `reliable-notifier`, beside the one that they are told of.
///
/// ```swift
/// let notifier = try ReliableNotifier(
///     [
///         .init("audit", matching: .isStartOrEnd) { item in try await audit.append(item) },
///         .init("pager", timeout: .seconds(2), matching: .isFailure) { item in try await pager.send(item) },
///     ],
///     onFailure: { name, error in print("\(name): \(error.explain)") }
/// )
/// let tree = try await Supervisor.start(shop, subscribers: [notifier])
/// ```
///
/// When the tree has ended, what is in the queues is still handed over, as long as that takes no longer than `drain`. What is
/// left then is lost, and counted and told as other losses are.
public final class ReliableNotifier: EventSubscriber {
    /// Somebody who is told of events.
    public struct Receiver: Sendable {
        let name: String
        let buffer: Int
        let timeout: Duration?
        let criteria: EventCriteria
        let receive: @Sendable (Supervisor.EventItem) async throws -> Void

        /// - Parameters:
        ///   - name: Its name; like that of a child, and different from the others'.
        ///   - buffer: How many events are kept for it while it is busy, 1 at least.
        ///   - timeout: How long it may take for one, above zero; `nil` for as long as it likes. One that does not heed its
        ///     cancellation is waited for: it misses what its queue cannot hold meanwhile, and nobody else anything.
        ///   - criteria: What it is told. Losses are told in any case.
        ///   - receive: Called with one after another.
        public init(
            _ name: String,
            buffer: Int = 1_024,
            timeout: Duration? = .seconds(10),
            matching criteria: EventCriteria = .everything,
            receive: @escaping @Sendable (Supervisor.EventItem) async throws -> Void
        ) {
            self.name = name
            self.buffer = buffer
            self.timeout = timeout
            self.criteria = criteria
            self.receive = receive
        }
    }

    /// What became of the events for one receiver.
    public struct Statistics: Hashable, Sendable {
        /// It was handed so many, and returned.
        public var delivered: UInt64 = 0
        /// It failed at so many; those that took too long are among them once it has ended.
        public var failed: UInt64 = 0
        /// It took too long for so many.
        public var timedOut: UInt64 = 0
        /// So many events were dropped, because its queue was full, or because there was no time left for them after the end
        /// of the tree.
        public var lost: UInt64 = 0
    }

    /// What is called when something goes wrong. Called on the tasks of the notifier; to be short.
    struct Callbacks: Sendable {
        let onTimeout: @Sendable (String, Supervisor.EventItem) -> Void
        let onLoss: @Sendable (String, Supervisor.Event) -> Void
        let onFailure: @Sendable (String, SupervisorError) -> Void
    }

    /// How many events are kept while the notifier is not scheduled.
    public let eventBuffer: Int

    private let receivers: [Receiver]
    private let drain: Duration
    private let callbacks: Callbacks
    private let state: Mutex<[String: Statistics]>

    /// A notifier; give it to a tree as a subscriber. Throws if a receiver cannot have its name, or a number is out of its
    /// range.
    ///
    /// - Parameters:
    ///   - receivers: Who is told.
    ///   - buffer: How many events are kept while the notifier is not scheduled, 1 to 1,048,576.
    ///   - drain: How long receivers may go on after the tree has ended; then they are cancelled, and have as long again to
    ///     end. Not negative.
    ///   - onTimeout: Called with the name of a receiver that takes too long, and what it does it for.
    ///   - onLoss: Called with the name of a receiver and each event that is dropped for it.
    ///   - onFailure: Called with the name of a receiver that has failed twice within five seconds, each time it has, and
    ///     with the whole story. Where they come by thousands faster than they can be told, some are not: ``statistics``
    ///     has all.
    public init(
        _ receivers: [Receiver],
        buffer: Int = 4_096,
        drain: Duration = .seconds(5),
        onTimeout: @escaping @Sendable (_ receiver: String, _ item: Supervisor.EventItem) -> Void = { _, _ in },
        onLoss: @escaping @Sendable (_ receiver: String, _ event: Supervisor.Event) -> Void = { _, _ in },
        onFailure: @escaping @Sendable (_ receiver: String, _ error: SupervisorError) -> Void = { _, _ in }
    ) throws(SupervisorError) {
        self.receivers = receivers
        self.eventBuffer = buffer
        self.drain = drain
        self.callbacks = Callbacks(onTimeout: onTimeout, onLoss: onLoss, onFailure: onFailure)
        let statistics = receivers.map { ($0.name, Statistics()) }
        self.state = Mutex(Dictionary(statistics, uniquingKeysWith: { first, _ in first }))
        try check()
    }

    private func check() throws(SupervisorError) {
        var faults: [SupervisorError] = []
        func fault(_ name: String, _ message: String) {
            faults.append(SupervisorError(code: .invalidSpec, path: name, message: message))
        }
        if !(1...1_048_576).contains(eventBuffer) {
            fault(Self.name, "`buffer:` is \(eventBuffer); give it 1 to 1048576")
        }
        if drain < .zero {
            fault(Self.name, "`drain:` is \(drain); give it a time that is not negative")
        }
        for receiver in receivers {
            let path = "\(Self.name)/\(Self.receiversName)/\(receiver.name)"
            if receiver.buffer < 1 {
                fault(path, "`buffer:` is \(receiver.buffer); give it 1 or more")
            }
            if let timeout = receiver.timeout, timeout <= .zero {
                fault(path, "`timeout:` is \(timeout); give it a time above zero, or nil")
            }
        }
        do throws(SupervisorError) {
            try Self.spec(of: receivers.map { NotifierQueue($0) }, notifier: nil, source: {}).check()
        } catch {
            guard error.code == .invalidSpec else { throw error }
            faults += error.related
        }
        if !faults.isEmpty { throw .invalidSpec(faults) }
    }

    /// What became of the events so far, by the names of the receivers. Those of all trees together.
    public var statistics: [String: Statistics] {
        state.withLock { $0 }
    }

    /// Called by the tree.
    public func receive(_ events: Supervisor.Events) async {
        let queues = receivers.map { NotifierQueue($0) }
        let spec = Self.spec(of: queues, notifier: self) {
            for await item in events { self.distribute(item, to: queues) }
            for queue in queues { queue.close() }
        }
        // Failures come as fast as events do, and each has several events of its own.
        let failures = EventHandler(buffer: 16_384) { [callbacks] item in
            guard let event = item.event, event.kind == .failed, event.nodeKind == .supervisor else { return }
            if let error = event.error { callbacks.onFailure(event.name, error) }
        }
        // It was checked before, and nothing in it waits for its start.
        guard let tree = try? await Supervisor.start(spec, subscribers: [failures], on: events.runtime) else { return }
        await wait(for: queues, clock: SupervisorClock(runtime: events.runtime))
        try? await tree.terminate(within: drain)
        for queue in queues {
            for event in queue.takeRest() { lose(event, of: queue) }
        }
    }

    /// Until all queues are empty and will stay so, or that takes too long.
    private func wait(for queues: [NotifierQueue], clock: SupervisorClock) async {
        for queue in queues { await queue.closed.wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for queue in queues { await queue.drained.wait() } }
            group.addTask { [drain] in try? await clock.sleep(for: drain) }
            await group.next()
            group.cancelAll()
        }
    }

    private func distribute(_ item: Supervisor.EventItem, to queues: [NotifierQueue]) {
        for queue in queues {
            if let event = item.event, !queue.receiver.criteria.matches(event) { continue }
            if let dropped = queue.put(item) { lose(dropped, of: queue) }
        }
    }

    private func lose(_ event: Supervisor.Event, of queue: NotifierQueue) {
        count(queue.receiver.name) { $0.lost += 1 }
        callbacks.onLoss(queue.receiver.name, event)
    }

    private func count(_ name: String, _ change: (inout Statistics) -> Void) {
        state.withLock { change(&$0[name, default: Statistics()]) }
    }

    // MARK: The tree

    private static let name = "reliable-notifier"
    private static let receiversName = "receivers"

    /// Receivers are restarted without delay: each failure takes an event with it, which is pace enough, and a receiver that
    /// waited would only lose more of them.
    private static func spec(
        of queues: [NotifierQueue],
        notifier: ReliableNotifier?,
        source: @escaping @Sendable () async -> Void
    ) -> SupervisorSpec {
        SupervisorSpec(name, tolerance: .unlimited) {
            SupervisorSpec(receiversName, tolerance: .unlimited, backoff: .none) {
                for queue in queues {
                    SupervisorSpec(queue.receiver.name, backoff: .none) {
                        ChildSpec("receiver", restart: .transient) { context in
                            try await notifier?.serve(queue, context)
                        }
                    }
                }
            }
            ChildSpec("source", restart: .transient, body: source)
        }
    }

    private func serve(_ queue: NotifierQueue, _ context: ChildContext) async throws {
        while let item = await queue.next() {
            do {
                try await deliver(item, to: queue.receiver, context)
                count(queue.receiver.name) { $0.delivered += 1 }
            } catch {
                count(queue.receiver.name) { $0.failed += 1 }
                throw error
            }
        }
        try Task.checkCancellation()
    }

    private struct TookTooLong: Error {}

    private func deliver(_ item: Supervisor.EventItem, to receiver: Receiver, _ context: ChildContext) async throws {
        guard let timeout = receiver.timeout else { return try await receiver.receive(item) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await receiver.receive(item) }
            group.addTask {
                try await context.sleep(for: timeout)
                throw TookTooLong()
            }
            defer { group.cancelAll() }
            do {
                try await group.next()
            } catch is TookTooLong {
                // Told before the receiver has ended, which it may never do.
                count(receiver.name) { $0.timedOut += 1 }
                callbacks.onTimeout(receiver.name, item)
                throw SupervisorError(
                    code: .timedOut,
                    message: "the receiver '\(receiver.name)' took more than \(timeout) for one event"
                )
            }
        }
    }
}
