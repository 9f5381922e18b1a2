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

/// What can go wrong with a worker by itself.
struct Mishaps: Sendable {
    private let likelihood: Double

    /// - Parameter chaos: Whether anything does go wrong.
    init(chaos: Bool) {
        self.likelihood = chaos ? 0.02 : 0
    }

    /// Throws now and then.
    func mayStrike(_ what: String) throws(Fault) {
        guard likelihood > 0, Double.random(in: 0..<1) < likelihood else { return }
        throw Fault(what)
    }
}
