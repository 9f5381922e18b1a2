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

internal import CSupervisorCore

extension ChildContext {
    /// Run children below this incarnation, all or none; as a group if there is a mode.
    func run(
        _ nodes: [SupervisorSpec.Node],
        as mode: SupervisorSpec.Group.Mode? = nil
    ) throws(SupervisorError) -> [NodeHandle] {
        guard let own = NodeHandle(of: self) else { throw over("run a child") }
        let inner = worker.extras.inner(of: worker)
        let origins = nodes.map { $0.origin(in: inner) }
        let list = try Lowering.list(origins)
        try claimNames(of: origins, own)
        let ticket = ObserverPump.Ticket()
        let watches = nodes.map { own.follow($0, ticket) }
        var made = unsafe [sup_child](repeating: own.child.child, count: origins.count)
        var report: OpaquePointer?
        defer { unsafe sup_report_unref(report) }
        let answer = worker.withLive(incarnation) { child -> Int32 in
            // Safe, as below: the tree is there, and all that is handed over lives during the call.
            guard let mode else {
                return unsafe sup_child_run(child.child, list.pointers.first ?? nil, &made, &report)
            }
            return unsafe list.pointers.withUnsafeBufferPointer { specs in
                unsafe sup_child_run_group(
                    child.child,
                    mode.core,
                    specs.baseAddress,
                    specs.count,
                    &made,
                    &report
                )
            }
        }
        guard answer == 0 else {
            for watch in watches { watch?.end() }
            worker.surroundings.pump.remove(ticket)
            releaseNames(of: origins, own)
            guard let answer else { throw over("run a child") }
            throw unsafe refusal(answer, report, of: origins)
        }
        return zip(origins, watches).enumerated().map { index, node in
            let handle = unsafe NodeHandle(tree: own.tree, child: CoreChild(made[index]), origin: node.0)
            node.1?.set(handle.child)
            return handle
        }
    }

    /// Run a temporary child once, at any time, and return when it is up; `ended` is told of its end.
    func runOnce(_ spec: ChildSpec, ended: Completion) async throws(SupervisorError) -> NodeHandle {
        guard let own = NodeHandle(of: self) else { throw over("run a child") }
        guard worker.spec.runsChildren else { throw mayNotRun(spec.name) }
        let inner = worker.extras.inner(of: worker)
        let node = SupervisorSpec.Node(spec)
        try claimNames(of: [node.origin(in: inner)], own)
        do throws(SupervisorError) {
            return try await own.startOnce(node, in: inner, ended: ended)
        } catch {
            releaseNames(of: [node.origin(in: inner)], own)
            throw error
        }
    }

    private func mayNotRun(_ name: String) -> SupervisorError {
        SupervisorError(
            code: .misuse,
            path: path,
            message:
                "the child \(name) was not run, because it may not run children; make it a runnable, or say runningChildren() of its spec"
        )
    }

    /// It is healthy, unless it has said so before.
    func signalHealthyOnce() throws(SupervisorError) {
        switch child?.state {
        case NodeState.healthy, NodeState.done: return
        default: try signal(.healthy)
        }
    }

    /// A name that a sub-logger has cannot be that of a child: their entries would be in one node of a log.
    private func claimNames(of origins: [any NodeOrigin], _ own: NodeHandle) throws(SupervisorError) {
        for origin in origins where claimName(origin.name, for: .child) == .subLogger {
            releaseNames(of: origins, own)
            throw SupervisorError(
                code: .nameTaken,
                path: path,
                message: "the child \(origin.name) was not run: a sub-logger has its name; give one of them another"
            )
        }
    }

    /// Names of what was not run are free again.
    private func releaseNames(of origins: [any NodeOrigin], _ own: NodeHandle) {
        for origin in origins where own.find(origin.name) == nil {
            releaseName(origin.name, of: .child)
        }
    }

    private func refusal(
        _ code: Int32,
        _ report: OpaquePointer?,
        of origins: [any NodeOrigin]
    ) -> SupervisorError {
        let names = origins.map(\.name).joined(separator: ", ")
        let what = origins.count == 1 ? "the child \(names)" : "none of \(names)"
        let doing = origins.count == 1 ? "\(what) was not run" : "\(what) was run"
        switch sup_errno(rawValue: code) {
        case .SUP_EINVAL:
            return SupervisorError(
                code: .misuse,
                path: path,
                message:
                    "\(doing), because it may not run children; make it a runnable, or say runningChildren() of its spec"
            )
        case .SUP_EHEALTHY:
            return SupervisorError(
                code: .misuse,
                path: path,
                message: "\(doing), because it has signalled healthy; run all children before that"
            )
        case .SUP_EEXIST:
            return SupervisorError(
                code: .nameTaken,
                path: path,
                message: "\(doing), because a child of the same name is there already; give each a name of its own"
            )
        default:
            return unsafe SupervisorError(coreCode: code, report: report, path: path, doing: doing)
        }
    }

    /// What calls of a dead incarnation answer.
    private func over(_ what: String) -> SupervisorError {
        SupervisorError(
            code: .gone,
            path: worker.path,
            message: "incarnation \(incarnationNumber) of it has ended, and cannot \(what) any more"
        )
    }

    /// Signal, and return when observers were told.
    func send(_ signal: Signal) throws(SupervisorError) {
        let answer = worker.withLive(incarnation) { child in
            switch signal.kind {
            case .healthy: child.signalHealthy()
            case .done: child.signalDone()
            }
        }
        guard let answer else { throw over("signal \(signal)") }
        worker.surroundings.pump.flush()
        switch sup_errno(rawValue: answer) {
        case _ where answer == 0: return
        case .SUP_EMISUSE:
            throw SupervisorError(
                code: .misuse,
                path: path,
                message:
                    "it signalled \(signal) out of turn, and has failed by that; signal healthy once, then done once"
            )
        case .SUP_EALREADY:
            throw SupervisorError(code: .misuse, path: path, message: "it has signalled \(signal) before; do so once")
        default:
            throw SupervisorError(coreCode: answer, path: path, doing: "the signal \(signal) was not taken")
        }
    }
}
