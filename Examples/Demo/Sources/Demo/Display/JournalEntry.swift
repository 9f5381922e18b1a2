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

/// One line of the ``Journal``.
struct JournalEntry: Sendable {
    /// Since the journal was begun.
    let time: Duration

    /// What happened, in a word.
    let mark: String

    /// To whom, and how.
    let text: String

    let tone: Tone

    init(time: Duration, mark: String, text: String, tone: Tone) {
        self.time = time
        self.mark = mark
        self.text = text
        self.tone = tone
    }

    init(_ event: Supervisor.Event, at time: Duration) {
        let detail = Self.detail(of: event)
        self.init(
            time: time,
            mark: event.kind.description,
            text: "\(event.path)#\(event.incarnation)" + (detail.isEmpty ? "" : "  \(detail)"),
            tone: Self.tone(of: event.kind)
        )
    }

    /// The entry as a line of text.
    var line: String {
        "\(time.seconds.leftPadded(8))  \(mark.padded(18)) \(text.printable)"
    }

    private static func detail(of event: Supervisor.Event) -> String {
        var parts: [String] = []
        switch event.kind {
        case .started, .completed, .failed: parts.append("after \(event.duration.brief)")
        case .terminated: parts.append("within \(event.duration.brief)")
        default: break
        }
        if let delay = event.delay { parts.append(delay > .zero ? "in \(delay.brief)" : "at once") }
        if let action = event.stopAction { parts.append("by \(action)") }
        if let error = event.error { parts.append(error.brief) }
        return parts.joined(separator: ", ")
    }

    private static func tone(of kind: Supervisor.Event.Kind) -> Tone {
        switch kind {
        case .started, .resourceAcquired: .good
        case .failed, .startFailed, .terminationFailed, .toleranceExceeded, .stuck: .bad
        case .restartScheduled, .stopping, .restartCancelled, .lateExit: .busy
        default: .plain
        }
    }
}
