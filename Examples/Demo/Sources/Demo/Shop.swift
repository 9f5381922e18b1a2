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

/// The shop as a tree. Building the spec runs nothing, so it says at a glance who is there, who depends on whom, and what
/// happens when one of them fails.
struct Shop: Sendable {
    let redisPort: Int
    let nginxPort: Int
    let directory: String
    let mishaps: Mishaps
    let tally = Tally()

    /// How long closing may take. What is left by then is taken to the last step of its stop ladder.
    static let closingTime: Duration = .seconds(8)

    /// - Parameter output: Gets what the processes print.
    func spec(output: @escaping @Sendable (ProcessLine) async -> Void) -> SupervisorSpec {
        SupervisorSpec(
            "shop",
            // When redis-server is killed, everybody who talks to it fails, too, and some fail again until it is back:
            // one fault at the root of the tree is several failures. This many in ten seconds is more than bad luck.
            tolerance: .failures(50, within: .seconds(10)),
            // Those who need a server try again after a moment, not at once.
            backoff: RestartBackoff(immediate: 0, initial: .milliseconds(100), maximum: .milliseconds(500)),
            // The directory is there before the first child starts and goes when the last one is gone: also after a
            // failed start, and after a forced stop.
            acquire: openPremises,
            release: closePremises
        ) { premises in
            // The order is that of the list: each is up before the next one starts, and they stop the other way round.
            Redis(port: redisPort, premises: premises).child(output: output)
            Nginx(premises: premises).child(output: output)
            Till(redisPort: redisPort, mishaps: mishaps, tally: tally).child
            Window(redisPort: redisPort, premises: premises, mishaps: mishaps).child
            Inspector(nginxPort: nginxPort, mishaps: mishaps, tally: tally).child
            bakery
            delivery
        }
    }

    @Sendable private func openPremises() throws -> Premises {
        try Premises.open(in: directory, nginxPort: nginxPort)
    }

    @Sendable private func closePremises(_ premises: Premises) throws {
        try premises.close()
    }

    /// Two who cannot go on without each other.
    private var bakery: SupervisorSpec {
        let hatch = Hatch()
        return SupervisorSpec("bakery", strategy: .oneForAll, tolerance: .failures(20, within: .seconds(10))) {
            Oven(hatch: hatch, mishaps: mishaps).child
            Counter(hatch: hatch, mishaps: mishaps).child
        }
    }

    /// A supervisor of its own for those who fail often, so that their failures do not count for the rest of the shop.
    private var delivery: SupervisorSpec {
        SupervisorSpec("delivery", tolerance: .unlimited) {
            Radio().child
            Van().child
        }
    }
}
