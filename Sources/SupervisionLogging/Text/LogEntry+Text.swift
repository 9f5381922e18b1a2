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

extension LogEntry: CustomStringConvertible {
    /// The entry for people to read, as ``text(offset:)`` in UTC.
    public var description: String {
        text()
    }

    /// The entry for people to read: the path with dots in 32 columns, then the prefix and the message, or `R` and the raw
    /// line. Each line of a message has all of that.
    ///
    /// - Parameter offset: How many seconds the clock of the reader is ahead of UTC.
    public func text(offset: Int = 0) -> String {
        let name = path.dotted.padded(to: 32)
        switch content {
        case .raw(let raw):
            return "\(name) R \(raw.text)\(raw.isTruncated ? "..." : "")"
        case .leveled:
            let prefix = prefix(offset: offset)
            return lines.map { "\(name) \(prefix)\($0)" }.joined(separator: "\n")
        }
    }

    /// What stands before a message: severity, month and day, time, place, as glog writes it without the process id:
    /// `I0312 14:20:04.240540 web.swift:247] `. Of a raw line `R `.
    public func prefix(offset: Int = 0) -> String {
        guard let leveled else { return "R " }
        let date = time.date(offset: offset)
        var text = DigitText()
        text.add(String(leveled.severity.letter))
        text.add(date.month, 2)
        text.add(date.day, 2)
        text.add(" ")
        text.add(timeOf: date)
        text.add(" \(leveled.fileName):\(leveled.line)] ")
        return text.text
    }

    /// The lines as they are shown: those of the message, the last with the metadata behind it, or the raw line. At least one.
    public var lines: [String] {
        switch content {
        case .raw(let raw):
            return ["\(raw.text)\(raw.isTruncated ? "..." : "")"]
        case .leveled(let leveled):
            var lines = leveled.lines.map { String($0) }
            if leveled.isTruncated { lines[lines.count - 1] += "..." }
            for (key, value) in leveled.metadata.sorted(by: { $0.key < $1.key }) {
                let shown = "\(key)=\(value)".map { $0.isNewline ? " " : $0 }
                lines[lines.count - 1] += lines[lines.count - 1].isEmpty ? String(shown) : " " + String(shown)
            }
            return lines
        }
    }

    /// The entry for a narrow screen: a short name, right-aligned, the letter of the severity, the text.
    ///
    /// From 80 columns on the name has 20 of them, from 60 on 16; below it is left out. Words are wrapped to the width; one
    /// that is longer than a line is not broken. Lines after the first begin with `| ` below the text. Empty lines are left
    /// out; an entry without any other has an empty text.
    ///
    /// - Parameters:
    ///   - names: How names are shortened.
    ///   - width: How many columns there are; 0 and less do not wrap.
    public func concise(_ names: LogNames = LogNames(), width: Int = 0) -> String {
        let column = width <= 0 || width >= 80 ? 20 : width >= 60 ? 16 : 0
        var prefix = ""
        if column > 0 { prefix = names.shorten(path, to: column).paddedInFront(to: column) + " " }
        prefix += String(leveled?.severity.letter ?? "R") + " "
        let indentation = String(repeating: " ", count: prefix.count - 2) + "| "
        let room = width <= 0 ? Int.max : max(width - prefix.count, 1)
        let shown = lines.filter { !$0.isEmpty }.flatMap { $0.wrapped(to: room) }
        return shown.enumerated().map { ($0 == 0 ? prefix : indentation) + $1 }.joined(separator: "\n")
    }
}

extension String {
    func padded(to width: Int) -> String {
        let count = count
        return count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    func paddedInFront(to width: Int) -> String {
        let count = count
        return count >= width ? self : String(repeating: " ", count: width - count) + self
    }

    /// Broken between words into lines of at most so many characters; longer words have lines of their own.
    fileprivate func wrapped(to width: Int) -> [String] {
        guard count > width else { return [self] }
        var lines: [String] = []
        var line = ""
        var length = 0
        for word in split(separator: " ") {
            let more = word.count
            if length > 0 && length + 1 + more > width {
                lines.append(line)
                line = ""
                length = 0
            }
            line += length == 0 ? String(word) : " \(word)"
            length += length == 0 ? more : 1 + more
        }
        return length == 0 ? lines : lines + [line]
    }
}
