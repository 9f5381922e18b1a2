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

/// Run a piece of code that is to be finished although the task that runs it is cancelled: a transaction, a farewell.
///
/// The code does not see the cancellation, sees the task-local values, and is waited for. A worker's stop ladder goes on
/// meanwhile, and ``ChildContext/isStopRequested`` tells of it.
///
/// ```swift
/// ChildSpec("orders") { context in
///     for try await order in orders {
///         try await withoutCancellation { try await store.save(order) }
///     }
/// }
/// ```
public func withoutCancellation<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    // Not a child task, which would be cancelled as well.
    let operation: @Sendable () async -> Result<Value, Failure> = {
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
    if let executor = ChildContext.current?.worker.surroundings.runtime.manual {
        return try await Task(executorPreference: executor) { await operation() }.value.get()
    }
    return try await Task { await operation() }.value.get()
}
