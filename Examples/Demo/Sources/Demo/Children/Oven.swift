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

/// Bakes loaves for the ``Counter``.
struct Oven: Sendable {
    let hatch: Hatch
    let mishaps: Mishaps

    var child: ChildSpec {
        // Asked to stop it is told to drain first, so that the batch that is in is baked to its end.
        ChildSpec("oven", shutdown: .drain(.seconds(1))) { context, notifyStart in
            let loaves = hatch.open()
            defer { loaves.finish() }
            notifyStart()
            var baked = 0
            while !context.isStopRequested {
                try mishaps.mayStrike("the oven is cold")
                try await context.sleep(for: .milliseconds(250))
                baked += 1
                loaves.yield(baked)
            }
        }
    }
}
