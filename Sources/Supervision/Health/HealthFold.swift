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

/// What is left of a stream of events for those who ask which children are missing.
///
/// Whether a child that failed will be restarted is told by what follows: its restart is scheduled, or its supervisor
/// exceeds its tolerance, or fails to start, because of it. Until then it is only suspected; of suspects that are never
/// confirmed a few are kept. A supervisor that has ended takes with it what was failing below: that counts if it does.
struct HealthFold: Sendable {
    private struct Suspect {
        let path: String
        let number: UInt64
        let since: SupervisorClock.Instant
        /// How it ended. One that did not stop cleanly counts if the supervisor above it did not either, one that did
        /// not start if that did not.
        let kind: Supervisor.Event.Kind
        /// What was failing below it.
        let below: [RuntimeName: SupervisorClock.Instant]
    }

    private static let maxSuspects = 64

    /// Since when, by runtime name.
    private(set) var failing: [RuntimeName: SupervisorClock.Instant] = [:]
    private(set) var quarantined: Set<RuntimeName> = []
    private var suspects: [Suspect] = []

    mutating func add(_ event: Supervisor.Event) {
        confirm(by: event)
        switch event.kind {
        case .failed, .startFailed, .terminationFailed:
            ended(event)
        case .toleranceExceeded, .stuck:
            fail(event.path, since: event.time)
        case .quarantined:
            forget(event.path)
            quarantined.insert(RuntimeName(event.path))
        case .started, .completed, .declined, .terminated, .restartCancelled, .lateExit:
            forget(event.path)
        default:
            break
        }
    }

    /// A node is down; those below it are not missed for their own sake any more.
    private mutating func ended(_ event: Supervisor.Event) {
        let since = failing[RuntimeName(event.path)] ?? event.time
        var below: [RuntimeName: SupervisorClock.Instant] = [:]
        let counting: [Supervisor.Event.Kind] =
            event.kind == .startFailed ? [.startFailed, .terminationFailed] : [.terminationFailed]
        for suspect in suspects where counting.contains(suspect.kind) && suspect.path.isBelow(event.path) {
            below[RuntimeName(suspect.path)] = suspect.since
            below.merge(suspect.below) { first, _ in first }
        }
        if event.kind != .terminationFailed {
            below.merge(failing.filter { $0.key.text.isBelow(event.path) }) { first, _ in first }
        }
        forget(event.path)
        let suspect = Suspect(path: event.path, number: event.number, since: since, kind: event.kind, below: below)
        if event.path.contains("/") {
            if suspects.count >= Self.maxSuspects { suspects.removeFirst() }
            suspects.append(suspect)
        } else {
            // Nobody is above the root to make something of its end.
            fail(suspect)
        }
    }

    /// What an event was brought about by mattered.
    private mutating func confirm(by event: Supervisor.Event) {
        guard
            let cause = event.cause,
            [.restartScheduled, .toleranceExceeded, .startFailed].contains(event.kind),
            let index = suspects.firstIndex(where: { $0.number == cause })
        else { return }
        fail(suspects.remove(at: index))
    }

    private mutating func fail(_ suspect: Suspect) {
        fail(suspect.path, since: suspect.since)
        for (name, since) in suspect.below { fail(name.text, since: since) }
    }

    /// It stays failing since it first did.
    private mutating func fail(_ path: String, since time: SupervisorClock.Instant) {
        if failing[RuntimeName(path)] == nil { failing[RuntimeName(path)] = time }
    }

    /// Of a node and of all below it: the end and the beginning of a supervisor are those of its children.
    private mutating func forget(_ path: String) {
        let isGone = { (other: String) in other.hasPathPrefix(path) }
        if !failing.isEmpty { failing = failing.filter { !isGone($0.key.text) } }
        if !quarantined.isEmpty { quarantined = quarantined.filter { !isGone($0.text) } }
        suspects.removeAll { isGone($0.path) }
    }
}

extension String {
    fileprivate func isBelow(_ path: String) -> Bool {
        utf8.count > path.utf8.count && hasPathPrefix(path)
    }
}
