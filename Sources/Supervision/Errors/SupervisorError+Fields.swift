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

extension SupervisorError {
    /// The error as keys and values, for structured logs. Every key is there once; the order is that of the chain, from
    /// the outside in.
    ///
    /// What is said of a supervisor begins with `supervisor.`, of the one below it that the failure came from with
    /// `supervisor.subtree.`, of the next one with `supervisor.subtree.subtree.`, and so on: the keys of a level are the
    /// prefix of those below it, and nothing below can be taken for it.
    ///
    /// ```swift
    /// logger.error("\(error)", metadata: Dictionary(uniqueKeysWithValues: error.fields.map { ($0.key, "\($0.value)") }))
    /// ```
    ///
    /// <doc:Errors> lists the keys.
    public var fields: [(key: String, value: String)] {
        var fields = ErrorFields()
        fields.add(self, prefix: "supervisor")
        return fields.list
    }
}

private struct ErrorFields {
    private(set) var list: [(key: String, value: String)] = []
    private var keys: Set<String> = []

    /// What is known of a failure at one level, and of those below it.
    mutating func add(_ error: SupervisorError, prefix: String) {
        add(prefix, "name", supervisor(of: error))
        add(prefix, "error.code", error.code.description)
        add(prefix, "error.message", error.message)
        switch error.code {
        case .invalidSpec where !error.related.isEmpty:
            for (number, fault) in error.related.enumerated() {
                add(prefix, "fault.\(number).name", fault.path)
                add(prefix, "fault.\(number).error", fault.message)
            }
            return
        case .startFailed:
            addNode(error, as: "start.node", prefix: prefix)
        case .toleranceExceeded:
            addRestart(error, prefix: prefix)
        case .acquireFailed:
            add(prefix, "build.error", reason(of: error))
        case .releaseFailed:
            add(prefix, "termination.cleanup.error", reason(of: error))
        default:
            add(prefix, "error.cause", error.underlying.map { String(describing: $0) })
            addProcess(of: error, prefix: prefix)
        }
        if let below = below(error) {
            add(below, prefix: prefix + ".subtree")
        }
        addTermination(error.related, prefix: prefix)
    }

    /// A failed start and an exceeded tolerance of its own are told of the child that they are of.
    private func supervisor(of error: SupervisorError) -> String? {
        guard let path = error.path else { return nil }
        switch error.code {
        case .startFailed:
            return parent(of: path)
        case .toleranceExceeded:
            return path == (error.underlying as? SupervisorError)?.path ? parent(of: path) : path
        default:
            return path
        }
    }

    private func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
    }

    /// The failure of the supervisor below that brought this one about, if one did. A failed start is one of the supervisor
    /// above what did not start.
    private func below(_ error: SupervisorError) -> SupervisorError? {
        let below = error.underlying as? SupervisorError
        return below.map { isOfSupervisor($0.code) || $0.code == .startFailed } == true ? below : nil
    }

    private func isOfSupervisor(_ code: SupervisorError.Code) -> Bool {
        [.acquireFailed, .terminationFailed, .toleranceExceeded, .stoppedDuringStart].contains(code)
    }

    // MARK: Parts

    private mutating func addRestart(_ error: SupervisorError, prefix: String) {
        let last = error.underlying as? SupervisorError
        addNode(last ?? error, as: "restart.node", prefix: prefix, reasonKey: "error.last.msg")
        if let first = error.firstFailure {
            add(prefix, "restart.node.error.source.name", first.path)
            add(prefix, "restart.node.error.source.msg", reason(of: first))
        }
        if case .failures(let count, let window)? = error.exceededTolerance?.kind {
            add(prefix, "restart.node.error.count", "\(count)")
            add(prefix, "restart.node.error.duration", "\(window)")
        }
    }

    /// What did not stop cleanly, in the order of the names.
    private mutating func addTermination(_ failures: [SupervisorError], prefix: String) {
        for failure in failures where failure.code == .releaseFailed {
            add(prefix, "termination.cleanup.error", reason(of: failure))
        }
        let children = failures.filter { $0.code != .releaseFailed }.sorted { ($0.path ?? "") < ($1.path ?? "") }
        for (number, child) in children.enumerated() {
            if isOfSupervisor(child.code) {
                add(child, prefix: prefix + ".subtree.\(number)")
            } else if let below = below(child) {
                add(below, prefix: prefix + ".subtree.\(number)")
            } else {
                addNode(child, as: "termination.node.\(number)", prefix: prefix)
            }
        }
    }

    private mutating func addNode(
        _ error: SupervisorError,
        as node: String,
        prefix: String,
        reasonKey: String = "error"
    ) {
        add(prefix, "\(node).name", error.path)
        add(prefix, "\(node).\(reasonKey)", reason(of: error))
        addProcess(of: error, prefix: "\(prefix).\(node)")
    }

    private mutating func addProcess(of error: SupervisorError, prefix: String) {
        let origin = error.underlying as? SupervisorError
        add(prefix, "system", (error.systemErrorNumber ?? origin?.systemErrorNumber).map { "\($0)" })
        if let unready = error.unready ?? origin?.unready {
            add(prefix, "process.readiness.rule", "\(unready.rule)")
            add(prefix, "process.readiness.missing", unready.missing)
            add(prefix, "process.readiness.seen", unready.lastSeen)
        }
        guard let process = error.process ?? origin?.process else { return }
        add(prefix, "process.stage", process.stage?.description)
        add(prefix, "process.pid", process.pid > 0 ? "\(process.pid)" : nil)
        add(prefix, "process.status", process.status.map { "\($0)" })
        add(prefix, "process.signal", process.signal?.description)
        add(prefix, "process.output", error.processOutput ?? origin?.processOutput)
    }

    /// Why, in one sentence.
    private func reason(of error: SupervisorError) -> String {
        error.underlying.map { String(describing: $0) } ?? error.message
    }

    private mutating func add(_ prefix: String, _ key: String, _ value: String?) {
        let key = "\(prefix).\(key)"
        guard let value, keys.insert(key).inserted else { return }
        list.append((key, value))
    }
}
