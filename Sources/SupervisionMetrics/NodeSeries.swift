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

internal import CoreMetrics
internal import Supervision

/// The metrics that are labelled with one node, or with what several share. Used under the lock of its observer.
final class NodeSeries {
    private struct Transition: Hashable {
        let from: StateChange.State?
        let to: StateChange.State
    }

    private let label: String
    private let maker: MetricMaker
    private let states: [StateChange.State: Meter]
    private var members: [StateChange.State: Int] = [:]
    private var transitions: [Transition: Counter] = [:]
    private let restarts: Counter
    private var starts: Timer?
    private var stops: Timer?

    init(label: String, maker: MetricMaker) {
        self.label = label
        self.maker = maker
        let meters = StateChange.State.all.map { state in
            (state, maker.meter(.nodeState, node: label, [("state", state.description)]))
        }
        self.states = Dictionary(uniqueKeysWithValues: meters)
        self.restarts = maker.counter(.nodeRestarts, node: label)
        for (_, meter) in meters { meter.set(0) }
    }

    var isEmpty: Bool { members.isEmpty }

    /// A node changes its state; it comes from nowhere, or goes there.
    func move(from old: StateChange.State?, to new: StateChange.State?) {
        if let old, let count = members[old] {
            members[old] = count > 1 ? count - 1 : nil
            states[old]?.set(count - 1)
        }
        guard let new else { return }
        members[new, default: 0] += 1
        states[new]?.set(members[new] ?? 0)
        count(Transition(from: old, to: new))
    }

    private func count(_ transition: Transition) {
        let counter =
            transitions[transition]
            ?? maker.counter(
                .nodeTransitions,
                node: label,
                [("from", transition.from?.description ?? "none"), ("to", transition.to.description)]
            )
        transitions[transition] = counter
        counter.increment()
    }

    func count(restarts count: UInt64) {
        restarts.increment(by: Int64(clamping: count))
    }

    /// The duration that an event tells.
    func record(_ event: Supervisor.Event) {
        switch event.kind {
        case .started:
            let timer = starts ?? maker.timer(.nodeStarts, node: label)
            starts = timer
            timer.recordNanoseconds(event.duration.inNanoseconds)
        case .terminated, .terminationFailed:
            let timer = stops ?? maker.timer(.nodeStops, node: label)
            stops = timer
            timer.recordNanoseconds(event.duration.inNanoseconds)
        default: break
        }
    }

    func destroy() {
        for meter in states.values { meter.destroy() }
        for counter in transitions.values { counter.destroy() }
        restarts.destroy()
        starts?.destroy()
        stops?.destroy()
    }
}
