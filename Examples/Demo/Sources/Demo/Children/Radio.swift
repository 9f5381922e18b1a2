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

/// Listens for the van. It has nothing to do until it is asked to stop, which costs next to nothing.
struct Radio: Sendable {
    var child: ChildSpec {
        ChildSpec("radio") { context in
            await context.stopRequested()
        }
    }
}
