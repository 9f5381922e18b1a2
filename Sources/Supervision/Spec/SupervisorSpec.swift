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

/// A supervisor and what it supervises.
///
/// A spec is a value. Building one runs nothing; it can be started many times, also at once, and whatever is wrong with
/// it, or below it, is reported as a whole when a tree is started.
///
/// ```swift
/// let shop = SupervisorSpec("shop", tolerance: .failures(3, within: .seconds(5))) {
///     ChildSpec("ticker") { try await tick() }
///     SupervisorSpec("jobs", strategy: .oneForAll) {
///         for queue in queues {
///             ChildSpec(queue) { context in try await work(on: queue) }
///         }
///     }
/// }
/// ```
public struct SupervisorSpec: Sendable {
    /// What wraps the bodies of workers: it is given the context of the incarnation and its body, which it is to call.
    public typealias Around =
        @Sendable (_ context: ChildContext, _ body: () async throws -> Void) async throws -> Void

    enum Content: Sendable {
        case nodes([Node])
        case resource(ResourceSteps)
    }

    /// The name of the supervisor; see ``ChildSpec/name``.
    public var name: String

    /// Which children are restarted when one fails.
    public var strategy: Strategy

    /// In which order the children are started; they are stopped in the reverse of it.
    public var order: Order

    /// How many failures of its children the supervisor deals with before it fails itself.
    public var tolerance: RestartTolerance

    /// Delays between the restarts of its children, unless they have their own.
    public var backoff: RestartBackoff

    /// When the supervisor itself is restarted by the one above it.
    public var restart: ChildSpec.Restart

    /// How long the supervisor and all below it have to stop.
    public var shutdown: ChildSpec.Shutdown

    /// How long all below it may take to start.
    public var startTimeout: ChildSpec.StartTimeout

    /// What happens when the supervisor is to be replaced and something below it has not ended.
    public var whenStuck: ChildSpec.WhenStuck

    /// How many children may be on their way up at a time: 1 is one after another, `Int.max` all side by side. With more
    /// than one they are stopped in the reverse of the order in which they came up.
    public var startLimit = 1

    /// Ask all children at once when the supervisor stops, not one after another.
    public var stopsConcurrently = false

    /// How many children it may have at a time, those of its spec included; `nil` for any number. One more is refused.
    public var childLimit: Int?

    /// Whether it ends by itself when significant children have ended; see ``ChildSpec/isSignificant``.
    public var autoShutdown = AutoShutdown.never

    /// The fate-sharing groups that its children may be in; see ``Group``.
    public var groups: [Group] = []

    /// The siblings that have to be up before each start of the supervisor; see ``ChildSpec/after``.
    public var after: [String] = []

    /// The group of the supervisor above that it is in; see ``ChildSpec/group``.
    public var group: String?

    /// Whether its end can end the supervisor above; see ``ChildSpec/isSignificant``.
    public var isSignificant = false

    var ownTolerance: RestartTolerance?
    var whenExceeded = ChildSpec.WhenExceeded.escalate

    var arounds: [Around] = []
    var subscribers: [any EventSubscriber] = []
    var values = TreeValues()
    var observers: [any StateObserver] = []
    let content: Content

    init(name: String, content: Content, settings: Settings) {
        self.name = name
        self.content = content
        self.strategy = settings.strategy
        self.order = settings.order
        self.tolerance = settings.tolerance
        self.backoff = settings.backoff
        self.restart = settings.restart
        self.shutdown = settings.shutdown
        self.startTimeout = settings.startTimeout
        self.whenStuck = settings.whenStuck
    }

    /// A supervisor of the children that the builder lists.
    ///
    /// - Parameters:
    ///   - name: The name of the supervisor.
    ///   - strategy: Which children are restarted when one fails.
    ///   - order: In which order the children are started.
    ///   - tolerance: How many failures it deals with before it fails itself.
    ///   - backoff: Delays between the restarts of its children.
    ///   - restart: When the supervisor itself is restarted by the one above it.
    ///   - shutdown: How long it and all below it have to stop.
    ///   - startTimeout: How long all below it may take to start.
    ///   - whenStuck: What happens when it is to be replaced and something below it has not ended.
    ///   - children: The children, in the order of their positions. Runs now.
    public init(
        _ name: String,
        strategy: Strategy = .oneForOne,
        order: Order = .leftToRight,
        tolerance: RestartTolerance = .standard,
        backoff: RestartBackoff = .standard,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        whenStuck: ChildSpec.WhenStuck = .wait,
        @SupervisorBuilder children: () -> [Node]
    ) {
        let settings = Settings(
            strategy: strategy,
            order: order,
            tolerance: tolerance,
            backoff: backoff,
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            whenStuck: whenStuck
        )
        self.init(name: name, content: .nodes(children()), settings: settings)
    }

