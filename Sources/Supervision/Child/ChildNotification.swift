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

/// That a child which was started without a supervisor has ended by itself; see
/// ``ChildSpec/start(supervisorName:on:notifications:)``.
public struct ChildNotification: Sendable, Equatable {
    /// The name of the child.
    public let name: String

    /// The name of its supervisor and its own, joined by `/`.
    public let runtimeName: String

    /// What it failed with; `nil` if it completed, or declined to start. The error that the body threw is the
    /// ``SupervisorError/rootCause``.
    public let error: SupervisorError?
}

extension ChildNotification: CustomStringConvertible {
    /// The end as one sentence.
    public var description: String {
        error.map { "\(runtimeName) failed: \($0.rootCause)" } ?? "\(runtimeName) completed"
    }
}

extension ChildSpec {
    /// Start one child without a supervision tree, and return when it is up.
    ///
    /// It runs as any child does: its start is acknowledged, it is stopped by its stop ladder. But nobody restarts it:
    /// ``restart`` and what belongs to it say what a supervisor would do. It is on its own until it ends; dropping the
    /// handle stops nothing.
    ///
    /// How it ended is told exactly once: to whoever stopped it, by ``Child/terminate()``; or, if it ended by itself, as a
    /// notification.
    ///
    /// ```swift
    /// let child = try await spec.start(supervisorName: "lab") { notification in print(notification) }
    /// try await child.terminate()
    /// ```
    ///
    /// - Parameters:
    ///   - supervisorName: What stands before its name in its runtime name. As valid as a child's name has to be.
    ///   - runtime: What it runs on.
    ///   - notifications: Who is told that it has ended by itself. Called once at most, in a task of its own.
    /// - Throws: What the start failed at. Cancelling the calling task stops the child again; if it was cancelled before,
    ///   nothing is started.
    public func start(
        supervisorName: String,
        on runtime: SupervisorRuntime = .shared,
        notifications: (@Sendable (ChildNotification) async -> Void)? = nil
    ) async throws(SupervisorError) -> Child {
        let tree = try await Supervisor.start(
            SupervisorSpec(supervisorName) {}.endingItself(.anySignificant),
            on: runtime
        ).tree
        let end = ChildEnd(name: name, runtimeName: "\(supervisorName)/\(name)", notify: notifications)
        end.follow(tree)
        do throws(SupervisorError) {
            guard let root = NodeHandle.root(of: tree) else { throw SupervisorError.unreachable() }
            return Child(node: try await root.start(alone).given(self))
        } catch {
            tree.requestStop(within: nil)
            _ = await tree.end()
            throw error
        }
    }

    /// The same child for a supervisor that is only there to run it.
    private var alone: SupervisorSpec.Node {
        var spec = self
        spec.restart = .temporary
        spec.isSignificant = true
        spec.group = nil
        spec.tolerance = nil
        return SupervisorSpec.Node(spec)
    }
}

/// Follows a child that runs on its own: tells of its end, and ends the tree.
private struct ChildEnd: Sendable {
    let name: String
    let runtimeName: String
    let notify: (@Sendable (ChildNotification) async -> Void)?

    func follow(_ tree: TreeHandle) {
        let events = Supervisor.Events(reader: tree.subscribe(buffer: 64), criteria: .path(runtimeName))
        _ = tree.surroundings.detach {
            for await case .event(let event) in events {
                switch event.kind {
                case .completed, .failed, .declined:
                    // The tree ends with its child, but for one that was not needed.
                    if event.kind == .declined { tree.requestStop(within: nil) }
                    await notify?(ChildNotification(name: name, runtimeName: runtimeName, error: event.error))
                    return
                case .terminated, .terminationFailed:
                    // Unless it was to be restarted it is gone, or will be. A later incarnation may have ended by itself
                    // meanwhile: that is still to be told, before the events end.
                    if NodeHandle.find(runtimeName, in: tree)?.snapshot()?.state.isUp ?? false { continue }
                    tree.requestStop(within: nil)
                default: continue
                }
            }
        }
    }
}
