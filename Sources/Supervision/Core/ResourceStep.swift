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
internal import Synchronization

/// The resource step of one supervisor of one tree.
final class ResourceStep: @unchecked Sendable {
    private let steps: ResourceSteps
    private let name: String
    private let path: String
    private let surroundings: Surroundings

    /// What was acquired, from then until its release has begun.
    private let resource = Mutex<(any Sendable)?>(nil)

    /// The task of the step that is going on. Sendable: only the core's calls touch it, and those are ordered.
    private var task: Task<Void, Never>?

    init(_ steps: ResourceSteps, name: String, path: String, surroundings: Surroundings) {
        self.steps = steps
        self.name = name
        self.path = path
        self.surroundings = surroundings
    }

    fileprivate func acquire(_ supervisor: CoreChild) {
        supervisor.retainTree()
        task = surroundings.detach {
            do {
                let resource = try await self.steps.acquire()
                let children = try await self.children(with: resource, for: supervisor)
                self.resource.withLock { $0 = resource }
                supervisor.reportBuilt(children)
            } catch {
                supervisor.reportBuildFailed(error)
            }
            supervisor.releaseTree()
        }
    }

    /// What the resource is for. If that is faulty, the core never hears of the resource, and it is released here.
    private func children(with resource: any Sendable, for supervisor: CoreChild) async throws -> CoreSpec {
        do {
            let nodes = steps.children(resource)
            let children = try Lowering.children(nodes, of: name, surroundings: surroundings)
            let end = EventCriteria.path(path) && .isStartOrEnd && !.started()
            for subscription in Subscription.list(of: nodes, path: path) {
                supervisor.begin(subscription, surroundings: surroundings, until: end)
            }
            var observers = ObserverPump.registrations(of: nodes, path: path)
            for index in observers.indices { observers[index].end = end }
            supervisor.add(
                observers,
                of: ObserverPump.paths(of: nodes, path: path),
                below: path,
                surroundings: surroundings
            )
            return children
        } catch {
            do {
                try await steps.release(resource, SupervisorSpec.ReleaseContext(abandonedChildren: 0))
            } catch let failure {
                throw SupervisorError(
                    code: .acquireFailed,
                    path: path,
                    message: "its children are faulty, and the release of its resource failed",
                    underlying: error,
                    related: [SupervisorError(code: .releaseFailed, path: path, message: "\(failure)")]
                )
            }
            throw error
        }
    }

    fileprivate func cancel() {
        task?.cancel()
    }

    fileprivate func release(_ supervisor: CoreChild, abandoned: UInt64) {
        supervisor.retainTree()
        let context = SupervisorSpec.ReleaseContext(abandonedChildren: Int(clamping: abandoned))
        task = surroundings.detach {
            let resource = self.resource.withLock { resource in
                defer { resource = nil }
                return resource
            }
            do {
                if let resource { try await self.steps.release(resource, context) }
                supervisor.reportCleaned(nil)
            } catch {
                supervisor.reportCleaned(error)
            }
            supervisor.releaseTree()
        }
    }
}

// MARK: As the core sees it

extension ResourceStep {
    /// Give the step to a supervisor of the core. The answer is that of the core.
    static func set(_ step: ResourceStep, on spec: borrowing CoreSpec) -> Int32 {
        guard let pointer = unsafe spec.borrowed else { return sup_errno.SUP_ENOMEM.rawValue }
        let table = UnsafeMutablePointer<sup_resource>.allocate(capacity: 1)
        unsafe table.initialize(
            to: sup_resource(
                size: MemoryLayout<sup_resource>.size,
                flags: UInt32(SUP_CALLBACKS_ANY_THREAD | SUP_CALLBACKS_STOP_MAY_BLOCK),
                build: build,
                cancel: cancel,
                cleanup: cleanup,
                free: free,
                build_timeout: step.steps.acquireTimeout.coreDuration ?? 0,
                cleanup_timeout: step.steps.releaseTimeout.coreDuration ?? 0
            )
        )
        let context = unsafe Unmanaged.passRetained(Context(step: step, table: table)).toOpaque()
        // Safe: the core calls `free` once with the context, also on an error; the table lives as long as the context.
        return unsafe sup_spec_set_resource(pointer, table, context)
    }

    /// The step with its table, which has its own times and so is one for each step.
    @safe
    private final class Context {
        let step: ResourceStep
        private let table: UnsafeMutablePointer<sup_resource>

        init(step: ResourceStep, table: UnsafeMutablePointer<sup_resource>) {
            self.step = step
            unsafe self.table = unsafe table
        }

        deinit {
            // Safe: `set` allocated it, and the core has done with it.
            unsafe table.deallocate()
        }
    }

    // In all of these `state` is the context: a build leaves it as it is. The spec that is being used keeps it alive.

    private static let build:
        @Sendable @convention(c) (
            UnsafeMutableRawPointer?, sup_child, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32 = { context, supervisor, _ in
            unsafe step(context).acquire(CoreChild(supervisor))
            return 0
        }

    private static let cancel: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { state in
        unsafe step(state).cancel()
    }

    private static let cleanup: @Sendable @convention(c) (UnsafeMutableRawPointer?, sup_child, UInt64) -> Void = {
        state,
        supervisor,
        abandoned in
        unsafe step(state).release(CoreChild(supervisor), abandoned: abandoned)
    }

    private static let free: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        // Safe: gives back what `set` retained.
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Context>.fromOpaque(context).release()
    }

    private static func step(_ context: UnsafeMutableRawPointer?) -> ResourceStep {
        // Safe: `set` hands over nothing else, and never nil.
        unsafe Unmanaged<Context>.fromOpaque(context!).takeUnretainedValue().step
    }
}