    /// The same supervisor with the body of every incarnation below it wrapped: the way to give workers task-local
    /// values, a tracing context, timing. Wrappers of outer supervisors come first, and of several on one supervisor the
    /// one that was given first.
    ///
    /// ```swift
    /// shop.around { context, body in
    ///     try await Trace.$current.withValue(Trace(context.path)) { try await body() }
    /// }
    /// ```
    public func around(_ around: @escaping Around) -> SupervisorSpec {
        var spec = self
        spec.arounds.append(around)
        return spec
    }

    /// The same supervisor with somebody who follows the events of it and of all below it, besides those who follow the
    /// whole tree.
    ///
    /// The subscription is that of a static spec for as long as the tree lives, whatever is restarted. That of a
    /// supervisor which a resource step lists ends with the supervisor that has the resource, and is made anew with it.
    ///
    /// ```swift
    /// SupervisorSpec("payments") { … }.notifying(audit)
    /// ```
    public func notifying(_ subscriber: any EventSubscriber) -> SupervisorSpec {
        var spec = self
        spec.subscribers.append(subscriber)
        return spec
    }

    /// The same supervisor with somebody who is told of each change of state of it and of all below it, besides those who
    /// are told of the whole tree, and after them. For how long is as with ``notifying(_:)``.
    public func observing(_ observer: any StateObserver) -> SupervisorSpec {
        var spec = self
        spec.observers.append(observer)
        return spec
    }
}

extension SupervisorSpec {
    /// Which children are restarted when one fails.
    public struct Strategy: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case oneForOne
            case oneForAll
            case restForOne
        }

        let kind: Kind

        /// The one that failed.
        public static let oneForOne = Strategy(kind: .oneForOne)

        /// All: the others are stopped first.
        public static let oneForAll = Strategy(kind: .oneForAll)

        /// The one that failed and those that were started after it.
        public static let restForOne = Strategy(kind: .restForOne)
    }

    /// In which order children are started; they are stopped in the reverse of it.
    public struct Order: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case leftToRight
            case rightToLeft
        }

        let kind: Kind

        /// The first in the list first.
        public static let leftToRight = Order(kind: .leftToRight)

        /// The last in the list first.
        public static let rightToLeft = Order(kind: .rightToLeft)
    }

    /// A child in the list of a supervisor: made of a ``ChildSpec`` or a ``SupervisorSpec``.
    public struct Node: Sendable {
        enum Kind: Sendable {
            case child(ChildSpec)
            indirect case supervisor(SupervisorSpec)
        }

        let kind: Kind

        /// Known without a copy of what is in it, as there may be a great many of them.
        let isWorker: Bool

        /// A worker or a process.
        public init(_ child: ChildSpec) {
            self.kind = .child(child)
            self.isWorker = child.work.isWorker
        }

        /// A supervisor.
        public init(_ supervisor: SupervisorSpec) {
            self.kind = .supervisor(supervisor)
            self.isWorker = false
        }
    }

    struct Settings: Sendable {
        var strategy: Strategy
        var order: Order
        var tolerance: RestartTolerance
        var backoff: RestartBackoff
        var restart: ChildSpec.Restart
        var shutdown: ChildSpec.Shutdown
        var startTimeout: ChildSpec.StartTimeout
        var whenStuck: ChildSpec.WhenStuck
    }
}

extension SupervisorSpec.Strategy: CustomStringConvertible {
    /// The name of the setting.
    public var description: String { "\(kind)" }
}

extension SupervisorSpec.Order: CustomStringConvertible {
    /// The name of the setting.
    public var description: String { "\(kind)" }
}

extension SupervisorSpec: CustomStringConvertible {
    /// The name of the supervisor, and which children it restarts.
    public var description: String { "\(name) (\(strategy))" }
}

extension SupervisorSpec.Node: CustomStringConvertible {
    /// The spec that it was made of.
    public var description: String {
        switch kind {
        case .child(let spec): spec.description
        case .supervisor(let spec): spec.description
        }
    }
}
