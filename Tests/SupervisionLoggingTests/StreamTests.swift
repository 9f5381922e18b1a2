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

import Logging
import SupervisionLogging
import Synchronization
import Testing

@Suite("Log tree: streams", .timeLimit(.minutes(1)))
struct StreamTests {
    let tree = LogTree()

    @Test("MON-133 All filters hold for what comes")
    func filters() throws {
        let a = try tree.node("a")
        let below = try tree.node("a/b")
        let other = try tree.node("zzz")
        let exact = try tree.follow(LogFilter("a")).stream
        let subtree = try tree.follow(LogFilter("a", includesDescendants: true)).stream
        let severe = try tree.follow(LogFilter(includesDescendants: true, minimumLevel: .error)).stream
        let raw = try tree.follow(LogFilter(includesDescendants: true, onlyRaw: true)).stream
        let leveled = try tree.follow(LogFilter(includesDescendants: true, minimumLevel: .error, onlyLeveled: true))
            .stream
        a.log(.info, "1")
        below.log(.error, "2")
        other.log(.critical, "3")
        other.raw("4")
        try tree.node("a/new").log(.info, "5")
        try tree.node("ab").log(.info, "6")
        #expect(exact.takeWaiting().map(\.entry?.text) == ["1"])
        #expect(subtree.takeWaiting().map(\.entry?.text) == ["1", "2", "5"])
        #expect(severe.takeWaiting().map(\.entry?.text) == ["2", "3", "4"])
        #expect(raw.takeWaiting().map(\.entry?.text) == ["4"])
        #expect(leveled.takeWaiting().map(\.entry?.text) == ["2", "3"])
    }

    @Test("MON-134 Who takes nothing holds up nobody: 128 entries wait, two are missed, and that is told in its place")
    func slow() throws {
        let node = try tree.node("a")
        let stream = try tree.follow().stream
        for number in 0..<130 { node.log(.info, "\(number)") }
        #expect(stream.missed == 2)
        let items = stream.takeWaiting()
        #expect(items.count == 129)
        guard case .missed(let count) = items.first else {
            Issue.record("the first item is \(items[0])")
            return
        }
        #expect(count == 2)
        #expect(items.dropFirst().map(\.entry?.text) == (2..<130).map { "\($0)" })
        node.log(.info, "next")
        #expect(stream.takeWaiting().map(\.entry?.text) == ["next"])
        #expect(stream.missed == 2)
    }

    @Test("MON-134 Losses are told in their place with every size of the buffer", arguments: [1, 2, 3, 7])
    func sizes(buffer: Int) async throws {
        let node = try tree.node("a")
        let stream = try tree.follow(buffer: buffer).stream
        for number in 0..<20 { node.log(.info, "\(number)") }
        stream.close()
        var items: [String] = []
        for await item in stream {
            switch item {
            case .missed(let count): items.append("-\(count)")
            case .entry(let entry): items.append(entry.text)
            }
        }
        #expect(items == ["-\(20 - buffer)"] + (20 - buffer..<20).map { "\($0)" })
    }

    @Test("The buffer of a stream has a size", arguments: [0, -1, 1_048_577])
    func bufferSize(buffer: Int) throws {
        let error = #expect(throws: LogError.self) { try tree.follow(buffer: buffer) }
        #expect(error?.code == .invalidFilter)
    }

    @Test("MON-135 MON-136 Closing ends it at once, what waits can be read, and closing again is harmless")
    func close() async throws {
        let node = try tree.node("a")
        let stream = try tree.follow().stream
        node.log(.info, "1")
        stream.close()
        stream.close()
        node.log(.info, "2")
        var texts: [String] = []
        for await item in stream { texts.append(item.entry?.text ?? "") }
        #expect(texts == ["1"])
        stream.close()
        #expect(stream.takeWaiting().isEmpty)
    }

    @Test("MON-135 A reader that waits is woken by the end, and by the first entry")
    func waiting() async throws {
        let node = try tree.node("a")
        let stream = try tree.follow().stream
        async let first = stream.entries(1)
        node.log(.info, "1")
        #expect(await first.map(\.text) == ["1"])
        let reader = Task { await stream.entries(.max).count }
        stream.close()
        #expect(await reader.value == 0)
    }

    @Test("Cancelling a reader ends its loop, and the stream goes on")
    func cancelled() async throws {
        let node = try tree.node("a")
        let stream = try tree.follow().stream
        let reader = Task { await stream.entries(.max).count }
        reader.cancel()
        _ = await reader.value
        node.log(.info, "1")
        #expect(stream.takeWaiting().count == 1)
    }

    @Test("A stream that is dropped is followed by nobody any longer")
    func dropped() throws {
        let node = try tree.node("a")
        var reading: LogReading? = try tree.follow()
        let kept = try tree.follow().stream
        reading = nil
        _ = reading
        node.log(.info, "1")
        #expect(kept.takeWaiting().count == 1)
    }

    @Test("Each entry is in the backlog or in the stream, once, in order, while many write", arguments: 0..<4)
    func joined(round: Int) async throws {
        let writers = 4
        let perWriter = 1_500
        let tree = tree
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for number in 0..<perWriter {
                        // A node of its own for every 100, so that nodes come while readers do.
                        try tree.node("w/\(writer)/\(number / 100)").log(.info, "\(writer) \(number)")
                        if number % 50 == 0 { await Task.yield() }
                    }
                }
            }
            for reader in 0..<3 {
                group.addTask {
                    for _ in 0..<reader * 5 { await Task.yield() }
                    let reading = try tree.follow(backlog: .all, buffer: writers * perWriter)
                    let total = writers * perWriter
                    let entries = reading.backlog + (await reading.stream.entries(total - reading.backlog.count))
                    #expect(entries.map(\.position) == Array(0..<UInt64(total)))
                    #expect(reading.stream.missed == 0)
                    for writer in 0..<writers {
                        let own = entries.filter { $0.path.description.hasPrefix("w/\(writer)/") }.map(\.text)
                        #expect(own == (0..<perWriter).map { "\(writer) \($0)" })
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A backlog has an entry only if it has all that were written before it")
    func consistent() async throws {
        let tree = tree
        let nodes = try (0..<8).map { try tree.node("n\($0)") }
        let isDone = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    for number in 0..<3_000 { nodes[(number + writer) % 8].log(.info, "\(number)") }
                    isDone.set()
                }
            }
            group.addTask {
                repeat {
                    let positions = try tree.backlog().map(\.position)
                    #expect(positions == Array(0..<UInt64(positions.count)))
                    await Task.yield()
                } while !isDone.isSet
            }
            try await group.waitForAll()
        }
        #expect(try tree.backlog().count == 6_000)
    }
}
