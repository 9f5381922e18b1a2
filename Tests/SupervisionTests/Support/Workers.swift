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
import Testing

extension ChildSpec {
    /// A worker that acknowledges its start when the gate is opened.
    static func slow(_ name: String, until gate: Gate, startTimeout: StartTimeout = .standard) -> ChildSpec {
        ChildSpec(name, startTimeout: startTimeout) { context, notifyStart in
            await gate.waitIgnoringCancellation()
            notifyStart()
            await context.stopRequested()
        }
    }
}

/// The error that a call throws.
@discardableResult
func failure(
    of body: () async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> SupervisorError {
    let error = await #expect(throws: SupervisorError.self, sourceLocation: sourceLocation) { try await body() }
    return try #require(error, sourceLocation: sourceLocation)
}
