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

public import Supervision
internal import Synchronization

extension ProcessCommand.Output {
    /// They go to a log tree, line by line, at the node of the process.
    ///
    /// Lines of standard output and of standard error are never glued together, nor those of two incarnations. What has no
    /// newline at the end is a line. Nothing waits for anything: a process is never held up.
    ///
    /// ```swift
    /// ChildSpec("api", command: ProcessCommand("kube-apiserver", output: .log(.klog())))
    /// ```
    ///
    /// - Parameters:
    ///   - format: What the lines are. Those that are something else become raw entries.
    ///   - tree: The log tree; `nil` is the one that a supervisor above was given by `SupervisorSpec.logging`. Where there
    ///     is none the spec has a fault.
    ///   - limit: The longest line in bytes; of a longer one the beginning is kept. `nil` is 1,024 for raw lines and 65,536
    ///     for others.
    ///   - options: Whether the two have one pipe, and how long what descendants hold open is waited for.
    public static func log(
        _ format: LogFormat = .raw,
        to tree: LogTree? = nil,
        limit: Int? = nil,
        options: ProcessCommand.LineOptions = ProcessCommand.LineOptions()
    ) -> ProcessCommand.Output {
        .received(options) { values, path in
            guard let tree = tree ?? values[TreeLogging.Key.self]?.tree else {
                throw LogError(
                    code: .noLogTree,
                    message: "there is no log tree; give one to `.log(_:to:)` or, with `logging(to:)`, to a supervisor"
                )
            }
            return ProcessLog(node: tree.node(try LogPath(path)), format: format, limit: limit)
        }
    }
}

/// Puts the output of the incarnations of one process into its node.
private final class ProcessLog: ProcessLineReceiver {
    private let node: LogNode
    private let format: LogFormat
    private let limit: Int?

    /// A writer for each stream that is open.
    private let writers = Mutex<[ProcessLinePiece.Source: LogLineWriter]>([:])

    init(node: LogNode, format: LogFormat, limit: Int?) {
        self.node = node
        self.format = format
        self.limit = limit
    }

    func receive(_ text: Span<UInt8>, _ piece: ProcessLinePiece) {
        if piece.isEnd {
            // Goes with what it has not written yet.
            writers.withLock { $0.removeValue(forKey: piece.source) }?.flush()
            return
        }
        let writer = writers.withLock { writers in
            if let writer = writers[piece.source] { return writer }
            let writer = node.lines(format, limit: limit)
            writers[piece.source] = writer
            return writer
        }
        if piece.isContinued {
            writer.writePart(text)
        } else {
            writer.writeLine(text)
        }
    }
}
