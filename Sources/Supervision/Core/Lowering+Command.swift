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

extension Lowering {
    /// A process spec of the core, with everything but its policies and its output.
    mutating func command(_ command: ProcessCommand, name: String, path: String) -> CoreSpec {
        let arguments = checked([command.program] + command.arguments, "argument", path: path)
        // Safe: everything is copied during the call.
        let made = unsafe CoreSpec(owned: CStrings(arguments).withPointer { unsafe sup_process_spec(name, $0) })
        guard let pointer = unsafe made.borrowed else { return made }
        // Safe, as all setters below: the spec is ours, and what it is given is copied. Each notes its faults in the spec.
        if let directory = command.directory {
            for directory in checked([directory], "directory", path: path) {
                _ = unsafe sup_spec_set_directory(pointer, directory)
            }
        }
        unsafe setVariables(of: command, on: pointer, path: path)
        unsafe setReadiness(command.readiness, on: pointer, path: path)
        if command.endsWithHost { _ = unsafe sup_spec_set_ends_with_host(pointer, true) }
        if !command.successStatuses.isEmpty {
            let statuses = command.successStatuses.sorted()
            _ = unsafe sup_spec_set_success_statuses(pointer, statuses, statuses.count)
        }
        unsafe set(command.preventRestartOn, as: .hopeless, on: pointer)
        unsafe set(command.forceRestartOn, as: .forced, on: pointer)
        return made
    }

    private func set(_ exits: Set<ProcessCommand.Exit>, as what: ChildSpec.FailureClass, on spec: OpaquePointer) {
        var statuses: [UInt8] = []
        var signals: [Int32] = []
        for exit in exits {
            switch exit.kind {
            case .status(let status): statuses.append(status)
            case .signal(let signal): signals.append(signal.rawValue)
            }
        }
        // Safe: both are copied.
        if !statuses.isEmpty {
            _ = unsafe sup_spec_set_failure_statuses(spec, what.core, statuses, statuses.count)
        }
        if !signals.isEmpty {
            _ = unsafe sup_spec_set_failure_signals(spec, what.core, signals, signals.count)
        }
    }

    private mutating func setVariables(of command: ProcessCommand, on spec: OpaquePointer, path: String) {
        if let environment = command.environment {
            let entries = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            unsafe CStrings(checked(entries, "environment", path: path)).withPointer {
                _ = unsafe sup_spec_set_environment(spec, $0)
            }
        }
        for (name, value) in command.variables.sorted(by: { $0.key < $1.key }) {
            let texts = [name] + (value.map { [$0] } ?? [])
            guard checked(texts, "variable", path: path).count == texts.count else { continue }
            _ = unsafe sup_spec_set_variable(spec, name, value)
        }
    }

    mutating func setOutput(
        of command: ProcessCommand,
        name: String,
        on spec: borrowing CoreSpec,
        path: String,
        surroundings: Surroundings
    ) {
        let sink: LineSink
        let options: ProcessCommand.LineOptions
        switch command.output.kind {
        case .inherit:
            guard case .line = command.readiness.kind else { return }
            // Whoever looks for a line has to read them all, and hands them on.
            options = ProcessCommand.LineOptions()
            sink = LineSink(
                name: name,
                queue: LineQueue(capacity: 1_024, overflow: .dropOldest),
                handler: { $0.handOn() },
                surroundings: surroundings
            )
        case .discard:
            guard let pointer = unsafe spec.borrowed else { return }
            var output = sup_output()
            output.size = MemoryLayout<sup_output>.size
            output.mode = .SUP_OUTPUT_DISCARD
            _ = unsafe sup_spec_set_output(pointer, &output, nil)
            return
        case .handler(let lineOptions, let buffer, let overflow, let handler):
            options = lineOptions
            let queue = LineQueue(capacity: buffer, overflow: overflow)
            sink = LineSink(name: name, queue: queue, handler: handler, surroundings: surroundings)
        case .sequence(let lineOptions, let output):
            options = lineOptions
            sink = LineSink(name: name, queue: output.queue, handler: nil, surroundings: surroundings)
        case .receiver(let lineOptions, let make):
            options = lineOptions
            do {
                let receiver = try make(surroundings.values, path)
                sink = LineSink(name: name, receiver: receiver, surroundings: surroundings)
            } catch {
                return fault(path, "`output:` cannot be used: \(error)")
            }
        }
        if options.limit <= 0 {
            fault(path, "`output:` has a line limit of \(options.limit); give it 64 to 1,048,576 bytes")
        }
        if checkedTime(options.drain, "output: drain", path: path) != nil {
            _ = LineSink.set(sink, options: options, on: spec)
        }
    }

    /// The texts that the core can be given; the others are faults.
    mutating func checked(_ texts: [String], _ what: String, path: String) -> [String] {
        texts.filter { text in
            guard text.utf8.contains(0) else { return true }
            let shown = text.prefix { $0 != "\0" }
            fault(path, "the \(what) that begins with \"\(shown)\" has a NUL in it; take it out")
            return false
        }
    }
}

/// A list of C strings, ended by nil.
struct CStrings {
    private let texts: [String]

    init(_ texts: [String]) {
        self.texts = texts
    }

    func withPointer<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        let bytes = texts.flatMap { Array($0.utf8CString) }
        // Safe: the pointers point into `bytes`, and both live during the call.
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for text in texts {
                unsafe pointers.append(buffer.baseAddress! + offset)
                offset += text.utf8.count + 1
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
        }
    }
}

extension ProcessLine {
    /// Write the line where the process itself would have written it.
    fileprivate func handOn() {
        let whole = isPartial || isContinued ? text : text + "\n"
        switch stream {
        case .standardOutput: Platform.writeToStandardOutput(whole)
        case .standardError: Platform.writeToStandardError(whole)
        }
    }
}
