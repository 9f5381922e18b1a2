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

extension Child {
    /// Send a signal to the process that the child is, or to its whole group.
    ///
    /// It goes to the incarnation that runs now. Signals are no messages: one that was sent may come before the program
    /// is ready for it, and several of the same kind may come as one.
    ///
    /// - Throws: ``SupervisorError`` with the code `notRunning` before the process runs and after its end, and for a child
    ///   that is no process; `gone` if the child is gone.
    public func signal(_ signal: HostSignal, toGroup: Bool = false) throws(SupervisorError) {
        try node.signal(signal, toGroup: toGroup)
    }

    /// Send the signals of a sequence to the process, each when it comes.
    ///
    /// What comes while no process runs is dropped, and goes to no later one. Returns when the sequence ends, when the
    /// child is gone, or when the calling task is cancelled.
    ///
    /// ```swift
    /// let (signals, send) = AsyncStream.makeStream(of: HostSignal.self, bufferingPolicy: .bufferingNewest(1))
    /// Task { await child.forward(signals) }
    /// send.yield(.hangup)
    /// ```
    ///
    /// - Parameters:
    ///   - signals: Where the signals come from; its end, a closed channel, is the end of the forwarding.
    ///   - toGroup: Whether they go to the whole process group.
    public func forward<Signals: AsyncSequence>(
        _ signals: Signals,
        toGroup: Bool = false
    ) async where Signals.Element == HostSignal, Signals.Failure == Never {
        for await signal in signals {
            do {
                try self.signal(signal, toGroup: toGroup)
            } catch {
                if error.code == .gone { return }
            }
        }
    }
}
