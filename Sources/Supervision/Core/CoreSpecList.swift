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

/// References to specs of the core that have one owner. A `nil` among them: there was no memory for it.
@safe
final class CoreSpecList {
    private(set) var pointers: [OpaquePointer?] = unsafe []

    /// Takes the reference over.
    func append(_ pointer: OpaquePointer?) {
        unsafe pointers.append(pointer)
    }

    deinit {
        // Safe: each is a reference of ours, and nil is allowed.
        for index in unsafe pointers.indices { unsafe sup_spec_unref(pointers[index]) }
    }
}
