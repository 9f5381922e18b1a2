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

/// Takes orders and counts them in redis-server.
struct Till: Sendable {
    let redisPort: Int
    let mishaps: Mishaps
    let tally: Tally

    var child: ChildSpec {
        ChildSpec("till") { context, notifyStart in
            // The connection belongs to this incarnation: when it breaks, the body throws, and the next incarnation
            // opens a new one. There is no code for mending it.
            try await RedisConnection.open(port: redisPort) { redis in
                notifyStart()
                while true {
                    try mishaps.mayStrike("the drawer is jammed")
                    tally.ordered(total: try await redis.increment("orders"))
                    try await context.sleep(for: .milliseconds(150))
                }
            }
        }
    }
}
