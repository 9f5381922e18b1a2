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

internal import Synchronization

/// Tells tasks apart, without keeping them. Good as long as the task lives.
struct TaskIdentity: Equatable, Sendable, RawRepresentable, AtomicRepresentable {
    /// The address.
    let rawValue: UInt

    static let none = TaskIdentity(rawValue: 0)

    static var current: TaskIdentity {
        // Safe: nothing but the address is used outside, and that is only compared.
        unsafe withUnsafeCurrentTask { task in
            guard let task = unsafe task else { return none }
            return TaskIdentity(rawValue: unsafe unsafeBitCast(task, to: UInt.self))
        }
    }
}
