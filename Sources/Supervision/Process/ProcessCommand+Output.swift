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

extension ProcessCommand {
    /// What becomes of a process's standard output and standard error.
    public struct Output: Sendable {
        enum Kind: Sendable {
            case inherit
            case discard
            case handler(LineOptions, Int, Overflow, @Sendable (ProcessLine) async -> Void)
            case sequence(LineOptions, ProcessOutput)
            case receiver(LineOptions, @Sendable (TreeValues, _ path: String) throws -> any ProcessLineReceiver)
        }

        let kind: Kind

        /// They are the host's own.
        ///
        /// With ``ProcessCommand/Readiness/line(containing:)`` the lines are read, to be looked at, and written on to the
        /// host's own.
        public static let inherit = Output(kind: .inherit)

        /// They are `/dev/null`.
        public static let discard = Output(kind: .discard)

        /// They are read and handed over line by line to `handler`, which runs in a task of its own, one line after
        /// another, and may take its time: what it has not taken yet waits in a queue of `buffer` lines.
        ///
        /// - Parameters:
        ///   - options: How lines are cut.
        ///   - buffer: The length of the queue.
        ///   - overflow: What happens when it is full.
        ///   - handler: What is done with a line.
        public static func lines(
            _ options: LineOptions = LineOptions(),
            buffer: Int = 256,
            overflow: Overflow = .dropOldest,
            _ handler: @escaping @Sendable (ProcessLine) async -> Void
        ) -> Output {
            Output(kind: .handler(options, buffer, overflow, handler))
        }

        /// They are read and handed over line by line to a closure, as by ``lines(_:buffer:overflow:_:)`` with its defaults.
        public static func lines(_ handler: @escaping @Sendable (ProcessLine) async -> Void) -> Output {
            lines(LineOptions(), handler)
        }

        /// They are read and handed over line by line to a sequence, which may be that of several processes.
        public static func lines(_ options: LineOptions = LineOptions(), to output: ProcessOutput) -> Output {
            Output(kind: .sequence(options, output))
        }

        /// They are read and handed over where they arrive. The receiver is made with each spec of the core, from what the
        /// tree was given and the runtime name; an error is a fault of the spec.
        package static func received(
            _ options: LineOptions,
            by make: @escaping @Sendable (_ values: TreeValues, _ path: String) throws -> any ProcessLineReceiver
        ) -> Output {
            Output(kind: .receiver(options, make))
        }
    }

    /// How output is cut into lines.
    public struct LineOptions: Hashable, Sendable {
        /// One pipe for standard output and standard error, so that their order is kept; all lines then count as standard
        /// output.
        public var merged: Bool

        /// The longest line in bytes, 64 to 1,048,576; a longer one is handed over in pieces.
        public var limit: Int

        /// How long output that a descendant holds open is waited for after the exit.
        public var drain: Duration

        /// Separate streams, lines of up to 65,536 bytes, half a second of waiting.
        public init(merged: Bool = false, limit: Int = 65_536, drain: Duration = .milliseconds(500)) {
            self.merged = merged
            self.limit = limit
            self.drain = drain
        }
    }

    /// What happens to a process whose lines are not taken as fast as it writes them.
    public struct Overflow: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case dropOldest
            case holdBack
        }

        let kind: Kind

        /// The oldest lines are dropped; ``ProcessLine/dropped`` of the next one tells how many.
        public static let dropOldest = Overflow(kind: .dropOldest)

        /// Nothing more is read from it, so that it has to wait when its pipe is full.
        public static let holdBack = Overflow(kind: .holdBack)
    }
}

/// A line of the output of a process.
public struct ProcessLine: Hashable, Sendable {
    /// Where a line was written.
    public enum Stream: Hashable, Sendable {
        /// Descriptor 1, or either with ``ProcessCommand/LineOptions/merged``.
        case standardOutput
        /// Descriptor 2.
        case standardError
    }

    /// The name of the child.
    public let name: String

    /// Which of its incarnations wrote the line.
    public let incarnation: UInt64

    /// Where it was written.
    public let stream: Stream

    /// The line without its newline; bytes that are not UTF-8 are replaced.
    public let text: String

    /// It was the last of its stream and had no newline.
    public let isPartial: Bool

    /// It was cut at the limit; the rest follows.
    public let isContinued: Bool

    /// How many lines just before it were dropped because the queue was full.
    public internal(set) var dropped: UInt64
}

/// Lines of the output of one process or several, as a sequence with a queue of bounded length.
///
/// Each line is handed to one reader. The sequence ends when the last tree that writes to it is gone and its lines were
/// taken; a reader whose task is cancelled ends alone.
public struct ProcessOutput: AsyncSequence, Sendable {
    /// What the sequence is made of.
    public typealias Element = ProcessLine
    /// Reading does not fail.
    public typealias Failure = Never

    let queue: LineQueue

    /// A sequence with a queue of so many lines.
    public init(buffer: Int = 256, overflow: ProcessCommand.Overflow = .dropOldest) {
        self.queue = LineQueue(capacity: buffer, overflow: overflow)
    }

    /// Somebody who reads; each line is handed to one of them.
    public func makeAsyncIterator() -> Iterator {
        Iterator(queue: queue)
    }

    /// Takes lines, one after another.
    public struct Iterator: AsyncIteratorProtocol {
        let queue: LineQueue

        /// The next one; `nil` at the end, or when the task is cancelled.
        public mutating func next() async -> ProcessLine? {
            await queue.next()
        }

        /// The next one; `nil` at the end, or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> ProcessLine? {
            await queue.next()
        }
    }
}

/// Takes the output of a process on the thread of the loop, in which it must never wait: for modules of this package only.
package protocol ProcessLineReceiver: Sendable {
    /// A line or a part of one, without its newline.
    func receive(_ text: Span<UInt8>, _ piece: ProcessLinePiece)
}

/// What a receiver is told of a piece.
package struct ProcessLinePiece: Sendable {
    /// Which incarnation wrote it.
    let incarnation: Incarnation

    /// Where it was written.
    package let stream: ProcessLine.Stream

    /// It was cut at the limit; the rest follows.
    package let isContinued: Bool

    /// The stream has ended; there is no text.
    package let isEnd: Bool

    /// The stream of this incarnation, for those who keep something for each.
    package var source: Source {
        Source(incarnation: incarnation, stream: stream)
    }

    /// Where a line comes from.
    package struct Source: Hashable, Sendable {
        let incarnation: Incarnation
        let stream: ProcessLine.Stream
    }
}
