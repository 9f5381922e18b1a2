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
    /// The time of the wall clock.
    static var now: LogTime {
        var time = timespec()
        // Safe: the system fills the structure during the call.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Where the byte is, if it is there.
    static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            // Safe: `start` is within the buffer, which lives during the call, and the rest of it is what is looked at.
            guard let base = buffer.baseAddress else { return nil }
            let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
        }
    }
}

extension Span<UInt8> {
    /// The bytes as text; what is not UTF-8 is replaced.
    var text: String {
        // Safe: the buffer lives during the call, and is copied.
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The largest number of bytes up to a limit that does not end within a character: where a sequence that began
    /// before the limit goes on behind it, it is left out whole.
    func prefixLength(within limit: Int) -> Int {
        guard count > limit else { return count }
        var end = limit
        // A character has at most three bytes that continue it; more than that is not UTF-8 and may be cut anywhere.
        while end > 0, limit - end < 3, self[end] & 0xC0 == 0x80 { end -= 1 }
        return self[end] & 0xC0 == 0x80 ? limit : end
    }
}
