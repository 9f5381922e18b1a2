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

public import Logging
internal import Supervision

/// A handler of swift-log whose messages go to a log tree: to one node, or to the node of the worker that logs.
///
/// For a node the way to a logger is ``LogNode/logger``. For whole programs it is the handler of all loggers that
/// libraries make for themselves:
///
/// ```swift
/// LoggingSystem.bootstrap { label in
///     LogTreeHandler(outside: StreamLogHandler.standardError(label: label))
/// }
/// ```
public struct LogTreeHandler: LogHandler {
    private enum Target: Sendable {
        case node(LogNode)
        case current(outside: any LogHandler)
    }

    private var target: Target
    private var level: Logger.Level

    /// What every message gets.
    public var metadata: Logger.Metadata = [:]

    /// What is asked with every message.
    public var metadataProvider: Logger.MetadataProvider?

    /// A handler for one node.
    public init(_ node: LogNode, level: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil) {
        self.target = .node(node)
        self.level = level
        self.metadataProvider = metadataProvider
    }

    /// A handler that decides with each message: in a worker below a supervisor that logs to a tree it goes where the
    /// worker's own logger goes, elsewhere to another handler.
    ///
    /// Where a message is logged is known from the task: it is not known in a detached task that a worker has made.
    public init(
        outside: any LogHandler,
        level: Logger.Level = .info,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.target = .current(outside: outside)
        self.level = level
        self.metadataProvider = metadataProvider
    }

    /// The least level that is written. The verbosity of the node may let through more.
    public var logLevel: Logger.Level {
        get {
            switch target {
            case .node(let node): return min(level, node.verbosityLevel)
            case .current: return min(level, ChildContext.current?.logging?.node.verbosityLevel ?? .critical)
            }
        }
        set { level = newValue }
    }

    /// One of the values that every message gets.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Write a message.
    public func log(event: LogEvent) {
        switch target {
        case .node(let node):
            write(event, to: node)
        case .current(let outside):
            var event = event
            event.metadata = merged(event)
            if let logging = ChildContext.current?.logging {
                logging.handler.pass(event)
            } else {
                outside.pass(event)
            }
        }
    }

    private func write(_ event: LogEvent, to node: LogNode) {
        var metadata = merged(event)
        if let error = event.error {
            var more = metadata ?? [:]
            more["error"] = .string(String(describing: error))
            metadata = more
        }
        node.log(event.level, event.message.description, metadata: metadata, file: event.file, line: event.line)
    }

    /// What the message says wins over what the provider says, and that over what the handler has.
    private func merged(_ event: LogEvent) -> Logger.Metadata? {
        guard metadataProvider != nil || !metadata.isEmpty else { return event.metadata }
        var merged = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        return merged
    }
}

extension LogHandler {
    /// Write what is of interest.
    fileprivate func pass(_ event: LogEvent) {
        if logLevel <= event.level { log(event: event) }
    }
}

extension LogNode {
    /// A logger of swift-log that writes to this node.
    public var logger: Logger {
        logger()
    }

    /// A logger of swift-log that writes to this node.
    ///
    /// - Parameters:
    ///   - level: The least level that is written, unless the node's verbosity lets through more.
    ///   - other: Makes a handler that gets the same messages, from the path of the node as its label.
    public func logger(
        level: Logger.Level = .info,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)? = nil
    ) -> Logger {
        Logger(label: path.description) { label in
            handler(label: label, level: level, forwardingTo: other)
        }
    }

    func handler(
        label: String,
        level: Logger.Level,
        forwardingTo other: (@Sendable (_ label: String) -> any LogHandler)?
    ) -> any LogHandler {
        let own = LogTreeHandler(self, level: level, metadataProvider: LoggingSystem.metadataProvider)
        guard let other else { return own }
        return MultiplexLogHandler([own, other(label)])
    }

    /// The level that the verbosity lets through.
    var verbosityLevel: Logger.Level {
        switch verbosity {
        case ..<1: .critical
        case 1: .debug
        default: .trace
        }
    }
}
