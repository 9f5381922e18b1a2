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
    ///   - command: The program, what becomes of its output, and which signals it receives.
    ///   - name: Its name among the children of the worker; `nil` is the last part of the program's path.
    ///   - startTimeout: Within what time it has to be ready.
    ///   - signalsHealthy: Whether the worker is healthy when the process has been started, or is ready if it has a
    ///     readiness, unless it has said so before.
    /// - Throws: What the start failed at, or how the process ended if that was no success, as a ``SupervisorError`` whose
    ///   ``SupervisorError/rootCause`` has the facts in ``SupervisorError/process``. `CancellationError` when the process was stopped together with the
    ///   worker, or because the calling task was cancelled.
    public func runCommand(
        _ command: ProcessCommand,
        name: String? = nil,
        startTimeout: ChildSpec.StartTimeout = .standard,
        signalsHealthy: Bool = true
    ) async throws {
        // Known before it starts, for it may have ended before anybody could ask.
        let ended = Completion("it failed")
        let child = try await runOnce(
            ChildSpec(
                name ?? command.baseName,
                restart: .temporary,
                startTimeout: startTimeout,
                command: command
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

extension ProcessCommand {
    /// The last part of the program's path.
    fileprivate var baseName: String {
        program.split(separator: "/").last.map(String.init) ?? program
    }
}
