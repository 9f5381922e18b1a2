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

import Synchronization

/// Prints the journal where there is no terminal, line by line, as fast as somebody reads.
final class Printer: Sendable {
    private let (entries, entry) = AsyncStream.makeStream(
        of: JournalEntry.self,
        bufferingPolicy: .bufferingOldest(4_096)
    )
    private let (end, ending) = AsyncStream.makeStream(of: Never.self)
    private let lost = Atomic(0)

    /// Print until the journal is finished, or standard output cannot be written.
    func run() async throws(Descriptor.Failure) {
        defer { ending.finish() }
        for await entry in entries {
            try Descriptor.write(entry.line + "\n", to: Descriptor.standardOutput)
        }
        let lost = lost.load(ordering: .relaxed)
        if lost > 0 {
            let text = "Not printed, because nobody read: \(lost.of("line"))."
            try Descriptor.write(text + "\n", to: Descriptor.standardOutput)
        }
    }

    /// Put an entry into the queue. If nobody reads, it is only counted.
    func print(_ next: JournalEntry) {
        if case .dropped = entry.yield(next) { lost.add(1, ordering: .relaxed) }
    }

    /// There are no more entries.
    func finish() {
        entry.finish()
    }

    /// Wait until everything is printed. False if it took too long: a reader that does not read is no reason to stay.
    func ended(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { [end] group in
            group.addTask {
                for await _ in end {}
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
