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

/// The live tree and the last events, drawn again and again in the same place.
struct Screen: Sendable {
    let terminal: Terminal
    let tree: Supervisor
    let journal: Journal
    let tally: Tally
    let chaos: Bool

    private let paint = Paint()

    /// Until the task is cancelled. The terminal is as it was when this returns.
    func run() async {
        terminal.open()
        let suspension = SignalWatch([.terminalStop]) { [terminal] _ in terminal.suspend() }
        defer {
            suspension.cancel()
            terminal.close()
        }
        repeat {
            let size = terminal.size
            terminal.draw(frame(size), size)
        } while (try? await Task.sleep(for: .milliseconds(150))) != nil
    }

    private func frame(_ size: Terminal.Size) -> [String] {
        let table = TreeTable(snapshot: tree.snapshot(), width: size.columns, paint: paint)
        // The tree comes first; events have what is left, and at least a few lines of a screen that is not tiny.
        let forTree = max(size.rows - 6, size.rows / 2)
        var lines = [title(size.columns), ""]
        lines += table.lines(atMost: forTree - lines.count)
        lines += ["", paint("EVENTS".padded(size.columns), .title)]
        let room = max(0, size.rows - lines.count)
        lines += journal.recent(room).map { paint($0.line.padded(size.columns), $0.tone) }
        return Array(lines.prefix(size.rows))
    }

    private func title(_ width: Int) -> String {
        let state =
            switch tree.state {
            case .starting: "opening"
            case .running: chaos ? "open, in chaos" : "open"
            case .stopping: "closing"
            case .ended: "closed"
            }
        let left = "The shop is \(state): \(journal.counts(tally))"
        let right = tree.state == .running ? "Ctrl-C closes" : "Ctrl-C closes at once"
        let gap = width - left.count - right.count
        return paint(gap < 2 ? left.padded(width) : left + String(repeating: " ", count: gap) + right, .title)
    }
}
