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

extension ProcessCommand {
    /// Where signals come from, for the processes of all specs that have it.
    final class SignalSource: Sendable {
        let toGroup: Bool
        let each: @Sendable (_ send: @Sendable (HostSignal) -> Void) async -> Void

        init(toGroup: Bool, each: @escaping @Sendable (_ send: @Sendable (HostSignal) -> Void) async -> Void) {
            self.toGroup = toGroup
            self.each = each
        }
    }

    /// The same command, whose process is sent the signals of a sequence, each when it comes.
    ///
    /// ```swift
    /// let (signals, send) = AsyncStream.makeStream(of: HostSignal.self, bufferingPolicy: .bufferingNewest(1))
    /// ChildSpec("web", command: ProcessCommand("nginx").receiving(signals))
    /// send.yield(.hangup)                    // it reads its configuration again
    /// ```
    ///
    /// The sequence is read from the start of the tree, or of the child that is added to one, to its end, over all restarts;
    /// once for each tree that is started with the command. What comes while no process runs is dropped, and goes to no
    /// later one. The end of the sequence, a closed channel, is the end of the forwarding. Signals are no messages: several
    /// of the same kind may come as one. To hear whether one was sent, use ``Child/signal(_:toGroup:)``.
    ///
    /// - Parameters:
    ///   - signals: Where the signals come from.
    ///   - toGroup: Whether they go to the whole process group.
    public func receiving<Signals: AsyncSequence & Sendable>(
        _ signals: Signals,
        toGroup: Bool = false
    ) -> ProcessCommand where Signals.Element == HostSignal, Signals.Failure == Never {
        var command = self
        command.signals = SignalSource(toGroup: toGroup) { send in
            for await signal in signals { send(signal) }
        }
        return command
    }
}
