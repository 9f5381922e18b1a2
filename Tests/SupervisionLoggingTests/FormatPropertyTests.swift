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

import Foundation
import SupervisionLogging
import Testing

@Suite("Formats of lines: whatever comes", .timeLimit(.minutes(2)))
struct FormatPropertyTests {
    static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("FuzzSwift/corpus/log")

    @Test("The corpus of the fuzzer")
    func corpus() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil)
        #expect(files.count >= 12)
        for file in files {
            let fault = FormatProperties.fault(Array(try Data(contentsOf: file)))
            #expect(fault == nil, "\(file.lastPathComponent)")
        }
    }

    @Test("Random bytes, and what is like lines of the formats", arguments: 0..<16 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let seeds = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
        for _ in 0..<100 {
            var input: [UInt8] = []
            if Int.random(in: 0..<4, using: &random) == 0 {
                let count = Int.random(in: 0...80, using: &random)
                input = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                input = seeds.randomElement(using: &random) ?? []
                for _ in 0..<Int.random(in: 0...6, using: &random) where !input.isEmpty {
                    let place = Int.random(in: 0..<input.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: input[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: input.remove(at: place)
                    case 2:
                        input.insert(
                            UInt8(ascii: "{}[]\",:0<>\n ".unicodeScalars.randomElement(using: &random) ?? " "),
                            at: place
                        )
                    default: input.insert(contentsOf: input[place...].prefix(8), at: place)
                    }
                }
            }
            let fault = FormatProperties.fault(input)
            #expect(fault == nil, "\(input)")
        }
    }

    /// Foundation's parser is another opinion on what JSON is.
    @Test("What is JSON to others is JSON here, and what is not is not", arguments: 0..<16 as Range<UInt64>)
    func json(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let words = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"\"", "\"\\n\"", "\"\\u00e4\"", "1", "-0", "0.5", "1e2", "01",
            "true",
            "null", "fals", " ", "\t", "\"msg\"", "\"x\":1", "{\"y\":[]}", "\"\\q\"",
        ]
        for _ in 0..<200 {
            var text = "{\"k\":"
            for _ in 0..<Int.random(in: 1...6, using: &random) { text += words.randomElement(using: &random) ?? "" }
            if Bool.random(using: &random) { text += "}" }
            // It takes a comma before a bracket, and no number that is very large.
            let differences = #",[ \t]*[}\]]|e[0-9]{3}"#
            guard text.range(of: differences, options: .regularExpression) == nil else { continue }
            let others = try? JSONSerialization.jsonObject(with: Data(text.utf8))
            #expect((LogFormat.json.parse(text) != nil) == (others is [String: Any]), "\(text)")
        }
    }
}
