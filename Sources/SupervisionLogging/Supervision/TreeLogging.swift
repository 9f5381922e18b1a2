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

internal import Logging
internal import Supervision

/// Where a tree of supervisors logs: what ``SupervisorSpec/logging(to:level:events:forwardingTo:)`` was given.
struct TreeLogging: Sendable {
    let tree: LogTree
    let level: Logger.Level
    let other: (@Sendable (_ label: String) -> any LogHandler)?

    /// What a worker with this runtime name logs with.
    func worker(_ path: String) -> WorkerLogging? {
        (try? LogPath(path)).map { WorkerLogging(path: $0, logging: self) }
    }
}

extension TreeLogging {
    /// The name under which a tree of supervisors has it.
    enum Key: TreeValueKey {
        typealias Value = TreeLogging
    }
}

/// What one worker logs with, made once for all of its incarnations.
struct WorkerLogging: Sendable {
    let node: LogNode
    let logger: Logger
    var handler: any LogHandler { logger.handler }

    init(path: LogPath, logging: TreeLogging) {
        self.node = logging.tree.node(path)
        self.logger = node.logger(level: logging.level, forwardingTo: logging.other)
    }
}

extension ChildContext {
    /// `nil` if nobody above logs to a tree.
    var logging: WorkerLogging? {
        guard let logging = provided(TreeLogging.Key.self) else { return nil }
        return attachment(of: WorkerLogging.self) { logging.worker($0) }
    }
}
