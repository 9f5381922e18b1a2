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

/// How to run one child: a worker of this process, or a program of its own.
///
/// A spec is a value. Building one runs nothing; it can be started many times, also at once, and whatever is wrong with
/// it is reported when a tree is started.
///
/// ```swift
/// ChildSpec("ticker") { try await tick() }
/// ChildSpec("carts") { context in try await serveCarts(until: context) }
/// ChildSpec("database", shutdown: .timeout(.seconds(10))) { context, notifyStart in
///     let pool = try await Pool.open()
///     notifyStart()
///     try await pool.run()
/// }
/// ChildSpec("cache", command: ProcessCommand("redis-server", readiness: .line(containing: "Ready to accept")))
/// ```
///
/// Whatever a body throws is a failure of the child, always: there is nothing to turn on. What Swift cannot catch, a trap
/// (an index out of range, `fatalError`, `!` of nil), ends the whole program. Work that must be able to crash alone is a
/// program of its own: as a child its crash is a failure like others, and its signal is in the error.
public struct ChildSpec: Sendable {
    /// What a worker runs. Its bodies run in detached tasks: they see no task-local value and no cancellation of whoever
    /// started the tree.
    enum Work: Sendable {
        case plain(@Sendable () async throws -> Void)
        case context(@Sendable (ChildContext) async throws -> Void)
        case notifyStart(@Sendable (ChildContext, NotifyStart) async throws -> Void)
        indirect case command(ProcessCommand)
        indirect case classified(Work, @Sendable (any Error) -> FailureClass)

        /// Whether the child counts as started only when it says so.
        var notifiesStart: Bool {
            switch self {
            case .notifyStart: true
            case .classified(let work, _): work.notifiesStart
            case .plain, .context, .command: false
            }
        }

        /// What runs, if that is a process.
        var command: ProcessCommand? {
            switch self {
            case .command(let command): command
            case .classified(let work, _): work.command
            case .plain, .context, .notifyStart: nil
            }
        }

        var isWorker: Bool {
            switch self {
            case .plain, .context, .notifyStart: true
            case .command: false
            case .classified(let work, _): work.isWorker
            }
        }

        /// What a failure says about trying again.
        func failureClass(of error: any Error) -> FailureClass {
            if case .classified(_, let classify) = self { classify(error) } else { .ordinary }
        }
    }

    /// The name of the child, different from those of its siblings: 1 to 255 bytes of UTF-8 without `/` and control
    /// characters, and neither `.` nor `..`.
    public var name: String

    var work: Work
    var shared: SharedPolicy

    init(name: String, work: Work, policy: ChildPolicy) {
        self.name = name
        self.work = work
        self.shared = SharedPolicy.of(policy)
    }

    /// A worker whose body needs nothing from its supervisor. It counts as started when it was handed over to run.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - restart: When it is run again after its end.
    ///   - shutdown: What is done to make it end, and how long that may take.
    ///   - heartbeat: Within what time it gives a sign of life; see ``heartbeat``.
    ///   - backoff: Delays between its restarts; `nil` takes those of its supervisor.
    ///   - whenStuck: What happens when a replacement is due and the old incarnation has not ended.
    ///   - priority: Priority of its tasks; `nil` takes the one with which the tree was started.
    ///   - body: What one incarnation does. Returning is a completion, throwing a failure.
    public init(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        priority: TaskPriority? = nil,
        body: @escaping @Sendable () async throws -> Void
    ) {
        let policy = ChildPolicy(
            restart: restart,
            shutdown: shutdown,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck,
            priority: priority
        )
        self.init(name: name, work: .plain(body), policy: policy)
    }

    /// A worker whose body is given its ``ChildContext``. It counts as started when it was handed over to run.
    public init(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        priority: TaskPriority? = nil,
        body: @escaping @Sendable (_ context: ChildContext) async throws -> Void
    ) {
        let policy = ChildPolicy(
            restart: restart,
            shutdown: shutdown,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck,
            priority: priority
        )
        self.init(name: name, work: .context(body), policy: policy)
    }

    /// A worker that tells when it is up. Its siblings are started after that.
    ///
    /// A body that returns or throws before it called its ``NotifyStart`` has failed to start, and so has one that did
    /// not call it within `startTimeout`.
    public init(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        startTimeout: StartTimeout = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        priority: TaskPriority? = nil,
        body: @escaping @Sendable (_ context: ChildContext, _ notifyStart: NotifyStart) async throws -> Void
    ) {
        let policy = ChildPolicy(
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck,
            priority: priority
        )
        self.init(name: name, work: .notifyStart(body), policy: policy)
    }

    /// A program that runs as a process of its own. It counts as started when its readiness rule holds.
    ///
    /// With a `heartbeat` the process promises a sign of life within each such time; see ``heartbeat``.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - restart: When it is run again after its end.
    ///   - shutdown: What is done to make it end, and how long that may take.
    ///   - startTimeout: Within what time it has to be ready.
    ///   - heartbeat: Within what time it gives a sign of life; see ``heartbeat``.
    ///   - backoff: Delays between its restarts; `nil` takes those of its supervisor.
    ///   - whenStuck: What happens when a replacement is due and the old incarnation has not ended.
    ///   - command: The program, and what becomes of its output.
    ///   - signals: Where signals come from for the process that runs, over all restarts; see ``SignalChannel``.
    public init(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        startTimeout: StartTimeout = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        command: ProcessCommand,
        signals: SignalChannel? = nil
    ) {
        let policy = ChildPolicy(
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck
        )
        var command = command
        command.signals = signals
        self.init(name: name, work: .command(command), policy: policy)
    }

