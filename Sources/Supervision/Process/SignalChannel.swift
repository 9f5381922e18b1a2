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

internal import Synchronization

/// Signals on their way to a process while it runs, from a sequence or one by one.
///
/// It is given to a ``ChildSpec``, or to a command that a worker runs, and serves all incarnations of it, and everything else
/// that it is given to as well. Before a process runs and after its end nothing is kept: who sends is told that it is not
/// running, and what a sequence brings is dropped.
///
/// ```swift
/// let signals = SignalChannel()
/// let web = ChildSpec("web", command: ProcessCommand("nginx"), signals: signals)
/// …
/// try signals.send(.hangup)              // it reads its configuration again
/// ```
///
/// Signals are no messages: one that was sent may come before the program is ready for it, and several of the same kind may
/// come as one.
public final class SignalChannel: Sendable {
    private struct State {
        var isClosed = false
        var targets: [UInt64: SignalTarget] = [:]
        var lastKey: UInt64 = 0
        /// Reads the sequence.
        var reader: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Hands on what a sequence brings, for as long as `send` says that somebody has the channel.
    private let read: (@Sendable (_ send: @Sendable (HostSignal) -> Bool) async -> Void)?
    private let readsForGroup: Bool

    /// A channel into which signals are sent one by one.
    public init() {
        read = nil
        readsForGroup = false
    }

    /// A channel into which the signals of a sequence are sent, each when it comes.
    ///
    /// The sequence is read once, for all processes and incarnations: from the start of the first tree, or child, that has
    /// the channel until it ends, which closes the channel, or nobody has the channel any more.
    ///
    /// - Parameters:
    ///   - signals: Where the signals come from.
    ///   - toGroup: Whether they go to whole process groups.
    public init<Signals: AsyncSequence & Sendable>(
        _ signals: Signals,
        toGroup: Bool = false
    ) where Signals.Element == HostSignal, Signals.Failure == Never {
        read = { send in
            for await signal in signals where !send(signal) { return }
        }
        readsForGroup = toGroup
    }

    deinit {
        state.withLock { $0.reader }?.cancel()
    }

    /// Send a signal to the process that runs now, or to its whole group; to all of them if several have the channel.
    ///
    /// - Throws: ``SupervisorError`` if no process was sent it: with the code `notRunning` before one runs and after its end,
    ///   `gone` when the channel is closed, `misuse` if no signal has that number.
    public func send(_ signal: HostSignal, toGroup: Bool = false) throws(SupervisorError) {
        let (isClosed, targets) = state.withLock { ($0.isClosed, $0.targets.values) }
        guard !isClosed else {
            throw SupervisorError(
                code: .gone,
                message: "\(signal) was not sent, because its channel is closed; make another for a new start"
            )
        }
        var wasSent = false
        var refusal: SupervisorError?
        for target in targets {
            do throws(SupervisorError) {
                try target.send(signal, toGroup: toGroup)
                wasSent = true
            } catch {
                refusal = error
            }
        }
        guard !wasSent else { return }
        throw refusal
            ?? SupervisorError(
                code: .notRunning,
                message: "\(signal) was not sent, because nothing that has its channel was started"
            )
    }

    /// End the forwarding, for good. The processes go on.
    public func close() {
        // What is given up is so without the lock, as code of others may run for it.
        let (reader, targets) = state.withLock { state in
            state.isClosed = true
            defer { state.targets = [:] }
            return (state.reader, state.targets)
        }
        reader?.cancel()
        _ = consume targets
    }

    /// Whether the channel was closed, or its sequence has ended.
    public var isClosed: Bool {
        state.withLock { $0.isClosed }
    }

    // MARK: Those who have it

    /// Somebody who has it from now on. The key is for ``detach(_:)``.
    func attach(_ target: SignalTarget) -> UInt64 {
        state.withLock { state in
            state.lastKey += 1
            guard !state.isClosed else { return state.lastKey }
            state.targets[state.lastKey] = target
            if state.reader == nil, let read {
                state.reader = Task.detached { [weak self, readsForGroup] in
                    await read { signal in
                        guard let channel = self else { return false }
                        try? channel.send(signal, toGroup: readsForGroup)
                        return true
                    }
                    self?.close()
                }
            }
            return state.lastKey
        }
    }

    func detach(_ key: UInt64) {
        // As in `close`.
        let target = state.withLock { $0.targets.removeValue(forKey: key) }
        _ = consume target
    }
}
