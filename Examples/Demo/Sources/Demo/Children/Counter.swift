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

/// Sells what the ``Oven`` has baked.
struct Counter: Sendable {
    let hatch: Hatch
    let mishaps: Mishaps

    var child: ChildSpec {
        ChildSpec("counter") {
            for await _ in try hatch.wait() {
                try mishaps.mayStrike("the scales are broken")
            }
            // The oven is gone, or closing time has come. What follows from it is the supervisor's business.
        }
    }
}
