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

internal import Supervision

/// Which events are those of a list of groups: the groups in order, the members of each in any.
struct EventMatch {
    /// For each event the group that it belongs to, if it belongs to one.
    private(set) var groups: [Int?]

    /// For each group which of its members were found.
    private(set) var found: [[Bool]]

    /// The first event that should not be there, if there is one.
    private(set) var surplus: Int?

    var isComplete: Bool {
        surplus == nil && found.allSatisfy { $0.allSatisfy { $0 } }
    }

    /// As many groups as can be found, each in the events that come first after those of the one before. If it is to be
    /// exact there must be no other event.
    static func find(_ groups: [[EventCriteria]], in events: [Supervisor.Event], isExact: Bool) -> EventMatch {
        var match = EventMatch(groups: Array(repeating: nil, count: events.count), found: [])
        var next = 0
        for (number, group) in groups.enumerated() {
            // A group of which something is missing takes nothing away from those after it, so that a message
            // tells only what is wrong.
            guard match.surplus == nil else {
                match.found.append(group.map { _ in false })
                continue
            }
            var assignment = Assignment(members: group.count)
            while !assignment.isComplete && next < events.count {
                let event = events[next]
                let candidates = group.indices.filter { group[$0].matches(event) }
                if assignment.add(next, candidates: candidates) {
                    match.groups[next] = number
                } else if isExact {
                    match.surplus = next
                    break
                }
                next += 1
            }
            match.found.append(assignment.taken.map { $0 != nil })
        }
        if isExact && match.surplus == nil && next < events.count { match.surplus = next }
        return match
    }
}

/// Gives events to the members of a group, moving those that were given before where that makes room.
private struct Assignment {
    /// For each member the event that it has.
    private(set) var taken: [Int?]

    /// For each event that was given the members that it may go to.
    private var candidates: [Int: [Int]] = [:]

    init(members: Int) {
        taken = Array(repeating: nil, count: members)
    }

    var isComplete: Bool {
        taken.allSatisfy { $0 != nil }
    }

    /// False if there is no member for it.
    mutating func add(_ event: Int, candidates members: [Int]) -> Bool {
        candidates[event] = members
        var visited: Set<Int> = []
        if place(event, &visited) { return true }
        candidates[event] = nil
        return false
    }

    private mutating func place(_ event: Int, _ visited: inout Set<Int>) -> Bool {
        for member in candidates[event] ?? [] where visited.insert(member).inserted {
            if let other = taken[member], !place(other, &visited) { continue }
            taken[member] = event
            return true
        }
        return false
    }
}

/// The texts of issues.
enum EventReport {
    static func text(
        _ groups: [[EventCriteria]],
        _ match: EventMatch,
        _ events: [Supervisor.Event],
        isExact: Bool,
        among criteria: EventCriteria
    ) -> String {
        var text = isExact ? "expected exactly:" : "expected in order:"
        for (group, found) in zip(groups, match.found) {
            text += "\n" + expected(group, found)
        }
        let scope = isExact ? " (each \(criteria))" : ""
        text += "\nrecorded\(scope):\n"
        let marks = events.indices.map { index -> String in
            if match.surplus == index { return "✗" }
            return match.groups[index] == nil ? " " : "✓"
        }
        return text + lines(events, marks: marks)
    }

    private static func expected(_ group: [EventCriteria], _ found: [Bool]) -> String {
        let members = zip(group, found).map { ($1 ? "✓ " : "✗ ") + $0.description }
        guard members.count > 1 else { return members.map { "  " + $0 }.joined() }
        return "  in any order:\n" + members.map { "    " + $0 }.joined(separator: "\n")
    }

    static func lines(_ events: [Supervisor.Event], mark: (Supervisor.Event) -> String) -> String {
        lines(events, marks: events.map(mark))
    }

    private static func lines(_ events: [Supervisor.Event], marks: [String]) -> String {
        guard !events.isEmpty else { return "  nothing" }
        return zip(marks, events).map { "  \($0) \($1.number). \($1)" }.joined(separator: "\n")
    }
}
