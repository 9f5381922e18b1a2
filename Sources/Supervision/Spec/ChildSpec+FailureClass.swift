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

extension ChildSpec {
    /// What a failure says about trying again.
    public struct FailureClass: Hashable, Sendable, CustomStringConvertible {
        enum Kind: Hashable, Sendable {
            case ordinary
            case hopeless
            case forced
        }

        let kind: Kind

        /// The restart type of the child decides.
        public static let ordinary = FailureClass(kind: .ordinary)

        /// The child is not started again, whatever its restart type.
        public static let hopeless = FailureClass(kind: .hopeless)

        /// The child is started again, whatever its restart type, and the failure always counts.
        public static let forced = FailureClass(kind: .forced)

        /// The name of the class.
        public var description: String {
            switch kind {
            case .ordinary: "ordinary"
            case .hopeless: "hopeless"
            case .forced: "forced"
            }
        }
    }

    /// The same worker, whose errors say whether trying again can help.
    ///
    /// ```swift
    /// ChildSpec("orders") { context in try await serveOrders(until: context) }
    ///     .classifyingFailures { error in error is ConfigurationError ? .hopeless : .ordinary }
    /// ```
    ///
    /// The closure is called with each error that ends an incarnation by itself, or its start, on the task of the worker;
    /// of several closures the one that was given last. Errors after a stop was requested, silence and time-outs have no
    /// class. For a process see ``ProcessCommand/preventRestartOn`` and ``ProcessCommand/forceRestartOn``: there it is a
    /// fault.
    public func classifyingFailures(
        _ classify: @escaping @Sendable (_ error: any Error) -> FailureClass
    ) -> ChildSpec {
        var bare = work
        if case .classified(let former, _) = work { bare = former }
        var spec = self
        spec.work = .classified(bare, classify)
        return spec
    }
}
