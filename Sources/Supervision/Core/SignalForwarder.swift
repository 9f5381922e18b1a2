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

/// Lets a channel send signals to the process of a child for as long as there is one. It follows the events of the child
/// only to know when that is gone.
struct SignalForwarder: EventSubscriber {
    let channel: SignalChannel

    var eventBuffer: Int { 16 }

    func receive(_ events: Supervisor.Events) async {
        for await _ in events {}
    }

    /// Return when the child is gone, and the channel has been told so.
    func receive(_ events: Supervisor.Events, attachedAs key: UInt64) async {
        await receive(events)
        channel.detach(key)
    }
}

/// The place of a process that has a channel.
struct SignalTarget: Sendable {
    /// The channel, which keeps this and not the other way round.
    let channel: ObjectIdentifier
    let tree: TreeHandle
    let path: String

    func send(_ signal: HostSignal, toGroup: Bool) throws(SupervisorError) {
        // Before and after a process runs there is nobody to send it to; and who has taken its name is another.
        if let node = NodeHandle.find(path, in: tree), isMeant(node) {
            do throws(SupervisorError) {
                return try node.signal(signal, toGroup: toGroup)
            } catch  where error.code != .gone {
                throw error
            } catch {}
        }
        throw SupervisorError(code: .notRunning, path: path, message: "\(signal) was not sent, because it does not run")
    }

    private func isMeant(_ node: NodeHandle) -> Bool {
        guard case .process(let process) = node.origin.kind, let its = process.command.signals else { return false }
        return ObjectIdentifier(its) == channel
    }
}
