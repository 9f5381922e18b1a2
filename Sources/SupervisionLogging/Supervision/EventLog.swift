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

package import Logging
package import Supervision

/// Logs what happens to nodes at the nodes themselves, and to another handler.
package struct EventLog: EventSubscriber {
    let tree: LogTree
    let level: Logger.Level
    let other: (@Sendable (_ label: String) -> any LogHandler)?

    package init(
        tree: LogTree,
        level: Logger.Level,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)? = nil
    ) {
        self.tree = tree
        self.level = level
        self.other = other
    }

    package func receive(_ events: Supervisor.Events) async {
        for await item in events {
            switch item {
            case .event(let event): log(event)
            case .lost(let count, _):
                let message = "\(count) events were lost"
                tree.node(.root).log(LogRecord(level: .warning, message: message, file: "supervisor"))
                forward(message, level: .warning, from: tree.node(.root).path.description)
            }
        }
    }

    /// Others have levels of their own, as they do with messages of workers.
    private func forward(_ message: String, level: Logger.Level, from path: String, metadata: Logger.Metadata = [:]) {
        guard let other else { return }
        Logger(label: path, factory: other)
            .log(level: level, "\(message)", metadata: metadata, source: "supervisor", file: "supervisor", line: 0)
    }

    func log(_ event: Supervisor.Event) {
        let level = event.kind.logLevel
        guard let path = try? LogPath(event.path) else { return }
        // A node that has only uninteresting events is not made.
        guard level >= self.level || (tree.existingNode(path)?.verbosityLevel ?? .critical) <= level else { return }
        var metadata: Logger.Metadata = ["incarnation": "\(event.incarnation)"]
        if event.restarts > 0 { metadata["restarts"] = "\(event.restarts)" }
        forward(event.message, level: level, from: event.path, metadata: metadata)
        tree.node(path).log(
            LogRecord(
                level: level,
                message: event.message,
                time: LogTime(nanoseconds: 0).advanced(by: event.wallTime),
                file: "supervisor",
                metadata: metadata
            )
        )
    }
}

extension Supervisor.Event.Kind {
    fileprivate var logLevel: Logger.Level {
        switch self {
        case .failed, .startFailed: .critical
        case .toleranceExceeded, .quarantined, .terminationFailed: .error
        case .stuck, .silent, .loopLate, .lateExit: .warning
        case .restartScheduled, .restartCancelled, .autoShutdown: .info
        default: .debug
        }
    }
}

extension Supervisor.Event {
    fileprivate var message: String {
        var text = kind.description
        if let delay { text += " in \(delay)" }
        if let stopAction { text += " (\(stopAction))" }
        if let error { text += ": \(error.underlying.map { String(describing: $0) } ?? error.description)" }
        return text
    }
}
