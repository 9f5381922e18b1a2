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

/// Ends the process at the first failure that it is told of.
package struct FailurePropagation: StateObserver {
    package init() {}

    package func stateChanged(_ change: StateChange) {}

    package func eventHappened(_ event: Supervisor.Event) {
        switch event.kind {
        case .failed, .startFailed, .terminationFailed:
            let why = event.error.map { SupervisorError.explain($0) } ?? "it failed"
            Platform.writeToStandardError("\(event.path): \(event.kind), and failures are propagated\n\(why)\n")
            Platform.exit(1)
        default:
            return
        }
    }
}
