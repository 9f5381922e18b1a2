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

/// How a worker tells that it is up.
///
/// It may be copied and handed on: to a server's ready hook, to a task group. The first call counts; a later one, and one
/// that comes after a stop was requested, answers false.
///
/// ```swift
/// ChildSpec("database") { context, notifyStart in
///     let pool = try await Pool.open()
///     notifyStart()
///     try await pool.run()
/// }
/// ```
public struct NotifyStart: Sendable {
    let context: ChildContext

    /// The worker is up; its siblings may start. True if the call was the first and in time.
    @discardableResult
    public func callAsFunction() -> Bool {
        context.worker.withLive(context.incarnation) { $0.reportStarted() } ?? false
    }

    /// The worker cannot come up. Its supervisor hears of it when the body has ended. True if the call was the first and
    /// in time.
    @discardableResult
    public func callAsFunction(failed error: any Error) -> Bool {
        context.worker.withLive(context.incarnation) { child in
            child.reportStartFailed(error, as: context.worker.failureClass(of: error))
        } ?? false
    }

    /// The worker is not needed: no failure, and it is not restarted. The body is to return. True if the call was the
    /// first and in time.
    @discardableResult
    public func decline() -> Bool {
        context.worker.withLive(context.incarnation) { $0.reportDeclined() } ?? false
    }
}
