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
/// Writing into it never waits, so whoever has something urgent to do may do it. The last entries are kept for a
/// ``Screen``; all of them go to a ``Printer``, if there is one.
final class Journal: EventSubscriber {
    private struct State {
        var recent: [JournalEntry] = []
        var restarts = 0
    }

    private let state = Mutex(State())
    private let printer: Printer?
    private let begin = SupervisorRuntime.shared.now

    private static let capacity = 200

    init(printer: Printer?) {
        self.printer = printer
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
                note("lost", "\(count.of("event")), because nobody took them in time")
            }
        }
        printer?.finish()
    }

    /// Something that is not an event of the tree.
    func note(_ mark: String, _ text: String) {
        add(JournalEntry(time: age, mark: mark, text: text, tone: .faint))
    }

    private func add(_ entry: JournalEntry) {
        printer?.print(entry)
        state.withLock { state in
            state.recent.append(entry)
            if state.recent.count > 2 * Self.capacity { state.recent.removeFirst(Self.capacity) }
        }
    }

    /// The last entries, the newest last.
    func recent(_ count: Int) -> [JournalEntry] {
        state.withLock { Array($0.recent.suffix(count)) }
    }

    /// What was done up to now.
    func counts(_ tally: Tally) -> String {
        let restarts = state.withLock { $0.restarts }
        return "\(tally.orders.of("order")), \(tally.pages.of("page")), \(restarts.of("restart"))"
    }

    /// The evening in one sentence.
    func summary(_ tally: Tally) -> String {
        "The shop was open for \(age.seconds) s: \(counts(tally))."
    }

    private var age: Duration {
        begin.duration(to: SupervisorRuntime.shared.now)
    }
}
