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

/// A question that an event answers with yes or no: a value that can be combined, named in messages, and asked of any
/// stream of events.
///
/// ```swift
/// let alarming: EventCriteria = .isFailure && !.inSubtree("shop/experiments")
///
/// for await item in tree.events().matching(alarming) { … }    // a stream
/// let failures = recorded.filter(alarming.matches)            // a list
/// if alarming.matches(event) { … }                            // one
/// ```
///
/// The description of a criterion is what messages say of it.
public struct EventCriteria: Sendable, CustomStringConvertible {
    /// What is asked, in words.
    public let description: String

    private let isMet: @Sendable (Supervisor.Event) -> Bool

    /// A criterion of one's own, with what messages say of it.
    public init(_ description: String, _ isMet: @escaping @Sendable (Supervisor.Event) -> Bool) {
        self.description = description
        self.isMet = isMet
    }

    /// Whether the event meets it.
    public func matches(_ event: Supervisor.Event) -> Bool {
        isMet(event)
    }
}

// MARK: Combining

extension EventCriteria {
    /// Met by every event.
    public static let everything = EventCriteria("any event") { _ in true }

    /// Met by no event.
    public static let nothing = EventCriteria("no event") { _ in false }

    /// Met if all of them are; by every event if there are none.
    public static func all(of criteria: [EventCriteria]) -> EventCriteria {
        guard criteria.count > 1 else { return criteria.first ?? .everything }
        return EventCriteria("(" + criteria.map(\.description).joined(separator: " and ") + ")") { event in
            criteria.allSatisfy { $0.matches(event) }
        }
    }

    /// Met if one of them is; by no event if there are none.
    public static func any(of criteria: [EventCriteria]) -> EventCriteria {
        guard criteria.count > 1 else { return criteria.first ?? .nothing }
        return EventCriteria("(" + criteria.map(\.description).joined(separator: " or ") + ")") { event in
            criteria.contains { $0.matches(event) }
        }
    }

    /// Met if both are.
    public static func && (lhs: EventCriteria, rhs: EventCriteria) -> EventCriteria {
        .all(of: [lhs, rhs])
    }

    /// Met if one of the two is.
    public static func || (lhs: EventCriteria, rhs: EventCriteria) -> EventCriteria {
        .any(of: [lhs, rhs])
    }

    /// Met if the other one is not.
    public static prefix func ! (criteria: EventCriteria) -> EventCriteria {
        EventCriteria("not \(criteria)") { !criteria.matches($0) }
    }
}

// MARK: Which node

extension EventCriteria {
    /// About the node with this runtime name.
    public static func path(_ path: String) -> EventCriteria {
        EventCriteria("of \(path)") { $0.path.isSameName(as: path) }
    }

    /// About a node with this name, wherever in the tree it is.
    public static func name(_ name: String) -> EventCriteria {
        EventCriteria("of a node named \(name)") { $0.name.isSameName(as: name) }
    }

    /// About the node with this runtime name, or one below it.
    public static func inSubtree(_ path: String) -> EventCriteria {
        EventCriteria("in the subtree \(path)") { $0.path.hasPathPrefix(path) }
    }

    /// The runtime name begins with these whole parts: `root/a` is a prefix of `root/a` and `root/a/b`, not of `root/ab`.
    public static func pathPrefix(_ prefix: String) -> EventCriteria {
        EventCriteria("of a path that begins with \(prefix)") { $0.path.hasPathPrefix(prefix) }
    }

    /// The runtime name ends with these whole parts: `b/c` is a suffix of `b/c` and `a/b/c`, not of `a/bb/c`.
    public static func pathSuffix(_ suffix: String) -> EventCriteria {
        EventCriteria("of a path that ends with \(suffix)") { $0.path.hasPathSuffix(suffix) }
    }

    /// About a node of one of these kinds.
    public static func nodeKind(_ kinds: Supervisor.NodeKind...) -> EventCriteria {
        EventCriteria("of a \(kinds.map(\.description).joined(separator: " or "))") { kinds.contains($0.nodeKind) }
    }
}

extension String {
    /// Whether it begins with these whole parts of a runtime name.
    func hasPathPrefix(_ prefix: String) -> Bool {
        guard utf8.starts(with: prefix.utf8) else { return false }
        return utf8.count == prefix.utf8.count || utf8.dropFirst(prefix.utf8.count).first == UInt8(ascii: "/")
    }

    fileprivate func hasPathSuffix(_ suffix: String) -> Bool {
        guard utf8.reversed().starts(with: suffix.utf8.reversed()) else { return false }
        return utf8.count == suffix.utf8.count || utf8.dropLast(suffix.utf8.count).last == UInt8(ascii: "/")
    }
}

// MARK: What happened

extension EventCriteria {
    /// Something failed: a child while it ran, a start, or a stop.
    public static let isFailure = EventCriteria("a failure") { event in
        [.failed, .startFailed, .terminationFailed].contains(event.kind)
    }

    /// A worker or a process failed: while it ran, at its start, or when it was stopped.
    public static let isWorkerFailure = EventCriteria("a failure of a worker") { event in
        event.nodeKind != .supervisor && EventCriteria.isFailure.matches(event)
    }

    /// A supervisor failed because there were more failures below it than it tolerates.
    public static let isToleranceFailure = EventCriteria("a supervisor's failure by tolerance") { event in
        event.kind == .failed && event.nodeKind == .supervisor && event.error?.code == .toleranceExceeded
    }

    /// A start or an end: one of the five ``Supervisor/Event/Tag``s.
    public static let isStartOrEnd = EventCriteria("a start or an end") { $0.tag != nil }

    /// One of these ``Supervisor/Event/Tag``s.
    public static func tag(_ tags: Supervisor.Event.Tag...) -> EventCriteria {
        EventCriteria(tags.map(\.description).joined(separator: " or ")) { event in
            event.tag.map { tags.contains($0) } ?? false
        }
    }

    /// One of these kinds.
    public static func kind(_ kinds: Supervisor.Event.Kind...) -> EventCriteria {
        EventCriteria(kinds.map(\.description).joined(separator: " or ")) { kinds.contains($0.kind) }
    }

    /// This error is what was thrown in the end: the ``SupervisorError/rootCause`` of the event's error.
    public static func error<Failure: Error & Equatable & Sendable>(_ error: Failure) -> EventCriteria {
        EventCriteria("caused by \(error)") { ($0.error?.rootCause as? Failure) == error }
    }

    /// The error of the event has this code.
    public static func errorCode(_ code: SupervisorError.Code) -> EventCriteria {
        EventCriteria("with the error \(code)") { $0.error?.code == code }
    }
}
