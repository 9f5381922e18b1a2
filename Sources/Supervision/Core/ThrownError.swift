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

internal import CSupervisorCore

/// The error that a worker threw, on its way through the core and back.
final class ThrownError: Sendable {
    let error: any Error

    private init(_ error: any Error) {
        self.error = error
    }

    /// An error of the core that carries the one that was thrown; `nil` without memory, which the core takes for a
    /// failure without a reason.
    static func make(_ code: sup_errno, _ error: any Error) -> OpaquePointer? {
        let user = unsafe Unmanaged.passRetained(ThrownError(error)).toOpaque()
        // Safe: the core calls `release` once with what it took; without memory it took nothing.
        guard let made = unsafe sup_error_create(code.rawValue, nil, user, release) else {
            unsafe Unmanaged<ThrownError>.fromOpaque(user).release()
            return nil
        }
        return unsafe made
    }

    /// The error that was thrown, if there is one in an error of the core.
    static func find(in error: OpaquePointer) -> (any Error)? {
        // Safe: in trees that Swift made only `make` gives errors a user pointer, and the error keeps it alive.
        guard let user = unsafe sup_error_user(error) else { return nil }
        return unsafe Unmanaged<ThrownError>.fromOpaque(user).takeUnretainedValue().error
    }

    private static let release: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { user in
        // Safe: `user` is the retained object of `make`.
        guard let user = unsafe user else { return }
        unsafe Unmanaged<ThrownError>.fromOpaque(user).release()
    }
}
