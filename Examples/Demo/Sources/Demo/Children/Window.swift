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

/// Puts the number of orders on the page that nginx shows.
struct Window: Sendable {
    let redisPort: Int
    let premises: Premises
    let mishaps: Mishaps

    var child: ChildSpec {
        ChildSpec("window") { context, notifyStart in
            try await RedisConnection.open(port: redisPort) { redis in
                while true {
                    let orders = try await redis.integer("orders") ?? 0
                    try premises.write(Self.page(orders: orders), to: Self.file)
                    // Up when there is something to see; the calls after the first one say nothing new.
                    notifyStart()
                    try mishaps.mayStrike("the window has steamed up")
                    try await context.sleep(for: .milliseconds(400))
                }
            }
        }
    }

    /// Where the page is, within the shop's directory.
    static let file = "\(Nginx.pages)/index.html"

    static func page(orders: Int) -> String {
        "<!doctype html>\n<title>Shop</title>\n<p>\(orders) \(Self.mark)</p>\n"
    }

    /// What tells our page from any other.
    static let mark = "orders so far"
}
