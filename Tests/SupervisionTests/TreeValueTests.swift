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
import SupervisionTesting
import Synchronization
import Testing

private enum Colour: TreeValueKey {
    typealias Value = String
}

private enum Size: TreeValueKey {
    typealias Value = Int
}

@Suite("What other modules give to a tree", .timeLimit(.minutes(1)))
struct TreeValueTests {
    @Test("Y1 A value is seen below the supervisor that provides it, the nearest one's first")
    func values() async throws {
        let seen = Mutex<[String: String]>([:])
        let look: @Sendable (ChildContext) async throws -> Void = { context in
            let colour = context.provided(Colour.self) ?? "none"
            let size = context.provided(Size.self).map { String($0) } ?? "none"
            seen.withLock { $0[context.path] = "\(colour) \(size)" }
            await context.stopRequested()
        }
        let inner = SupervisorSpec("inner") { ChildSpec("a", body: look) }
        let spec = SupervisorSpec("root") {
            ChildSpec("b", body: look)
            inner.providing(Colour.self, "blue")
        }
        try await withTestTree(spec.providing(Colour.self, "red").providing(Size.self, 3)) { _ in }
        #expect(seen.withLock { $0 } == ["root/b": "red 3", "root/inner/a": "blue 3"])
    }

    @Test("Y1 An attachment is made once and outlives incarnations")
    func attachments() async throws {
        let paths = Mutex<[String]>([])
        let numbers = Mutex<[Int]>([])
        let spec = SupervisorSpec("root") {
            ChildSpec("a") { context in
                let number = context.attachment(of: Int.self) { path in
                    paths.withLock {
                        $0.append(path)
                        return $0.count
                    }
                }
                numbers.withLock { $0.append(number ?? 0) }
                if context.incarnationNumber == 1 { throw ScriptedFailure() }
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .seconds(60))
        }
        #expect(paths.withLock { $0 } == ["root/a"])
        #expect(numbers.withLock { $0 } == [1, 1])
    }

    @Test("MON-13 MON-14 MON-15 MON-82 A name is claimed by a child or a sub-logger, while the incarnation lives")
    func claims() async throws {
        let answers = Mutex<[NameClaim?]>([])
        let stale = Mutex<ChildContext?>(nil)
        let spec = SupervisorSpec("root") {
            ChildSpec("a") { context in
                let first: NameClaim = context.incarnationNumber == 1 ? .subLogger : .child
                let second: NameClaim = first == .child ? .subLogger : .child
                answers.withLock {
                    $0 += [context.claimName("dut", for: first), context.claimName("dut", for: first)]
                    $0 += [context.claimName("dut", for: second)]
                    context.releaseName("dut", of: second)
                    $0 += [context.claimName("dut", for: second)]
                    context.releaseName("dut", of: first)
                    $0 += [context.claimName("dut", for: second)]
                }
                if context.incarnationNumber == 1 {
                    stale.withLock { $0 = context }
                    throw ScriptedFailure()
                }
                await context.stopRequested()
            }
        }
        try await withTestTree(spec) { tree in
            try await tree.advance(by: .seconds(60))
            #expect(stale.withLock { $0?.claimName("dut", for: .child) } == nil)
        }
        #expect(
            answers.withLock { $0 } == [
                .subLogger, .subLogger, .subLogger, .subLogger, .child, .child, .child, .child, .child, .subLogger,
            ]
        )
    }
}
