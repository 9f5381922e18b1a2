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

/// A program that a child runs as a process of its own.
///
/// The process leads a session and a group of its own, sees descriptors 0 (`/dev/null`), 1 and 2, an empty signal mask
/// and default signal dispositions. Whatever is left of its group when it ends is killed before the next incarnation.
///
/// ```swift
/// var command = ProcessCommand("redis-server", "--port", "0", readiness: .line(containing: "Ready to accept"))
/// command.directory = "/var/lib/shop"
/// command.output = .lines { line in print(line.text) }
/// ```
public struct ProcessCommand: Sendable {
    /// The path of the program or, without a slash, a name that is looked up in the `PATH` that the process will have.
    public var program: String

    /// What it is given, without the program itself.
    public var arguments: [String]

    /// The directory it starts in; `nil` is that of the host.
    public var directory: String?

    /// Its whole environment; `nil` inherits that of the host at the time of the start.
    public var environment: [String: String]?

    /// Single variables that are changed or, with `nil`, removed in what is inherited or set.
    public var variables: [String: String?]

    /// When it counts as started.
    public var readiness: Readiness

    /// What becomes of its standard output and standard error.
    public var output: Output

    /// Exit statuses besides 0 that mean success.
    public var successStatuses: Set<UInt8>

    /// The ends that are hopeless: after one of them it is not started again, whatever the restart type.
    public var preventRestartOn: Set<Exit>

    /// The ends after which it is always started again, whatever the restart type, and which always count as failures.
    public var forceRestartOn: Set<Exit>

    /// Whether it dies when the host does, however that ended: killed, crashed, exited, replaced by `exec`; never because
    /// one of its threads did.
    ///
    /// A guard, a shell of the system beside the host, kills its whole group then. What has left the group is not found.
    /// Without a guard it is not started.
    public var endsWithHost: Bool

    /// How it is stopped; `nil` is SIGTERM, 5 seconds, SIGKILL. A shutdown in the ``ChildSpec`` comes before it.
    public var stopSteps: [ChildSpec.StopStep]?

    /// Of the child that runs it.
    var signals: SignalChannel?

    /// A command from a program and its arguments, one by one.
    public init(
        _ program: String,
        _ arguments: String...,
        directory: String? = nil,
        environment: [String: String]? = nil,
        variables: [String: String?] = [:],
        readiness: Readiness = .exec,
        output: Output = .inherit,
        successStatuses: Set<UInt8> = [],
        preventRestartOn: Set<Exit> = [],
        forceRestartOn: Set<Exit> = [],
        endsWithHost: Bool = false,
        stopSteps: [ChildSpec.StopStep]? = nil
    ) {
        self.init(
            program,
            arguments: arguments,
            directory: directory,
            environment: environment,
            variables: variables,
            readiness: readiness,
            output: output,
            successStatuses: successStatuses,
            preventRestartOn: preventRestartOn,
            forceRestartOn: forceRestartOn,
            endsWithHost: endsWithHost,
            stopSteps: stopSteps
        )
    }

    /// A command from a program and a list of arguments.
    public init(
        _ program: String,
        arguments: [String],
        directory: String? = nil,
        environment: [String: String]? = nil,
        variables: [String: String?] = [:],
        readiness: Readiness = .exec,
        output: Output = .inherit,
        successStatuses: Set<UInt8> = [],
        preventRestartOn: Set<Exit> = [],
        forceRestartOn: Set<Exit> = [],
        endsWithHost: Bool = false,
        stopSteps: [ChildSpec.StopStep]? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.directory = directory
        self.environment = environment
        self.variables = variables
        self.readiness = readiness
        self.output = output
        self.successStatuses = successStatuses
        self.preventRestartOn = preventRestartOn
        self.forceRestartOn = forceRestartOn
        self.endsWithHost = endsWithHost
        self.stopSteps = stopSteps
    }
}

extension ProcessCommand {
    /// A way in which a process can end that says something about trying again.
    ///
    /// ```swift
    /// ProcessCommand("orders", preventRestartOn: [.status(78)], forceRestartOn: [.signal(.kill)])
    /// ```
    ///
    /// A death by a step of its own stop is clean whatever is said of it; one that is in both sets, or is a success
    /// besides, is a fault.
    public struct Exit: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case status(UInt8)
            case signal(HostSignal)
        }

        let kind: Kind

        /// It exits with this status, 1 to 255.
        public static func status(_ status: UInt8) -> Exit {
            Exit(kind: .status(status))
        }

        /// It dies by this signal. Exiting with status 128 and the signal is not that.
        public static func signal(_ signal: HostSignal) -> Exit {
            Exit(kind: .signal(signal))
        }
    }
}

extension ProcessCommand.Exit: CustomStringConvertible {
    /// The way as words.
    public var description: String {
        switch kind {
        case .status(let status): "status \(status)"
        case .signal(let signal): "\(signal)"
        }
    }
}
