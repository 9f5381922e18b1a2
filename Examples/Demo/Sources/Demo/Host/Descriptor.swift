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

/// Writing to descriptors, without a buffer that could be left unwritten.
enum Descriptor {
    /// Write all of it, or throw the number of the error.
    static func write(_ text: String, to descriptor: CInt) throws(Failure) {
        var text = text
        let failure: Failure? = text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = sysWrite(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    let number = errno
                    if number == EINTR { continue }
                    // Somebody made it non-blocking: the terminal and its shell share it with us.
                    if number == EAGAIN, waitUntilWritable(descriptor) { continue }
                    return Failure(number: number)
                }
                rest = rest.dropFirst(count)
            }
            return nil
        }
        if let failure { throw failure }
    }

    static let standardOutput = STDOUT_FILENO

    /// Say something on standard error. If that is gone there is nobody left to tell.
    static func complain(_ text: String) {
        try? write("demo: \(text)\n", to: STDERR_FILENO)
    }

    /// Why it could not be written.
    struct Failure: Error {
        let number: CInt
    }

    private static func waitUntilWritable(_ descriptor: CInt) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, -1) >= 0 || errno == EINTR
    }
}

/// The system's `write`, under a name that ours does not hide.
private let sysWrite: @Sendable (CInt, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }
