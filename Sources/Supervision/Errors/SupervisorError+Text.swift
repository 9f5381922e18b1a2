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
    /// One sentence that a person can act on: what happened, and what it came from in the end. ``explain`` tells what is in
    /// between.
    public var description: String {
        if code == .invalidSpec && !related.isEmpty {
            return headline + ": " + related.map { $0.headline }.joined(separator: "; ")
        }
        if var origin = underlying {
            while let next = (origin as? SupervisorError)?.underlying as? SupervisorError { origin = next }
            return headline + ": " + String(describing: origin)
        }
        guard let other = related.first else { return headline }
        return headline + ": " + other.description + (related.count > 1 ? " (and \(related.count - 1) more)" : "")
    }

    /// The whole chain as an indented text: what happened, its causes, and what else went wrong on the way. Where an option
    /// of a spec was too tight it says which. What is deeper than 32 causes, or longer than 1,000 errors, is left out, and
    /// that is said.
    public var explain: String {
        SupervisorError.explain(self)
    }

    /// The text of any error: the whole chain of one of ours, the plain message of another.
    public static func explain(_ error: any Error) -> String {
        var explanation = Explanation()
        explanation.add(error, label: "", depth: 0)
        return explanation.lines.joined(separator: "\n")
    }

    /// What it is about, and the sentence.
    var headline: String {
        path.map { "\($0): \(message)" } ?? message
    }
}

/// The lines of a chain, in the form that the core has for its own.
private struct Explanation {
    /// Where every failure of a supervisor has a first and a last one below it, the number of errors doubles with each
    /// level of the tree.
    private static let maxErrors = 1_000
    private static let maxDepth = 32

    private(set) var lines: [String] = []
    private var count = 0
    private var isCut = false

    mutating func add(_ error: any Error, label: String, depth: Int) {
        guard !isCut else { return }
        let margin = String(repeating: "  ", count: depth)
        count += 1
        guard count <= Self.maxErrors else {
            isCut = true
            lines.append(margin + "(more is left out)")
            return
        }
        guard let error = error as? SupervisorError else {
            addText(label + String(describing: error), margin: margin)
            return
        }
        addText(label + error.headline, margin: margin)
        addOutput(of: error, margin: margin)
        if depth < Self.maxDepth {
            addParts(of: error, depth: depth + 1)
        } else if error.underlying != nil || !error.related.isEmpty {
            lines.append(margin + "  (more is left out)")
        }
    }

    private mutating func addParts(of error: SupervisorError, depth: Int) {
        if let underlying = error.underlying {
            add(underlying, label: "caused by: ", depth: depth)
        }
        if let first = error.firstFailureOfItsOwn {
            add(first, label: "first failure: ", depth: depth)
        }
        for other in error.related {
            add(other, label: error.code == .invalidSpec ? "- " : "also: ", depth: depth)
        }
    }

    /// Further lines of a text are indented.
    private mutating func addText(_ text: String, margin: String) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            lines.append(margin + (number == 0 ? "" : "  ") + line)
        }
    }

    private mutating func addOutput(of error: SupervisorError, margin: String) {
        guard let output = error.processOutput else { return }
        lines.append(margin + "  its last output:")
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(margin + "  | " + line)
        }
    }
}
