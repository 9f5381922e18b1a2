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

/// An old van that breaks down again and again.
struct Van: Sendable {
    var child: ChildSpec {
        ChildSpec(
            "van",
            // The longer the row of failures, the longer it stays in the garage; after a good tour all is forgotten.
            backoff: RestartBackoff(
                immediate: 0,
                initial: .milliseconds(250),
                maximum: .seconds(4),
                resetAfter: .seconds(3)
            )
        ) { context in
            try await context.sleep(for: .milliseconds(Int.random(in: 300...3_500)))
            throw Fault(["flat tyre", "no petrol", "lost on the way", "the engine has stopped"].randomElement()!)
        }
    }
}
