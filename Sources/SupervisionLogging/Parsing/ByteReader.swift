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

/// Reads a line byte by byte. Past its end there is nothing, and no function fails.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: Span<UInt8>) {
        // Safe: the buffer lives during the call, and is copied.
        self.bytes = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }

    var isAtEnd: Bool { offset >= bytes.count }

    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func take() -> UInt8? {
        guard let byte = next else { return nil }
        offset += 1
        return byte
    }

    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        offset += 1
        return true
    }

    mutating func takeText(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard bytes.count - offset >= length else { return false }
        let isThere = text.withUTF8Buffer { expected in
            // Safe: the buffer has `length` bytes.
            (0..<length).allSatisfy { unsafe bytes[offset + $0] == expected[$0] }
        }
        if isThere { offset += length }
        return isThere
    }

    /// Take those for which something holds; how many there were.
    @discardableResult
    mutating func takeAll(where holds: (UInt8) -> Bool) -> Int {
        let start = offset
        while offset < bytes.count, holds(bytes[offset]) { offset += 1 }
        return offset - start
    }

    /// Blanks and tabs; how many there were.
    @discardableResult
    mutating func takeBlanks() -> Int {
        takeAll { $0 == 0x20 || $0 == 0x09 }
    }

    /// A number of exactly so many digits.
    mutating func takeDigits(_ count: Int) -> Int? {
        guard bytes.count - offset >= count else { return nil }
        var number = 0
        for index in offset..<offset + count {
            guard let digit = bytes[index].digit else { return nil }
            number = number * 10 + digit
        }
        offset += count
        return number
    }

    /// A number of at least one digit, up to a limit.
    mutating func takeNumber(upTo limit: Int) -> Int? {
        var number = 0
        var count = 0
        while let digit = next?.digit {
            guard number <= (limit - digit) / 10 else { return nil }
            number = number * 10 + digit
            offset += 1
            count += 1
        }
        return count == 0 ? nil : number
    }

    /// A fraction of a second: a point or comma, then 1 to 9 digits, more of which are left out if there are any. 0 if there
    /// is none, `nil` if there is a point without digits.
    mutating func takeNanoseconds() -> Int? {
        guard next == UInt8(ascii: ".") || next == UInt8(ascii: ",") else { return 0 }
        offset += 1
        var number = 0
        var count = 0
        while let digit = next?.digit {
            offset += 1
            if count < 9 { number = number * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { number *= 10 }
        return number
    }

    mutating func back(to offset: Int) {
        self.offset = min(max(offset, 0), bytes.count)
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
    }

    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[range.clamped(to: 0..<bytes.count)]
    }

    /// What has not been taken.
    var rest: String { text(offset..<bytes.count) }

    var restCount: Int { bytes.count - offset }
}

extension UInt8 {
    /// The digit that it shows.
    var digit: Int? {
        (0x30...0x39).contains(self) ? Int(self) - 0x30 : nil
    }
}
