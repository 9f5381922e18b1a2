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

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Something that went wrong, as one sentence for a person.
struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// A failed system call.
    ///
    /// - Parameters:
    ///   - what: What could not be done.
    ///   - number: The error's number.
    ///   - remedy: What a person can do about it.
    init(_ what: String, errno number: CInt, remedy: String? = nil) {
        let reason = String(cString: strerror(number))
        self.init("\(what): \(reason)" + (remedy.map { "; \($0)" } ?? ""))
    }
}
