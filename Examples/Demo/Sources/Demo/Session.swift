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
        let printer = terminal == nil ? Printer() : nil
        let journal = Journal(printer: printer)
        let signals = SignalWatch([.interrupt, .terminate, .hangup, .quit]) { signal in
            journal.note(signal.description, closing.isRequested ? "closing at once" : "closing in order")
            closing.received(signal)
        }
        defer { signals.cancel() }
        // A reader that has gone, or a limit on the size of files, is an error of one call, not the end of the program:
        // there would be nobody left to close the shop.
        SignalWatch.ignore([.brokenPipe, .fileTooLarge])

        if let printer { printing(printer, closing) }
        let showsOutput = showsOutput
        let spec = shop.spec { line in
            // The last lines of a process that failed come with the error in any case.
            if showsOutput { journal.note(line.name, line.text) }
        }
        let tree: Supervisor
        do {
            tree = try await closing.start { try await Supervisor.start(spec, subscribers: [journal]) }
        } catch {
            _ = await printer?.ended(within: Self.patience)
            return closing.status(after: error, while: "the shop could not be opened")
        }

        let failure = await attend(tree, terminal: terminal, journal: journal, closing: closing)
        if await printer?.ended(within: Self.patience) ?? true {
            try? Descriptor.write(journal.summary(shop.tally) + "\n", to: Descriptor.standardOutput)
        }
        return closing.status(after: failure, while: "the shop did not close cleanly")
    }

    /// How long a slow reader of the output is waited for at the end.
    private static let patience: Duration = .seconds(2)

    private func printing(_ printer: Printer, _ closing: Closing) {
        // Not one of the tasks that are awaited: a reader that does not read would hold them.
        Task.detached {
            do throws(Descriptor.Failure) {
                try await printer.run()
            } catch {
                closing.outputBroke(error)
            }
        }
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
                let end = limit.map { SupervisorRuntime.shared.now.advanced(by: $0) }
                group.addTask { await Chaos(tree: tree, journal: journal, end: end).run() }
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
}
