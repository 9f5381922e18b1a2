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

import Glibc

/// Block as many threads as there are cores at each of four priorities of Swift's pool, for good, and return when no
/// more of them can be had. For processes that end soon.
func blockPool() {
    let never = Latch()
    let begun = Latch.Count()
    let cores = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
    for priority in [TaskPriority.background, .utility, .medium, .high] {
        for _ in 0..<cores {
            Task.detached(priority: priority) {
                begun.post()
                never.wait()
            }
        }
    }
    // Those that got a thread begin at once; the others wait for one of these.
    for _ in 0..<cores * 4 where !begun.wait(milliseconds: 200) { break }
}
