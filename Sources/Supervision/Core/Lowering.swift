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

/// Makes specs of the core from those of Swift, anew for each start.
///
/// The core finds the faults of a spec; found here are only those that its types cannot express, negative numbers and
/// texts with a NUL in them.
@safe
struct Lowering {
    private(set) var faults: [SupervisorError] = []

    /// Specs whose policies others can share. They live as long as the spec that is being made.
    private var prototypes: [Prototype: OpaquePointer] = unsafe [:]

    private struct Prototype: Hashable {
        let policy: ChildPolicy
        let notifiesStart: Bool
    }

    /// A whole tree.
    static func tree(_ origin: any NodeOrigin) throws(SupervisorError) -> CoreSpec {
        var lowering = Lowering()
        let root = lowering.spec(of: origin)
        try lowering.check(root, in: nil)
        return root
    }

    /// Children that a worker runs: all, or the faults of all.
    static func list(_ origins: [any NodeOrigin]) throws(SupervisorError) -> CoreSpecList {
        var lowering = Lowering()
        let list = CoreSpecList()
        var others: [SupervisorError] = []
        for origin in origins {
            let spec = lowering.spec(of: origin)
            others += lowering.faultsOfCore(spec, in: origin.surroundings.path)
            unsafe list.append(spec.take())
        }
        if !(lowering.faults + others).isEmpty { throw .invalidSpec(lowering.faults + others) }
        return list
    }

    /// A child that is added to a supervisor.
    static func child(_ origin: any NodeOrigin) throws(SupervisorError) -> CoreSpec {
        if case .worker(let worker) = origin.kind, let name = worker.simpleName, worker.spec.shared.policy.runs != .tree
        {
            let made = WorkerCallbacks.spec(worker, name: name)
            if !worker.hasOwnPolicy || worker.spec.shared.prototype.share(with: made, of: worker) { return made }
        }
        var lowering = Lowering()
        let spec = lowering.spec(of: origin)
        try lowering.check(spec, in: origin.surroundings.path)
        return spec
    }

    /// The children that a resource step lists, in a supervisor that is only there to hold them.
    static func children(
        _ nodes: [SupervisorSpec.Node],
        of supervisor: String,
        surroundings: Surroundings
    ) throws(SupervisorError) -> CoreSpec {
        var lowering = Lowering()
        let holder = unsafe CoreSpec(owned: sup_supervisor_spec(supervisor, .SUP_ONE_FOR_ONE))
        lowering.add(nodes, to: holder, surroundings: surroundings)
        try lowering.checkAll(holder, in: surroundings.path?.parentPath)
        return holder
    }

    /// Throw all faults, those that the core finds included, if some were found here; otherwise the core will tell.
    private func check(_ spec: borrowing CoreSpec, in path: String?) throws(SupervisorError) {
        if !faults.isEmpty { try checkAll(spec, in: path) }
    }

    /// Throw all faults, those that the core finds included.
    private func checkAll(_ spec: borrowing CoreSpec, in path: String?) throws(SupervisorError) {
        let all = faults + faultsOfCore(spec, in: path)
        if !all.isEmpty { throw .invalidSpec(all) }
    }

    /// The faults that the core finds in a spec of a child of the node with this path.
    private func faultsOfCore(_ spec: borrowing CoreSpec, in path: String?) -> [SupervisorError] {
        guard let pointer = unsafe spec.borrowed else { return [] }
        var report: OpaquePointer?
        // Safe: the spec lives during the call, and the report is given back.
        let code = unsafe sup_spec_check(pointer, &report)
        defer { unsafe sup_report_unref(report) }
        guard code != 0 else { return [] }
        let error = unsafe SupervisorError(coreCode: code, report: report, doing: "the spec has faults")
        guard error.code == .invalidSpec, !error.related.isEmpty else { return [error] }
        guard let path else { return error.related }
        return error.related.map { fault in fault.placed(at: fault.path.map { "\(path)/\($0)" } ?? path) }
    }

    mutating func fault(_ path: String, _ message: String) {
        faults.append(SupervisorError(code: .invalidSpec, path: path, message: message))
    }

