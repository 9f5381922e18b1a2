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
import Testing

/// What workers in tests throw.
struct Oops: Error, Equatable, CustomStringConvertible {
    let number: Int

    init(_ number: Int = 0) {
        self.number = number
    }

    var description: String { "oops \(number)" }
}

extension ChildSpec {
    /// A worker that has nothing to do until it is stopped.
    static func idle(
        _ name: String,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown = .standard
    ) -> ChildSpec {
        ChildSpec(name, restart: restart, shutdown: shutdown) { context in
            await context.stopRequested()
        }
    }

    /// A worker that fails so many times and is then idle.
    static func failing(
        _ name: String,
        times: Int = .max,
        restart: ChildSpec.Restart = .permanent,
        backoff: RestartBackoff? = nil
    ) -> ChildSpec {
        let runs = Counter()
        return ChildSpec(name, restart: restart, backoff: backoff) { context in
            let run = runs.increment()
            if run <= times { throw Oops(run) }
            await context.stopRequested()
        }
    }

    /// A worker that heeds nothing until the gate is opened.
    static func deaf(
        _ name: String,
        until gate: Gate,
        shutdown: ChildSpec.Shutdown = .standard,
        whenStuck: ChildSpec.WhenStuck = .wait
    ) -> ChildSpec {
        ChildSpec(name, shutdown: shutdown, whenStuck: whenStuck) { _, notifyStart in
            notifyStart()
            await gate.wait()
        }
    }

    /// A worker that acknowledges its start when the gate is opened.
    static func slow(_ name: String, until gate: Gate, startTimeout: StartTimeout = .standard) -> ChildSpec {
        ChildSpec(name, startTimeout: startTimeout) { context, notifyStart in
            await gate.wait()
            notifyStart()
            await context.stopRequested()
        }
    }
}

/// The error that a call throws.
func failure(
    of body: () async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> SupervisorError {
    let error = await #expect(throws: SupervisorError.self, sourceLocation: sourceLocation) { try await body() }
    return try #require(error, sourceLocation: sourceLocation)
}
