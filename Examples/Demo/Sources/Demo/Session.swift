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

/// One evening of the shop: it is opened, watched, and closed in order, whatever happens.
struct Session: Sendable {
    let shop: Shop
    let limit: Duration?
    let chaos: Bool
    let showsOutput: Bool

    /// Run the shop to its end and give back the status with which the program ends.
    func run() async -> Int32 {
        let terminal = Terminal.isUsable ? Terminal() : nil
        let closing = Closing(budget: Shop.closingTime)
        let journal = Journal(prints: terminal == nil) { closing.outputBroke($0) }
        let signals = SignalWatch([.interrupt, .terminate, .hangup, .quit]) { signal in
            journal.note(signal.description, closing.isRequested ? "closing at once" : "closing in order")
            closing.received(signal)
        }
        defer { signals.cancel() }
        // A reader that has gone, or a limit on the size of files, is an error of one call, not the end of the program:
        // there would be nobody left to close the shop.
        SignalWatch.ignore([.brokenPipe, .fileTooLarge])

        let showsOutput = showsOutput
        let spec = shop.spec { line in
            // The last lines of a process that failed come with the error in any case.
            if showsOutput { journal.note(line.name, line.text) }
        }
        let tree: Supervisor
        do {
            tree = try await closing.start { try await Supervisor.start(spec, subscribers: [journal]) }
        } catch {
            await journal.ended()
            return closing.status(after: error, while: "the shop could not be opened")
        }

        let failure = await attend(tree, terminal: terminal, journal: journal, closing: closing)
        await journal.ended()
        say(journal.summary(of: shop.tally), closing)
        return closing.status(after: failure, while: "the shop did not close cleanly")
    }

    /// Whatever goes on beside the tree, until the tree has ended.
    private func attend(
        _ tree: Supervisor,
        terminal: Terminal?,
        journal: Journal,
        closing: Closing
    ) async -> SupervisorError? {
        await withTaskGroup(of: Void.self) { group -> SupervisorError? in
            if let terminal {
                let screen = Screen(terminal: terminal, tree: tree, journal: journal, tally: shop.tally, chaos: chaos)
                group.addTask { await screen.run() }
            }
            if chaos {
                group.addTask { await Chaos(tree: tree, journal: journal).run() }
            }
            if let limit {
                group.addTask {
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    closing.timeIsUp()
                }
            }
            defer { group.cancelAll() }
            do throws(SupervisorError) {
                try await tree.wait()
                return nil
            } catch {
                return error
            }
        }
    }

    private func say(_ text: String, _ closing: Closing) {
        do {
            try Descriptor.write(text + "\n", to: Descriptor.standardOutput)
        } catch {
            closing.outputBroke(error)
        }
    }
}