    /// A program that runs as a process of its own and is sent the signals of a sequence, each when it comes, in a
    /// ``SignalChannel`` that is made for it.
    public init<Signals: AsyncSequence & Sendable>(
        _ name: String,
        restart: Restart = .permanent,
        shutdown: Shutdown = .standard,
        startTimeout: StartTimeout = .standard,
        heartbeat: Duration? = nil,
        backoff: RestartBackoff? = nil,
        whenStuck: WhenStuck = .wait,
        command: ProcessCommand,
        signals: Signals
    ) where Signals.Element == HostSignal, Signals.Failure == Never {
        self.init(
            name,
            restart: restart,
            shutdown: shutdown,
            startTimeout: startTimeout,
            heartbeat: heartbeat,
            backoff: backoff,
            whenStuck: whenStuck,
            command: command,
            signals: SignalChannel(signals)
        )
    }

    /// When the child is run again after its end.
    public var restart: Restart {
        get { shared.policy.restart }
        set { update { $0.restart = newValue } }
    }

    /// What is done to make the child end, and how long that may take.
    public var shutdown: Shutdown {
        get { shared.policy.shutdown }
        set { update { $0.shutdown = newValue } }
    }

    /// Within what time the start must be acknowledged.
    public var startTimeout: StartTimeout {
        get { shared.policy.startTimeout }
        set { update { $0.startTimeout = newValue } }
    }

    /// Within what time the child gives a sign of life, from its start on; `nil` is no such promise.
    ///
    /// Silence for longer is a failure, ``SupervisorError/Code-swift.struct/silent``: the child is made to end as in a
    /// shutdown, and then restarted as after any failure. While the host itself is late nobody is punished for it.
    ///
    /// A worker calls ``ChildContext/heartbeat()``. Before its silence is a failure a task is put into the cooperative
    /// pool: until that has run nobody is punished, and if it is late that is told, by an event of the kind `loopLate` of
    /// the worker. A process says `WATCHDOG=1` to its `NOTIFY_SOCKET`, as services of systemd do (`sd_notify`);
    /// `WATCHDOG_USEC` tells it how often it has to.
    public var heartbeat: Duration? {
        get { shared.policy.heartbeat }
        set { update { $0.heartbeat = newValue } }
    }

    /// Delays between restarts of this child; `nil` takes those of its supervisor.
    public var backoff: RestartBackoff? {
        get { shared.policy.backoff }
        set { update { $0.backoff = newValue } }
    }

    /// What happens when a replacement is due and the old incarnation has not ended.
    public var whenStuck: WhenStuck {
        get { shared.policy.whenStuck }
        set { update { $0.whenStuck = newValue } }
    }

    /// Priority of the tasks of a worker; `nil` takes the one with which the tree was started.
    public var priority: TaskPriority? {
        get { shared.policy.priority }
        set { update { $0.priority = newValue } }
    }

    /// The siblings that have to be up before each start of the child. One that ended for good is as good as up only if it
    /// completed. While the child waits it is shown as ``NodeState/waiting``.
    public var after: [String] {
        get { shared.policy.after }
        set { update { $0.after = newValue } }
    }

    /// The fate-sharing group of its supervisor that it is in; see ``SupervisorSpec/Group``.
    public var group: String? {
        get { shared.policy.group }
        set { update { $0.group = newValue } }
    }

    /// Whether its end for good, by itself, can end its supervisor; see ``SupervisorSpec/autoShutdown``. Not for permanent
    /// children, which never end for good.
    public var isSignificant: Bool {
        get { shared.policy.isSignificant }
        set { update { $0.isSignificant = newValue } }
    }

    /// What the child is: a worker.
    public var tag: ChildTag { .worker }

    /// A tolerance of the child's own; its failures are then not counted by its supervisor. See
    /// ``tolerating(_:whenExceeded:)``.
    public var tolerance: RestartTolerance? {
        get { shared.policy.tolerance }
        set { update { $0.tolerance = newValue } }
    }

    /// What happens when the child exceeds its own tolerance.
    public var whenExceeded: WhenExceeded {
        get { shared.policy.whenExceeded }
        set { update { $0.whenExceeded = newValue } }
    }

    /// The same child, started after these siblings are up; see ``after``.
    ///
    /// ```swift
    /// ChildSpec("web") { context in try await serve(until: context) }.after("database", "cache")
    /// ```
    public func after(_ siblings: String...) -> ChildSpec {
        var spec = self
        spec.after += siblings
        return spec
    }

    /// The same child with a tolerance of its own.
    ///
    /// ```swift
    /// ChildSpec("report", …) { … }.tolerating(.failures(5, within: .seconds(60)), whenExceeded: .quarantine)
    /// ```
    public func tolerating(_ tolerance: RestartTolerance, whenExceeded: WhenExceeded = .escalate) -> ChildSpec {
        var spec = self
        spec.tolerance = tolerance
        spec.whenExceeded = whenExceeded
        return spec
    }

    mutating func update(_ change: (inout ChildPolicy) -> Void) {
        var policy = shared.policy
        change(&policy)
        shared = SharedPolicy.of(policy)
    }
}

extension ChildSpec: CustomStringConvertible {
    /// The name of the child and when it is restarted.
    public var description: String {
        "\(name) (\(restart))"
    }
}