    // MARK: Nodes

    private mutating func spec(of origin: any NodeOrigin) -> CoreSpec {
        switch origin.kind {
        case .worker(let worker): self.worker(worker)
        case .process(let process): self.process(process)
        case .supervisor(let supervisor): self.supervisor(supervisor)
        }
    }

    private mutating func add(
        _ nodes: [SupervisorSpec.Node],
        to supervisor: borrowing CoreSpec,
        surroundings: Surroundings
    ) {
        // Not by the nodes themselves, each of which would be copied once more.
        for index in nodes.indices {
            let made = spec(of: nodes[index].origin(in: surroundings))
            _ = unsafe sup_spec_add(supervisor.borrowed, made.take())
        }
    }

    // MARK: Supervisors

    private mutating func supervisor(_ origin: SupervisorOrigin) -> CoreSpec {
        let spec = origin.spec
        let path = origin.path
        let name = checkedName(spec.name, path: path)
        let made = unsafe CoreSpec(owned: sup_supervisor_spec(name, spec.strategy.core))
        // A spec for which there was no memory is told to the one above when it is added.
        guard let pointer = unsafe made.borrowed else { return made }
        made.set(origin)
        // Safe, as all setters below: the spec is ours, and what it is given is copied. Each notes its faults in the spec.
        _ = unsafe sup_spec_set_order(pointer, spec.order.core)
        unsafe setTolerance(spec.tolerance, on: pointer, path: path)
        unsafe set(backoff: spec.backoff, on: pointer, path: path)
        if spec.startLimit != 1 {
            if spec.startLimit < 1 {
                fault(path, "`startLimit` is \(spec.startLimit); give it 1 for one after another, or more")
            } else {
                _ = unsafe sup_spec_set_start_limit(pointer, UInt32(clamping: spec.startLimit))
            }
        }
        if spec.stopsConcurrently {
            _ = unsafe sup_spec_set_concurrent_stop(pointer, true)
        }
        if let limit = spec.childLimit {
            if limit < 1 {
                fault(path, "`childLimit` is \(limit); give it 1 or more, or nil for any number")
            } else {
                _ = unsafe sup_spec_set_child_limit(pointer, UInt32(clamping: limit))
            }
        }
        if spec.autoShutdown != .never {
            _ = unsafe sup_spec_set_auto_shutdown(pointer, spec.autoShutdown.core)
        }
        for group in spec.groups {
            _ = unsafe sup_spec_add_group(pointer, checkedName(group.name, path: path), group.mode.core)
        }
        var policy = ChildPolicy(
            restart: spec.restart,
            shutdown: spec.shutdown,
            startTimeout: spec.startTimeout,
            whenStuck: spec.whenStuck
        )
        policy.after = spec.after
        policy.group = spec.group
        policy.isSignificant = spec.isSignificant
        policy.tolerance = spec.ownTolerance
        policy.whenExceeded = spec.whenExceeded
        unsafe set(policy, on: pointer, path: path)
        switch spec.content {
        case .nodes(let nodes):
            add(nodes, to: made, surroundings: origin.inner)
        case .resource(let steps):
            set(steps, on: made, of: origin)
        }
        return made
    }

    private mutating func set(_ steps: ResourceSteps, on spec: borrowing CoreSpec, of origin: SupervisorOrigin) {
        for (time, label) in [
            (steps.acquireTimeout, "acquireTimeout"), (steps.releaseTimeout, "releaseTimeout"),
        ] where time <= .zero {
            fault(origin.path, "`\(label):` is \(time); give it a time above zero")
        }
        let step = ResourceStep(steps, name: origin.name, path: origin.path, surroundings: origin.inner)
        _ = ResourceStep.set(step, on: spec)
    }

    // MARK: Children

