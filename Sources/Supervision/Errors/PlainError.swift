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

/// The parts of an error that did not come from the core.
final class PlainError: SupervisorError.Storage {
    let code: SupervisorError.Code
    let path: String?
    let message: String
    let underlying: (any Error)?
    let related: [SupervisorError]

    init(
        code: SupervisorError.Code,
        path: String?,
        message: String,
        underlying: (any Error)?,
        related: [SupervisorError]
    ) {
        self.code = code
        self.path = path
        self.message = message
        self.underlying = underlying
        self.related = related
    }
}

extension SupervisorError {
    init(
        code: Code,
        path: String? = nil,
        message: String,
        underlying: (any Error)? = nil,
        related: [SupervisorError] = []
    ) {
        self.init(PlainError(code: code, path: path, message: message, underlying: underlying, related: related))
    }

    static func refused() -> SupervisorError {
        SupervisorError(
            code: .cancelled,
            message: "nothing was started, because the task that asked for it was cancelled already",
            underlying: CancellationError()
        )
    }

    /// A tree that cannot be asked: this is a child of `fork()`, or there is no memory.
    static func unreachable() -> SupervisorError {
        SupervisorError(code: .unsupported, message: "the tree cannot be reached from this process")
    }

    /// A wait that ended because its task was cancelled.
    static func waitCancelled() -> SupervisorError {
        SupervisorError(
            code: .cancelled,
            message: "the wait was cancelled; the tree goes on",
            underlying: CancellationError()
        )
    }
}
