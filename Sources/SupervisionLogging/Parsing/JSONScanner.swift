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

/// Finds the values in a text of JSON (RFC 8259) without making anything of them but strings.
struct JSONScanner {
    var reader: ByteReader

    /// Values may be in each other so deep.
    private static let depth = 64

    enum Kind: Hashable {
        case string
        case number
        case other
    }

    struct Value {
        let kind: Kind
        /// Where its text is.
        let range: Range<Int>
        /// What it says, of a string.
        let string: String?
    }

    mutating func takeWhitespace() {
        reader.takeAll { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }

    /// The members of an object that is all there is, in their order.
    mutating func takeObject() -> [(key: String, value: Value)]? {
        takeWhitespace()
        guard reader.take("{") else { return nil }
        var members: [(key: String, value: Value)] = []
        takeWhitespace()
        if !reader.take("}") {
            repeat {
                takeWhitespace()
                guard let key = takeString() else { return nil }
                takeWhitespace()
                guard reader.take(":"), let value = takeValue(Self.depth) else { return nil }
                members.append((key, value))
                takeWhitespace()
            } while reader.take(",")
            guard reader.take("}") else { return nil }
        }
        takeWhitespace()
        return reader.isAtEnd ? members : nil
    }

    mutating func takeValue(_ depth: Int) -> Value? {
        takeWhitespace()
        let start = reader.offset
        var kind = Kind.other
        var string: String?
        switch reader.next {
        case UInt8(ascii: "\""):
            guard let text = takeString() else { return nil }
            kind = .string
            string = text
        case UInt8(ascii: "{"):
            guard depth > 0, skipObject(depth - 1) else { return nil }
        case UInt8(ascii: "["):
            guard depth > 0, skipArray(depth - 1) else { return nil }
        case UInt8(ascii: "t"):
            guard reader.takeText("true") else { return nil }
        case UInt8(ascii: "f"):
            guard reader.takeText("false") else { return nil }
        case UInt8(ascii: "n"):
            guard reader.takeText("null") else { return nil }
        default:
            guard skipNumber() else { return nil }
            kind = .number
        }
        return Value(kind: kind, range: start..<reader.offset, string: string)
    }

    private mutating func skipObject(_ depth: Int) -> Bool {
        guard reader.take("{") else { return false }
        takeWhitespace()
        if reader.take("}") { return true }
        repeat {
            takeWhitespace()
            guard takeString() != nil else { return false }
            takeWhitespace()
            guard reader.take(":"), takeValue(depth) != nil else { return false }
            takeWhitespace()
        } while reader.take(",")
        return reader.take("}")
    }

    private mutating func skipArray(_ depth: Int) -> Bool {
        guard reader.take("[") else { return false }
        takeWhitespace()
        if reader.take("]") { return true }
        repeat {
            guard takeValue(depth) != nil else { return false }
            takeWhitespace()
        } while reader.take(",")
        return reader.take("]")
    }

    private mutating func skipNumber() -> Bool {
        _ = reader.take("-")
        if !reader.take("0") {
            guard reader.takeAll(where: { $0.digit != nil }) > 0 else { return false }
        }
        if reader.take(".") {
            guard reader.takeAll(where: { $0.digit != nil }) > 0 else { return false }
        }
        if reader.take("e") || reader.take("E") {
            _ = reader.take("+") || reader.take("-")
            guard reader.takeAll(where: { $0.digit != nil }) > 0 else { return false }
        }
        return true
    }

    // MARK: Strings

    mutating func takeString() -> String? {
        guard reader.take("\"") else { return nil }
        let start = reader.offset
        reader.takeAll { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if reader.next == UInt8(ascii: "\"") {
            defer { _ = reader.take() }
            return reader.text(start..<reader.offset)
        }
        var bytes = Array(reader.bytes(start..<reader.offset))
        while let byte = reader.take() {
            switch byte {
            case UInt8(ascii: "\""):
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = takeEscape() else { return nil }
                bytes.append(contentsOf: Character(scalar).utf8)
            case 0..<0x20:
                return nil
            default:
                bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func takeEscape() -> Unicode.Scalar? {
        switch reader.take() {
        case UInt8(ascii: "\""): "\""
        case UInt8(ascii: "\\"): "\\"
        case UInt8(ascii: "/"): "/"
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        case UInt8(ascii: "u"): takeCodePoint()
        default: nil
        }
    }

    /// The rest of an escape with four hexadecimal digits, and the second one of a pair. Half a pair is replaced.
    private mutating func takeCodePoint() -> Unicode.Scalar? {
        guard let unit = takeHexadecimal() else { return nil }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let mark = reader.offset
        if (0xD800..<0xDC00).contains(unit), reader.takeText("\\u"), let low = takeHexadecimal(),
            (0xDC00..<0xE000).contains(low)
        {
            return Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        }
        reader.back(to: mark)
        return "\u{FFFD}"
    }

    private mutating func takeHexadecimal() -> UInt32? {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = reader.take().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else { return nil }
            number = number << 4 | UInt32(digit)
        }
        return number
    }
}

/// Writes JSON.
enum JSONText {
    /// A string with its quotes.
    static func string(_ text: some StringProtocol) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
