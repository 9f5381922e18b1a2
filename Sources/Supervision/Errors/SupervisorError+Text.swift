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

extension SupervisorError: CustomStringConvertible {
    /// One sentence that a person can act on.
    public var description: String {
        var text = headline
        if code == .invalidSpec {
            text += ": " + related.map { $0.headline }.joined(separator: "; ")
        } else if let underlying {
            text += ": " + String(describing: underlying)
        }
        return text
    }

    /// The whole chain as an indented text.
    public var explain: String {
        var lines: [String] = []
        explain(indent: 0, prefix: "", into: &lines)
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        guard let path, !message.hasPrefix(path) else { return message }
        return "\(path): \(message)"
    }

    private func explain(indent: Int, prefix: String, into lines: inout [String]) {
        let margin = String(repeating: "  ", count: indent)
        lines.append(margin + prefix + headline)
        if let processOutput {
            lines.append(margin + "  last output:")
            for line in processOutput.split(separator: "\n", omittingEmptySubsequences: false) {
                lines.append(margin + "    | " + line)
            }
        }
        if let firstFailure {
            firstFailure.explain(indent: indent + 1, prefix: "first failure: ", into: &lines)
        }
        Self.explain(underlying, indent: indent + 1, prefix: "cause: ", into: &lines)
        for error in related {
            error.explain(indent: indent + 1, prefix: code == .invalidSpec ? "- " : "also: ", into: &lines)
        }
    }

    private static func explain(_ error: (any Error)?, indent: Int, prefix: String, into lines: inout [String]) {
        guard let error else { return }
        if let error = error as? SupervisorError {
            error.explain(indent: indent, prefix: prefix, into: &lines)
        } else {
            lines.append(String(repeating: "  ", count: indent) + prefix + String(describing: error))
        }
    }
}
