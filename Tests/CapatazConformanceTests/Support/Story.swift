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

import Supervision
import SupervisionTesting
import Testing

// The starts and ends of a tree in the shorthand that the behaviours are written in: W is a worker, S a supervisor; + it
// was started, - it was stopped, ! it failed, c it completed, # its start failed. The root's name is left out of the paths
// below it.

extension Supervisor.Event {
    /// "W+ branch/child"; `nil` if it is neither a start nor an end.
    var short: String? {
        let marks: [Tag: String] = [
            .processStarted: "+", .processTerminated: "-", .processStartFailed: "#", .processFailed: "!",
            .processCompleted: "c",
        ]
        guard let tag, let mark = marks[tag] else { return nil }
        let name = path.firstIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        return (nodeKind == .supervisor ? "S" : "W") + mark + " " + name
    }
}

extension EventRecorder {
    /// The starts and ends after the mark.
    func story(after mark: Mark = .start) -> String {
        events(after: mark, matching: .isStartOrEnd).compactMap(\.short).joined(separator: ", ")
    }

    /// Exactly these starts and ends, in this order.
    func expect(
        story: String,
        after mark: Mark = .start,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(self.story(after: mark) == story, sourceLocation: sourceLocation)
        #expect(lost == 0, sourceLocation: sourceLocation)
    }
}

/// What belongs together: a number of the list, a tree, and its starts and ends.
struct Case: Sendable, CustomTestStringConvertible {
    let number: String
    let spec: SupervisorSpec
    let story: String

    init(_ number: String, _ spec: SupervisorSpec, _ story: String) {
        self.number = number
        self.spec = spec
        self.story = story
    }

    var testDescription: String { number }
}

/// Start it, stop it, and compare.
func expectStories(of cases: [Case], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for one in cases {
        try await withTestTree(one.spec) { tree in
            try await tree.terminate()
            #expect(tree.recorder.story() == one.story, "\(one.number)", sourceLocation: sourceLocation)
        }
    }
}

/// The error that the body throws, which it must.
func failure(
    sourceLocation: SourceLocation = #_sourceLocation,
    of body: () async throws -> Void
) async throws -> SupervisorError {
    let error = await #expect(throws: SupervisorError.self, sourceLocation: sourceLocation) { try await body() }
    return try #require(error, sourceLocation: sourceLocation)
}

extension SupervisorError {
    /// Its codes from the outside in.
    var codes: [Code] {
        [code] + ((underlying as? SupervisorError)?.codes ?? [])
    }

    /// What it says about a key.
    subscript(field key: String) -> String? {
        fields.first { $0.key == key }?.value
    }
}

extension RestartBackoff {
    /// Always the same delay.
    static func steady(_ delay: Duration) -> RestartBackoff {
        RestartBackoff(immediate: 0, initial: delay, maximum: delay, multiplier: 1, jitter: 0)
    }
}
