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
import Testing

/// Texts as the parser of Prometheus's Python client reads them. It is installed into a hidden folder of the checkout when
/// it is not there.
enum Exposition {
    /// One sample of a text.
    struct Sample: Hashable {
        let type: String
        let family: String
        let name: String
        let value: String
        let labels: [String: String]
    }

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The interpreter that has the parser; made once.
    private static let python = Task<URL, any Error> {
        let folder = root.appending(path: ".build-test/python")
        let python = folder.appending(path: "bin/python3")
        if (try? await run(python, ["-c", "import prometheus_client.parser"])) == nil {
            let place = folder.path(percentEncoded: false)
            _ = try await run(URL(filePath: "/usr/bin/env"), ["python3", "-m", "venv", "--clear", place])
            _ = try await run(python, ["-m", "pip", "install", "--quiet", "prometheus-client>=0.20,<1"])
        }
        return python
    }

    /// Throws if the text is not of the grammar.
    static func parse(_ text: String) async throws -> [Sample] {
        let file = FileManager.default.temporaryDirectory.appending(path: "exposition-\(UUID()).txt")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = root.appending(path: "Tests/Exposition/parse_exposition.py")
        let arguments = ["-B"] + [script, file].map { $0.path(percentEncoded: false) }
        let output = try await run(try await python.value, arguments)
        return output.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            let labels = fields[4...].map { field -> (String, String) in
                let equals = field.firstIndex(of: "=") ?? field.endIndex
                return (String(field[..<equals]), String(field[equals...].dropFirst()))
            }
            return Sample(
                type: fields[0],
                family: fields[1],
                name: fields[2],
                value: fields[3],
                labels: Dictionary(uniqueKeysWithValues: labels)
            )
        }
    }

    /// What a program prints. Throws with what it says if it does not end with status 0. No thread waits for it.
    private static func run(_ program: URL, _ arguments: [String]) async throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "output-\(UUID()).txt")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                ended.resume(throwing: error)
            }
        }
        let printed = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        guard process.terminationStatus == 0 else {
            let call = ([program.lastPathComponent] + arguments).joined(separator: " ")
            throw ExpositionError(description: "\(call) ended with status \(process.terminationStatus): \(printed)")
        }
        return printed
    }
}

struct ExpositionError: Error, CustomStringConvertible {
    let description: String
}
