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

internal import Logging

extension LogEntry {
    /// The entry as an object of JSON in one line.
    ///
    /// Members: `position`, `time` (RFC 3339 in UTC), `path`; of a message `level`, `severity` (one letter), `message`, `file`,
    /// `line` and, if there is any, `metadata`; of a raw line `raw`. If the text was cut, `originalLength` tells how many bytes
    /// it had.
    public var json: String {
        var members = [
            "\"position\":\(position)",
            "\"time\":\"\(time)\"",
            "\"path\":\(JSONText.string(path.description))",
        ]
        switch content {
        case .raw(let raw):
            members.append("\"raw\":\(JSONText.string(raw.text))")
            if raw.isTruncated { members.append("\"originalLength\":\(raw.originalLength)") }
        case .leveled(let leveled):
            members.append("\"level\":\"\(leveled.level.rawValue)\"")
            members.append("\"severity\":\"\(leveled.severity.letter)\"")
            members.append("\"message\":\(JSONText.string(leveled.message))")
            members.append("\"file\":\(JSONText.string(leveled.file))")
            members.append("\"line\":\(leveled.line)")
            if !leveled.metadata.isEmpty { members.append("\"metadata\":\(JSONText.object(leveled.metadata))") }
            if leveled.isTruncated { members.append("\"originalLength\":\(leveled.originalLength)") }
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}

extension JSONText {
    fileprivate static func object(_ metadata: Logger.Metadata) -> String {
        let members = metadata.sorted { $0.key < $1.key }.map { "\(string($0.key)):\(value($0.value))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func value(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let object): string(String(describing: object))
        case .dictionary(let values): object(values)
        case .array(let values): "[" + values.map { self.value($0) }.joined(separator: ",") + "]"
        }
    }
}