    private mutating func worker(_ worker: Worker) -> CoreSpec {
        let made = WorkerCallbacks.spec(worker, name: worker.simpleName ?? checkedName(worker.name, path: worker.path))
        guard let pointer = unsafe made.borrowed, worker.hasOwnPolicy else { return made }
        let key = Prototype(policy: worker.spec.shared.policy, notifiesStart: worker.spec.work.notifiesStart)
        if let prototype = unsafe prototypes[key] {
            _ = unsafe sup_spec_share_policy(pointer, prototype)
            return made
        }
        let faultsBefore = faults.count
        unsafe setPolicy(of: worker, on: pointer)
        // A policy with faults is told for every child that has it.
        if faults.count == faultsBefore, unsafe sup_spec_check(pointer, nil) == 0 {
            unsafe prototypes[key] = unsafe pointer
        }
        return made
    }

    mutating func setPolicy(of worker: Worker, on spec: OpaquePointer) {
        if worker.spec.work.notifiesStart { _ = unsafe sup_spec_set_notify_start(spec, true) }
        unsafe set(worker.spec.shared.policy, on: spec, path: worker.path)
    }

    private mutating func process(_ origin: ProcessOrigin) -> CoreSpec {
        let path = origin.path
        if case .classified = origin.spec.work {
            fault(
                path,
                "`classifyingFailures` is for workers, and it is a process; give its command `preventRestartOn:` or "
                    + "`forceRestartOn:`"
            )
        }
        let name = checkedName(origin.name, path: path)
        let made = command(origin.command, name: name, path: path)
        guard let pointer = unsafe made.borrowed else { return made }
        made.set(origin)
        var policy = origin.spec.shared.policy
        if policy.shutdown == .standard, let steps = origin.command.stopSteps {
            policy.shutdown = .ladder(steps)
        }
        // The core tells that a process does not.
        if policy.runs == .children { _ = unsafe sup_spec_set_runs_children(pointer, true) }
        unsafe set(policy, on: pointer, path: path)
        setOutput(of: origin.command, name: name, on: made, path: path, surroundings: origin.surroundings)
        return made
    }

    // MARK: Texts and times

    /// The name as the core can see it.
    mutating func checkedName(_ name: String, path: String) -> String {
        guard name.utf8.contains(0) else { return name }
        let shown = path.replacingNUL()
        fault(shown, "its name has a NUL in it; give it a name of printable characters")
        return name.replacingNUL()
    }

    /// The time as the core can see it.
    mutating func checkedTime(_ time: Duration, _ label: String, path: String) -> sup_duration? {
        if let nanoseconds = time.coreDuration { return nanoseconds }
        fault(path, "`\(label)` is \(time); give it a time that is not negative")
        return nil
    }
}

extension String {
    /// The same with what stands for a NUL in its place.
    fileprivate func replacingNUL() -> String {
        String(map { $0 == "\0" ? "\u{2400}" : $0 })
    }
}

extension SupervisorSpec.Strategy {
    fileprivate var core: sup_strategy {
        switch kind {
        case .oneForOne: .SUP_ONE_FOR_ONE
        case .oneForAll: .SUP_ONE_FOR_ALL
        case .restForOne: .SUP_REST_FOR_ONE
        }
    }
}

extension SupervisorSpec.AutoShutdown {
    fileprivate var core: sup_auto_shutdown {
        switch kind {
        case .never: .SUP_AUTO_SHUTDOWN_NEVER
        case .anySignificant: .SUP_AUTO_SHUTDOWN_ANY
        case .allSignificant: .SUP_AUTO_SHUTDOWN_ALL
        }
    }
}

extension SupervisorSpec.Group.Mode {
    var core: sup_group_mode {
        switch kind {
        case .together: .SUP_GROUP_TOGETHER
        case .each: .SUP_GROUP_EACH
        }
    }
}

extension SupervisorSpec.Order {
    fileprivate var core: sup_order {
        switch kind {
        case .leftToRight: .SUP_LEFT_TO_RIGHT
        case .rightToLeft: .SUP_RIGHT_TO_LEFT
        }
    }
}

extension Worker {
    /// The name, if the core can see all of it.
    fileprivate var simpleName: String? {
        name.utf8.contains(0) ? nil : name
    }

    /// Whether its policy differs from that of most workers.
    fileprivate var hasOwnPolicy: Bool {
        !spec.shared.isOfDefaults || spec.work.notifiesStart
    }
}
