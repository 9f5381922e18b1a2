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

/// What went wrong, with what a person can do about it.
struct Explanation: CustomStringConvertible {
    let description: String

    init(of error: any Error) {
        guard let error = error as? SupervisorError else {
            description = String(describing: error)
            return
        }
        var text = error.explain
        if let program = Self.missingProgram(error) {
            text += "\nInstall \(program) (Debian, Ubuntu: sudo apt-get install \(program)), or put it in the PATH."
        }
        description = text
    }

    private static let programs = ["redis": "redis-server", "nginx": "nginx"]

    private static func missingProgram(_ error: SupervisorError) -> String? {
        var next: (any Error)? = error
        while let error = next as? SupervisorError {
            if error.code == .spawnFailed, let name = error.path?.split(separator: "/").last {
                return programs[String(name)]
            }
            next = error.underlying
        }
        return nil
    }
}

extension SupervisorError {
    /// What went wrong, in as few words as there are: for a column.
    var brief: String {
        underlying.map { ($0 as? SupervisorError)?.brief ?? String(describing: $0) } ?? message
    }
}
