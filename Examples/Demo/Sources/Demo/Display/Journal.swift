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

/// What has happened in the shop: events of the tree, and notes of others between them.
///
/// It prints each line at once, or keeps the last ones for a ``Screen``. If standard output does not take them it is this
/// task that waits; the tree goes on, and what did not fit into the queue is counted.
final class Journal: EventSubscriber {
    private struct State {
        var recent: [JournalEntry] = []
        var restarts = 0
        var isBroken = false
    }

    private let state = Mutex(State())
    private let prints: Bool
    private let broke: @Sendable (Descriptor.Failure) -> Void
    private let begin = SupervisorRuntime.shared.now
    private let (end, ending) = AsyncStream.makeStream(of: Never.self)

    private static let capacity = 200

    /// - Parameters:
    ///   - prints: Whether lines are printed, or kept.
    ///   - broke: Called once when standard output cannot be written.
    init(prints: Bool, broke: @escaping @Sendable (Descriptor.Failure) -> Void) {
        self.prints = prints
        self.broke = broke
    }

    func receive(_ events: Supervisor.Events) async {
        for await item in events {
            switch item {
            case .event(let event):
                if event.kind == .started, event.incarnation > 1 {
                    state.withLock { $0.restarts += 1 }
                }
                add(JournalEntry(event, at: begin.duration(to: event.time)))
            case .lost(let count, _):
                note("lost", "\(count) events, because nobody took them in time")
            }
        }
        ending.finish()
    }

    /// Returns when the last event was received.
    func ended() async {
        for await _ in end {}
    }

    /// Something that is not an event of the tree.
    func note(_ mark: String, _ text: String) {
        add(JournalEntry(time: age, mark: mark, text: text, tone: .faint))
    }

    /// The last entries, the newest last.
    func recent(_ count: Int) -> [JournalEntry] {
        state.withLock { Array($0.recent.suffix(count)) }
    }

    /// For how long it has been written.
    var age: Duration {
        begin.duration(to: SupervisorRuntime.shared.now)
    }

    /// How many incarnations were started in place of another.
    var restarts: Int {
        state.withLock { $0.restarts }
    }

    /// What was done up to now.
    func counts(_ tally: Tally) -> String {
        "\(tally.orders.of("order")), \(tally.pages.of("page")), \(restarts.of("restart"))"
    }

    /// The evening in one sentence.
    func summary(of tally: Tally) -> String {
        "The shop was open for \(age.seconds) s: \(counts(tally))."
    }

    private func add(_ entry: JournalEntry) {
        guard prints else {
            state.withLock { state in
                state.recent.append(entry)
                if state.recent.count > 2 * Self.capacity { state.recent.removeFirst(Self.capacity) }
            }
            return
        }
        // The lock keeps lines whole and in order.
        let failure: Descriptor.Failure? = state.withLock { state in
            guard !state.isBroken else { return nil }
            do throws(Descriptor.Failure) {
                try Descriptor.write(entry.line + "\n", to: Descriptor.standardOutput)
                return nil
            } catch {
                state.isBroken = true
                return error
            }
        }
        if let failure { broke(failure) }
    }
}
