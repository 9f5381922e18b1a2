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

public import Supervision
public import Testing

// Each of them records an issue where it was called. The message shows what was expected and what there was.

extension EventRecorder {
    /// Exactly these events, in this order, and no others: of those after the mark that are `among` the criteria. Unless
    /// told otherwise, only starts and ends count.
    ///
    /// ```swift
    /// recorder.expect(exactly: .started("root/a"), .started("root"), .terminated("root/a"), .terminated("root"))
    /// ```
    @discardableResult
    public func expect(
        exactly expected: EventCriteria...,
        among criteria: EventCriteria = .isStartOrEnd,
        after mark: Mark = .start,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Bool {
        check(expected.map { [$0] }, isExact: true, among: criteria, after: mark, at: sourceLocation)
    }

    /// Exactly these groups of events: the groups in this order, the events of each in any.
    ///
    /// ```swift
    /// recorder.expect(exactly: [.started("root/a"), .started("root/b")], [.started("root")])
    /// ```
    @discardableResult
    public func expect(
        exactly groups: [EventCriteria]...,
        among criteria: EventCriteria = .isStartOrEnd,
        after mark: Mark = .start,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Bool {
        check(groups, isExact: true, among: criteria, after: mark, at: sourceLocation)
    }

    /// These events in this order; there may be others before, between and after.
    @discardableResult
    public func expect(
        inOrder expected: EventCriteria...,
        after mark: Mark = .start,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Bool {
        check(expected.map { [$0] }, isExact: false, among: .everything, after: mark, at: sourceLocation)
    }

    /// These groups of events: the groups in this order, the events of each in any; there may be others before, between
    /// and after.
    @discardableResult
    public func expect(
        inOrder groups: [EventCriteria]...,
        after mark: Mark = .start,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Bool {
        check(groups, isExact: false, among: .everything, after: mark, at: sourceLocation)
    }

    /// No such event up to now.
    @discardableResult
    public func expect(
        never unwanted: EventCriteria,
        after mark: Mark = .start,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Bool {
        let found = events(after: mark, matching: unwanted)
        guard !found.isEmpty else { return checkLosses(at: sourceLocation) }
        let lines = EventReport.lines(events(after: mark)) { unwanted.matches($0) ? "✗" : " " }
        record("expected never: \(unwanted)\nrecorded:\n\(lines)", at: sourceLocation)
        return false
    }

    /// So many such events, waited for in real time. Returns the last of them; `nil`, with an issue, if they did not come.
    @discardableResult
    public func expect(
        eventually criteria: EventCriteria,
        count: Int = 1,
        after mark: Mark = .start,
        within limit: Duration = .seconds(30),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> Supervisor.Event? {
        do {
            return try await wait(for: criteria, count: count, after: mark, within: limit)
        } catch {
            record(error.description, at: sourceLocation)
            return nil
        }
    }

    private func check(
        _ groups: [[EventCriteria]],
        isExact: Bool,
        among criteria: EventCriteria,
        after mark: Mark,
        at sourceLocation: SourceLocation
    ) -> Bool {
        let events = events(after: mark, matching: criteria)
        let match = EventMatch.find(groups, in: events, isExact: isExact)
        guard !match.isComplete else { return checkLosses(at: sourceLocation) }
        record(EventReport.text(groups, match, events, isExact: isExact, among: criteria), at: sourceLocation)
        return false
    }

    /// What was lost might have been anything.
    private func checkLosses(at sourceLocation: SourceLocation) -> Bool {
        let lost = lost
        guard lost > 0 else { return true }
        record("\(lost) events were lost; give the recorder a larger buffer than \(eventBuffer)", at: sourceLocation)
        return false
    }

    private func record(_ text: String, at sourceLocation: SourceLocation) {
        Issue.record(Comment(rawValue: text), sourceLocation: sourceLocation)
    }
}
