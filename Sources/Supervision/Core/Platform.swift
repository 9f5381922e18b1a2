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

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The little that is asked of the system directly.
enum Platform {
    #if canImport(Glibc)
    static let SIGTERM = Glibc.SIGTERM
    static let SIGINT = Glibc.SIGINT
    static let SIGHUP = Glibc.SIGHUP
    static let SIGQUIT = Glibc.SIGQUIT
    static let SIGKILL = Glibc.SIGKILL
    static let SIGUSR1 = Glibc.SIGUSR1
    static let SIGUSR2 = Glibc.SIGUSR2
    #elseif canImport(Musl)
    static let SIGTERM = Musl.SIGTERM
    static let SIGINT = Musl.SIGINT
    static let SIGHUP = Musl.SIGHUP
    static let SIGQUIT = Musl.SIGQUIT
    static let SIGKILL = Musl.SIGKILL
    static let SIGUSR1 = Musl.SIGUSR1
    static let SIGUSR2 = Musl.SIGUSR2
    #elseif canImport(Darwin)
    static let SIGTERM = Darwin.SIGTERM
    static let SIGINT = Darwin.SIGINT
    static let SIGHUP = Darwin.SIGHUP
    static let SIGQUIT = Darwin.SIGQUIT
    static let SIGKILL = Darwin.SIGKILL
    static let SIGUSR1 = Darwin.SIGUSR1
    static let SIGUSR2 = Darwin.SIGUSR2
    #endif

    /// Write a text to standard error, whole if it takes it.
    static func writeToStandardError(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    /// Write a text to standard output, likewise.
    static func writeToStandardOutput(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[offset...])
                // Safe: base and count are those of one buffer that lives during the call.
                let written = unsafe systemWrite(descriptor, rest.baseAddress, rest.count)
                guard written > 0 else { return }
                offset += written
            }
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
        unsafe Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
        unsafe Musl.write(descriptor, bytes, count)
        #elseif canImport(Darwin)
        unsafe Darwin.write(descriptor, bytes, count)
        #endif
    }

    /// Tells threads apart, as long as they live. Never 0.
    static var threadIdentity: UInt {
        #if canImport(Glibc)
        pthread_self()
        #else
        // Safe: nothing but the address is used.
        UInt(bitPattern: pthread_self())
        #endif
    }

    /// End the program.
    static func exit(_ status: Int32) -> Never {
        #if canImport(Glibc)
        Glibc.exit(status)
        #elseif canImport(Musl)
        Musl.exit(status)
        #elseif canImport(Darwin)
        Darwin.exit(status)
        #endif
    }
}
