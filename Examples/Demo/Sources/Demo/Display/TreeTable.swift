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

/// A snapshot as a table that is as wide as the screen.
struct TreeTable {
    let snapshot: Supervisor.Snapshot
    let width: Int
    let paint: Paint

    /// The heading and the nodes. If there is no room for all, the last line says how many are missing.
    func lines(atMost limit: Int) -> [String] {
        let nodes = snapshot.nodes
        let room = max(1, limit - 1)
        let shown = nodes.count <= room ? nodes.count : room - 1
        var lines = [heading] + nodes.prefix(shown).map(line)
        if shown < nodes.count {
            lines.append(paint("and \(nodes.count - shown) more".padded(width), .faint))
        }
        return lines
    }

    private var heading: String {
        paint(row(name: "NAME", state: "STATE", "PID", "RESTARTS", "UPTIME", "LAST ERROR").joined(), .title)
    }

    private func line(_ node: Supervisor.Snapshot.Node) -> String {
        let cells = row(
            name: String(repeating: "  ", count: node.depth) + node.name,
            state: state(of: node),
            node.pid.map { String($0) } ?? "",
            String(node.restarts),
            node.startedAt.map { $0.duration(to: snapshot.time).clock } ?? "",
            node.error.map { $0.brief.printable } ?? ""
        )
        return cells[0] + paint(cells[1], tone(of: node.state)) + cells[2] + paint(cells[3], .faint)
    }

    /// Four pieces that together are as wide as the screen: the name, the state, numbers, the error.
    private func row(
        name: String,
        state: String,
        _ pid: String,
        _ restarts: String,
        _ uptime: String,
        _ error: String
    ) -> [String] {
        let fixed = [
            name.padded(13) + " ",
            state.padded(14) + " ",
            "\(pid.leftPadded(7))  \(restarts.leftPadded(8))  \(uptime.leftPadded(9))  ",
        ]
        var left = width
        return (fixed + [error.padded(max(0, width - fixed.map(\.count).reduce(0, +)))]).map { piece in
            let part = String(piece.prefix(max(0, left)))
            left -= part.count
            return part
        }
    }

    private func state(of node: Supervisor.Snapshot.Node) -> String {
        guard node.state == .waiting, let deadline = node.deadline, deadline > snapshot.time else {
            return node.state.description
        }
        return "waiting \(snapshot.time.duration(to: deadline).brief)"
    }

    private func tone(of state: NodeState) -> Tone {
        switch state {
        case .running: .good
        case .new, .starting, .stopping, .waiting, .ended: .busy
        case .failed, .stuck, .abandoned: .bad
        default: .faint
        }
    }
}
