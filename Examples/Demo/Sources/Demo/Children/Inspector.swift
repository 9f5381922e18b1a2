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

/// Looks at the page from outside, as a customer would.
struct Inspector: Sendable {
    let nginxPort: Int
    let mishaps: Mishaps
    let tally: Tally

    var child: ChildSpec {
        ChildSpec("inspector") { context, notifyStart in
            while true {
                let page = try await WebPage.fetch("/", port: nginxPort, within: .seconds(2))
                guard page.status == 200 else { throw Fault("nginx answered with status \(page.status)") }
                guard page.body.contains(Window.mark) else { throw Fault("nginx showed some other page") }
                tally.fetched()
                notifyStart()
                try mishaps.mayStrike("the inspector has lost his glasses")
                try await context.sleep(for: .milliseconds(300))
            }
        }
    }
}
