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

/// A reference to a spec of the core that has one owner. `nil` inside: there was no memory for it.
@safe
struct CoreSpec: ~Copyable {
    private var pointer: OpaquePointer?

    init(owned pointer: OpaquePointer?) {
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        // Safe: the reference is ours unless it was taken, and then the pointer is nil, which is allowed.
        unsafe sup_spec_unref(pointer)
    }

    /// The spec, for the time in which this lives.
    var borrowed: OpaquePointer? {
        unsafe pointer
    }

    /// Hand the reference over.
    consuming func take() -> OpaquePointer? {
        let taken = unsafe pointer
        unsafe pointer = nil
        return unsafe taken
    }
}
