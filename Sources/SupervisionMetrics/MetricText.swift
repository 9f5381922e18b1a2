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

/// The text format of Prometheus, version 0.0.4.
struct MetricText {
    private(set) var text = ""

    mutating func begin(_ name: String, kind: SeriesKind, help: String?) {
        if let help { text += "# HELP \(name) \(Self.escaped(help, quoting: false))\n" }
        text += "# TYPE \(name) \(kind.type)\n"
    }

    mutating func add(_ name: String, _ labels: Labels, _ value: String, bound: Double? = nil) {
        text += name
        let pairs = labels.pairs.map { ($0[0], $0[1]) } + (bound.map { [("le", Self.number($0))] } ?? [])
        if !pairs.isEmpty {
            let inside = pairs.map { "\($0.0)=\"\(Self.escaped($0.1, quoting: true))\"" }
            text += "{" + inside.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    /// The name of a metric, with `_` for what it must not have.
    static func validName(_ name: String) -> String {
        valid(name, others: [UInt8(ascii: "_"), UInt8(ascii: ":")])
    }

    /// The name of a label; those that begin with two `_` belong to Prometheus.
    static func validLabel(_ name: String) -> String {
        let valid = valid(name, others: [UInt8(ascii: "_")])
        return valid.hasPrefix("__") ? "label" + valid : valid
    }

    private static func valid(_ name: String, others: Set<UInt8>) -> String {
        var bytes = name.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): byte
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: others.contains(byte) ? byte : UInt8(ascii: "_")
            }
        }
        if bytes.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escaped(_ text: String, quoting: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quoting: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
