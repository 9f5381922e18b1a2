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

/// Hands the signals of a sequence to the process of a child for as long as both last. It follows the events of the child
/// only to know when that is gone.
struct SignalForwarder: EventSubscriber {
    let source: ProcessCommand.SignalSource
    let path: String

    var eventBuffer: Int { 16 }

    func receive(_ events: Supervisor.Events) async {
        for await _ in events {}
    }

    func forward(in tree: TreeHandle, until events: Supervisor.Events) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await source.each { signal in
                    // Before and after a process runs there is nobody to send it to; and who has taken its name is another.
                    guard let node = NodeHandle.find(path, in: tree), receives(node) else { return }
                    try? node.signal(signal, toGroup: source.toGroup)
                }
            }
            group.addTask { await receive(events) }
            await group.next()
            group.cancelAll()
        }
    }

    private func receives(_ node: NodeHandle) -> Bool {
        if case .process(let process) = node.origin.kind { process.command.signals === source } else { false }
    }
}
