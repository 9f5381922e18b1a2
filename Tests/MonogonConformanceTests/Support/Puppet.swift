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

import Supervision
import SupervisionTesting
import Synchronization

/// A runnable that does what a test tells it, and whose contexts the test has.
final class Puppet: Sendable {
    /// What it does when it is stopped.
    enum Obedience: Sendable {
        /// It throws the error of its cancellation.
        case cancels
        case returns
        case throwsError
        /// It takes so long, and is then cancelled.
        case takes(Duration)
        /// It goes on until the gate is open.
        case ignores(until: Gate)
    }

    private struct State {
        var contexts: [ChildContext] = []
        var end: Result<Void, any Error>?
        var gate = Gate()
        var obedience = Obedience.cancels
    }

    let name: String
    private let begin: @Sendable (ChildContext) async throws -> Void
    private let state = Mutex(State())

    /// - Parameter begin: What each incarnation does before it waits to be told more.
    init(
        _ name: String,
        _ obedience: Obedience = .cancels,
        begin: @escaping @Sendable (ChildContext) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.begin = begin
        state.withLock { $0.obedience = obedience }
    }

    /// How often it was run.
    var runs: Int { state.withLock { $0.contexts.count } }

    /// The context of an incarnation: the last one, or the one with this number.
    func context(_ number: Int? = nil) -> ChildContext {
        state.withLock { state in number.map { state.contexts[$0 - 1] } ?? state.contexts.last! }
    }

    /// Without chance in its delays: 1 s each.
    func spec(_ backoff: RestartBackoff = .steady) -> ChildSpec {
        .runnable(name, backoff: backoff) { try await self.run($0) }
    }

    func fail(_ error: any Error = ScriptedFailure()) { end(.failure(error)) }

    /// Let it return.
    func finish() { end(.success(())) }

    /// Let it signal healthy and done, and return.
    func beDone() throws {
        try context().signal(.healthy)
        try context().signal(.done)
        finish()
    }

    private func end(_ result: Result<Void, any Error>) {
        let gate = state.withLock { state in
            state.end = result
            return state.gate
        }
        gate.open()
    }

    func run(_ context: ChildContext) async throws {
        let gate = Gate()
        let obedience = state.withLock { state in
            state.contexts.append(context)
            state.end = nil
            state.gate = gate
            return state.obedience
        }
        try await begin(context)
        if case .ignores(let until) = obedience {
            await until.waitIgnoringCancellation()
        } else {
            try? await gate.wait()
        }
        if let end = state.withLock({ $0.end }) { return try end.get() }
        switch obedience {
        case .returns: return
        case .throwsError: throw ScriptedFailure()
        case .takes(let time):
            await Puppet.pause(time, context)
            throw CancellationError()
        case .cancels, .ignores: throw CancellationError()
        }
    }

    /// Time passes although the task is cancelled.
    private static func pause(_ time: Duration, _ context: ChildContext) async {
        await withoutCancellation { try? await context.sleep(for: time) }
    }
}

extension RestartBackoff {
    /// One second, always.
    static let steady = RestartBackoff(
        immediate: 0,
        initial: .seconds(1),
        maximum: .seconds(1),
        multiplier: 1,
        jitter: 0
    )
}

extension ChildContext {
    @discardableResult
    func run(_ puppet: Puppet) throws(SupervisorError) -> Child {
        try run(puppet.spec())
    }
}

/// Run the test with a tree whose root is this puppet.
nonisolated(nonsending) func withRoot(
    _ root: Puppet,
    seed: UInt64 = 1,
    observers: [any StateObserver] = [],
    body: nonisolated(nonsending) (_ tree: TestTree) async throws -> Void
) async throws {
    let tree = try await TestTree(launching: root.spec(), seed: seed, observers: observers)
    do {
        try await body(tree)
    } catch {
        try? await tree.terminate()
        throw error
    }
    if tree.endResult == nil { try? await tree.terminate() }
}

/// The error that the body throws.
nonisolated(nonsending) func failure(
    _ body: nonisolated(nonsending) () async throws -> Void
) async -> SupervisorError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? SupervisorError
    }
}

/// Writes down the states of nodes.
final class Diary: StateObserver {
    private let lines = Mutex<[String]>([])

    func stateChanged(_ change: StateChange) {
        lines.withLock { $0.append("\(change.path) \(change.state)") }
    }

    var all: [String] { lines.withLock { $0 } }

    /// Those of one node.
    subscript(path: String) -> [String] {
        lines.withLock { $0.filter { $0.hasPrefix(path + " ") }.map { String($0.dropFirst(path.count + 1)) } }
    }
}
