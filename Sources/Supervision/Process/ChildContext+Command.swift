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

extension ChildContext {
    /// Run a program below this worker, and return when it has exited with success.
    ///
    /// The process is a child of the worker, with a name and events of its own, and is stopped with it by its stop ladder:
    /// before the worker itself. Nobody restarts it, but the worker may run it again. It may be run at any time, also when
    /// the worker is healthy; the worker is a runnable, or was told ``ChildSpec/runningChildren()``.
    ///
    /// ```swift
    /// try context.run("time") { context in
    ///     try await context.runCommand(ProcessCommand("chronyd", "-n", output: .lines { print($0.text) }))
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - command: The program, and what becomes of its output.
    ///   - name: Its name among the children of the worker; `nil` is the last part of the program's path.
    ///   - shutdown: What is done to make it end, and how long that may take.
    ///   - startTimeout: Within what time it has to be ready.
    ///   - heartbeat: Within what time it gives a sign of life; see ``ChildSpec/heartbeat``.
    ///   - signals: Where signals come from for the process; see ``SignalChannel``. One that is made outside of the worker
    ///     serves the processes of all its incarnations.
    ///   - signalsHealthy: Whether the worker is healthy when the process has been started, or is ready if it has a
    ///     readiness, unless it has said so before.
    /// - Throws: What the start failed at, or how the process ended if that was no success, as a ``SupervisorError`` whose
    ///   ``SupervisorError/rootCause`` has the facts in ``SupervisorError/process``. `CancellationError` when the process was stopped together with the
    ///   worker, or because the calling task was cancelled.
    public func runCommand(
        _ command: ProcessCommand,
        name: String? = nil,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        heartbeat: Duration? = nil,
        signals: SignalChannel? = nil,
        signalsHealthy: Bool = true
    ) async throws {
        // Known before it starts, for it may have ended before anybody could ask.
        let ended = Completion("it failed")
        let child = try await runOnce(
            ChildSpec(
                name ?? command.baseName,
                restart: .temporary,
                shutdown: shutdown,
                startTimeout: startTimeout,
                heartbeat: heartbeat,
                command: command,
                signals: signals
            ),
            ended: ended
        )
        if signalsHealthy { try signalHealthyOnce() }
        switch try await child.end(told: ended) {
        case .completed:
            return
        case .stopped where Task.isCancelled:
            throw CancellationError()
        case .stopped where self.child?.state == .stopping:
            // The worker's own turn comes when what is below it is gone.
            await stopRequested()
            throw CancellationError()
        case .stopped:
            throw SupervisorError(
                code: .stopped,
                path: child.path,
                message: "the command was stopped by request while the worker that runs it went on"
            )
        }
    }
}

extension ChildContext {
    /// Run a program that is sent the signals of a sequence, each when it comes, while it runs. The sequence is read for
    /// this run; one that can be read only once is given to a ``SignalChannel`` that is used for all of them.
    public func runCommand<Signals: AsyncSequence & Sendable>(
        _ command: ProcessCommand,
        name: String? = nil,
        shutdown: ChildSpec.Shutdown = .standard,
        startTimeout: ChildSpec.StartTimeout = .standard,
        heartbeat: Duration? = nil,
        signals: Signals,
        signalsHealthy: Bool = true
    ) async throws where Signals.Element == HostSignal, Signals.Failure == Never {
        let channel = SignalChannel(signals)
        defer { channel.close() }
        try await runCommand(
            command,
            name: name,
            shutdown: shutdown,
            startTimeout: startTimeout,
            heartbeat: heartbeat,
            signals: channel,
            signalsHealthy: signalsHealthy
        )
    }
}

extension ProcessCommand {
    /// The last part of the program's path.
    fileprivate var baseName: String {
        program.split(separator: "/").last.map(String.init) ?? program
    }
}
