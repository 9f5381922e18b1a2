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

/// The shop's memory: redis-server.
struct Redis: Sendable {
    let port: Int
    let premises: Premises

    func child(output: @escaping @Sendable (ProcessLine) async -> Void) -> ChildSpec {
        ChildSpec(
            "redis",
            startTimeout: .seconds(10),
            command: ProcessCommand(
                "redis-server",
                arguments: arguments,
                directory: premises.path,
                readiness: .line(containing: "Ready to accept connections"),
                output: .lines { await output($0) },
                stopSteps: [.cancel(for: .seconds(3)), .kill()]
            )
        )
    }

    private var arguments: [String] {
        // Orders survive a kill: they are kept in a file, which is read again at the next start.
        ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "yes"]
    }
}
