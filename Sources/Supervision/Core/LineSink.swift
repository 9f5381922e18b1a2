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

internal import CSupervisorCore

/// Where the lines of one process spec go: the context of its output functions.
final class LineSink: Sendable {
    private enum Target {
        case queue(LineQueue, (@Sendable (ProcessLine) async -> Void)?)
        case receiver(any ProcessLineReceiver)
    }

    private let name: String
    private let target: Target
    private let surroundings: Surroundings

    init(name: String, receiver: any ProcessLineReceiver, surroundings: Surroundings) {
        self.name = name
        self.target = .receiver(receiver)
        self.surroundings = surroundings
    }

    init(
        name: String,
        queue: LineQueue,
        handler: (@Sendable (ProcessLine) async -> Void)?,
        surroundings: Surroundings
    ) {
        self.name = name
        self.target = .queue(queue, handler)
        self.surroundings = surroundings
        queue.addWriter()
    }

    deinit {
        if case .queue(let queue, _) = target { queue.removeWriter() }
    }

    /// Whether the process may go on.
    private func put(_ text: UnsafeBufferPointer<CChar>, flags: Int, from child: CoreChild) -> Bool {
        let isEnd = flags & SUP_LINE_END != 0
        let stream: ProcessLine.Stream = flags & SUP_LINE_STDERR != 0 ? .standardError : .standardOutput
        let queue: LineQueue
        let handler: (@Sendable (ProcessLine) async -> Void)?
        switch target {
        case .receiver(let receiver):
            let piece = ProcessLinePiece(
                incarnation: child.incarnation,
                stream: stream,
                isContinued: flags & SUP_LINE_CONTINUED != 0,
                isEnd: isEnd
            )
            // Safe: the core's bytes are valid during the call, which a span does not outlive.
            unsafe text.withMemoryRebound(to: UInt8.self) { unsafe receiver.receive($0.span, piece) }
            return true
        case .queue(let itsQueue, let itsHandler):
            queue = itsQueue
            handler = itsHandler
        }
        if isEnd { return true }
        let line = unsafe ProcessLine(
            name: name,
            incarnation: child.incarnation.number,
            stream: stream,
            // Safe: the core's bytes are valid during the call, and are copied.
            text: text.withMemoryRebound(to: UInt8.self) { unsafe String(decoding: $0, as: UTF8.self) },
            isPartial: flags & SUP_LINE_PARTIAL != 0,
            isContinued: flags & SUP_LINE_CONTINUED != 0,
            dropped: 0
        )
        let accepted = queue.put(line, from: child, pumping: handler != nil)
        if accepted.startsPump, let handler {
            _ = surroundings.detach { [queue] in await queue.pump(handler) }
        }
        return accepted.goesOn
    }
}

// MARK: As the core sees it

extension LineSink {
    /// Give the sink to a process spec of the core. The answer is that of the core.
    static func set(
        _ sink: LineSink,
        options: ProcessCommand.LineOptions,
        on spec: borrowing CoreSpec
    ) -> Int32 {
        guard let pointer = unsafe spec.borrowed else { return sup_errno.SUP_ENOMEM.rawValue }
        var output = unsafe sup_output(
            size: MemoryLayout<sup_output>.size,
            mode: .SUP_OUTPUT_LINES,
            merge: options.merged,
            line_limit: UInt32(clamping: options.limit),
            drain: options.drain.coreDuration ?? 0,
            line: line,
            free: free
        )
        let context = unsafe Unmanaged.passRetained(sink).toOpaque()
        // Safe: the core calls `free` once with the context, also on an error, and copies the rest.
        return unsafe sup_spec_set_output(pointer, &output, context)
    }

    private static let line:
        @Sendable @convention(c) (
            UnsafeMutableRawPointer?, sup_child, UnsafePointer<CChar>, Int, UInt32
        ) -> Bool = { context, child, text, length, flags in
            // Safe: `set` hands over nothing else, and the spec that is being used keeps it alive.
            let sink = unsafe Unmanaged<LineSink>.fromOpaque(context!).takeUnretainedValue()
            let bytes = unsafe UnsafeBufferPointer(start: text, count: length)
            return unsafe sink.put(bytes, flags: Int(flags), from: CoreChild(child))
        }

    private static let free: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        // Safe: gives back what `set` retained.
        guard let context = unsafe context else { return }
        unsafe Unmanaged<LineSink>.fromOpaque(context).release()
    }
}
