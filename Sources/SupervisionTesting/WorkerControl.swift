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
internal import Synchronization

/// The remote control of a worker: it does what the test says when the test says it.
///
/// ```swift
/// let database = WorkerControl()
/// try await withTestTree(SupervisorSpec("root") { ChildSpec("database", controlledBy: database) }) { tree in
///     database.fail()
///     try await tree.settle()
///     tree.recorder.expect(inOrder: .failed("root/database"), .started("root/database"))
/// }
/// ```
///
/// A command is carried out by the incarnation that is up, or by the next one; several one after another. For one worker.
public final class WorkerControl: Sendable {
    enum Command: Sendable {
        case acknowledge
        case decline
        case failStart(any Error)
        case complete
        case fail(any Error)
    }

    private struct State {
        var commands: [Command] = []
        var signal: Gate?
        var runs = 0
    }

    private let state = Mutex(State())

    /// The control of a worker that has not been made yet.
    public init() {}

    /// How often the worker was run.
    public var runs: Int {
        state.withLock { $0.runs }
    }

    /// Let it fail.
    public func fail(_ error: any Error = ScriptedFailure()) {
        give(.fail(error))
    }

    /// Let it complete.
    public func complete() {
        give(.complete)
    }

    /// Let it say that it is up, if it was made to wait for that.
    public func acknowledge() {
        give(.acknowledge)
    }

    /// Let it say that it is not needed, if it was made to wait for `acknowledge`.
    public func decline() {
        give(.decline)
    }

    /// Let it say that it cannot come up, if it was made to wait for `acknowledge`.
    public func failStart(_ error: any Error = ScriptedFailure()) {
        give(.failStart(error))
    }

    private func give(_ command: Command) {
        let signal = state.withLock { state in
            state.commands.append(command)
            defer { state.signal = nil }
            return state.signal
        }
        signal?.open()
    }

    fileprivate func beginRun() {
        state.withLock { $0.runs += 1 }
    }

    /// The next command. Throws when the task is cancelled.
    func next() async throws -> Command {
        while true {
            try Task.checkCancellation()
            let (command, signal) = state.withLock { state -> (Command?, Gate) in
                if !state.commands.isEmpty { return (state.commands.removeFirst(), Gate()) }
                let signal = state.signal ?? Gate()
                state.signal = signal
                return (nil, signal)
            }
            if let command { return command }
            try await signal.wait()
        }
    }
}

extension ChildSpec {
    /// A worker that does what a test tells it. When it is stopped it ends.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - control: What tells it.
    ///   - acknowledgesItself: Whether it is up when it begins; if not, it waits for ``WorkerControl/acknowledge()``.
    ///   - restart: When it is run again after its end.
    ///   - startTimeout: Within what time the start must be acknowledged.
    public init(
        _ name: String,
        controlledBy control: WorkerControl,
        acknowledgesItself: Bool = true,
        restart: Restart = .permanent,
        startTimeout: StartTimeout = .standard
    ) {
        self.init(name, restart: restart, startTimeout: startTimeout) { context, notifyStart in
            control.beginRun()
            if acknowledgesItself { notifyStart() }
            try await control.follow(context, notifyStart)
        }
    }
}

extension WorkerControl {
    /// Do what the test says, from within a body that does other things as well: returns when it is to complete or is
    /// stopped, throws when it is to fail. What the control says of the start is ignored.
    public func obey(_ context: ChildContext) async throws {
        beginRun()
        try await follow(context, nil)
    }

    fileprivate func follow(_ context: ChildContext, _ notifyStart: NotifyStart?) async throws {
        while true {
            switch try await next(unlessStopped: context) {
            case nil, .complete?: return
            case .fail(let error)?: throw error
            case .acknowledge?: notifyStart?()
            case .decline?: notifyStart?.decline()
            case .failStart(let error)?:
                guard let notifyStart else { continue }
                notifyStart(failed: error)
                return
            }
        }
    }

    /// The next command; `nil` when the worker is stopped.
    fileprivate func next(unlessStopped context: ChildContext) async throws -> Command? {
        try await withThrowingTaskGroup(of: Command?.self) { group in
            group.addTask { try await self.next() }
            group.addTask {
                await context.stopRequested()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
