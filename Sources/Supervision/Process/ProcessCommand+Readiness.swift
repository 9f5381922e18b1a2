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
    /// When a process counts as started. Not within the start timeout is a failed start.
    public struct Readiness: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case exec
            case line(String)
            case descriptor(Int)
            case notify
            case running(Duration)
            case accepting(String)
            case answering(Request)
            case command(Check)
        }

        struct Request: Hashable, Sendable {
            let address: String
            let path: String
            let host: String?
            let statuses: ClosedRange<Int>
            let interval: Duration?
            let attemptTimeout: Duration?
        }

        struct Check: Hashable, Sendable {
            let program: String
            let arguments: [String]
            let directory: String?
            let environment: [String: String]?
            let interval: Duration?
            let attemptTimeout: Duration?
        }

        let kind: Kind

        /// When the program was executed.
        public static let exec = Readiness(kind: .exec)

        /// When a line of its output contains this text.
        public static func line(containing text: String) -> Readiness {
            Readiness(kind: .line(text))
        }

        /// When it writes a newline to this descriptor, 3 to 255.
        public static func descriptor(_ number: Int) -> Readiness {
            Readiness(kind: .descriptor(number))
        }

        /// When it says `READY=1` to its `NOTIFY_SOCKET`, as services of systemd do (`sd_notify`).
        ///
        /// What else it may say there is understood as well, also with another readiness if its ``ChildSpec`` has a
        /// ``ChildSpec/heartbeat``: `WATCHDOG=1` is a sign of life, `WATCHDOG=trigger` a failure by silence,
        /// `EXTEND_TIMEOUT_USEC=` asks for more time to start, `STATUS=` is shown if it fails. It, and the members of its
        /// process group, are listened to.
        public static let notify = Readiness(kind: .notify)

        /// When it has been running for this time, for a program that does not say when it is up: what is wrong from the
        /// beginning ends it before, and that is a failed start, whatever its status.
        ///
        /// The time is real time, also in a tree on manual time, for the process lives in that. It is neither zero nor
        /// infinite, and shorter than the start timeout.
        public static func running(for time: Duration) -> Readiness {
            Readiness(kind: .running(time))
        }

        /// When it accepts connections on this address: `"127.0.0.1:5432"`, `"[::1]:5432"` or the absolute path of a unix
        /// socket.
        ///
        /// ```swift
        /// ProcessCommand("redis-server", "--port", "6379", readiness: .accepting(on: "127.0.0.1:6379"))
        /// ```
        ///
        /// A connection is tried when the program runs, then at growing intervals of at most 100 ms of real time, also in a
        /// tree on manual time. The one that is accepted is closed at once, without a byte. Addresses are numeric, for names
        /// would have to be looked up; anything else is a fault. That somebody listens there is not proof that it is this
        /// process: another program that has the address is taken for it.
        public static func accepting(on address: String) -> Readiness {
            Readiness(kind: .accepting(address))
        }

        /// When it answers a request on this address with one of these statuses: `GET` by HTTP/1.1, without TLS.
        ///
        /// ```swift
        /// ProcessCommand("nginx", readiness: .answering(on: "127.0.0.1:8080", path: "/health"))
        /// ```
        ///
        /// It is asked when the program runs, and again until it answers so. Redirections are not followed, and nothing
        /// behind the status is looked at. As with ``accepting(on:)`` addresses are numeric or paths of unix sockets, the
        /// time is real, and another program that has the address is taken for it.
        ///
        /// - Parameters:
        ///   - address: `"127.0.0.1:8080"`, `"[::1]:8080"` or the absolute path of a unix socket.
        ///   - path: What is asked for, beginning with `/`.
        ///   - host: What the header `Host` says; `nil` is the address, or `localhost` for a unix socket.
        ///   - statuses: Those that are waited for, within 200 to 999.
        ///   - interval: From the end of an attempt to the next; `nil` is 5 ms, growing to 100 ms.
        ///   - attemptTimeout: What one attempt may take; `nil` is 1 second.
        public static func answering(
            on address: String,
            path: String = "/",
            host: String? = nil,
            statuses: ClosedRange<Int> = 200...399,
            every interval: Duration? = nil,
            attemptTimeout: Duration? = nil
        ) -> Readiness {
            let request = Request(
                address: address,
                path: path,
                host: host,
                statuses: statuses,
                interval: interval,
                attemptTimeout: attemptTimeout
            )
            return Readiness(kind: .answering(request))
        }

        /// When this program, which is run again and again, exits with status 0.
        ///
        /// ```swift
        /// ProcessCommand("postgres", "-D", folder, readiness: .command("pg_isready", "-q", "-h", folder))
        /// ```
        ///
        /// It is run when the process runs, and never twice at once; its input and output are `/dev/null`. What is left of
        /// an attempt, and of its group, is killed at its end or after `attemptTimeout`, and when the process ends, is
        /// stopped, or was not up in time. The time is real, also in a tree on manual time.
        ///
        /// - Parameters:
        ///   - program: Its path, or a name that is looked up in the `PATH` that it will have.
        ///   - arguments: What it is given, without the program itself.
        ///   - directory: The directory it starts in; `nil` is that of the process.
        ///   - environment: Its whole environment; `nil` is that of the process.
        ///   - interval: From the end of an attempt to the next; `nil` is 50 ms, growing to 1 second.
        ///   - attemptTimeout: What one attempt may take; `nil` is 5 seconds.
        public static func command(
            _ program: String,
            _ arguments: String...,
            directory: String? = nil,
            environment: [String: String]? = nil,
            every interval: Duration? = nil,
            attemptTimeout: Duration? = nil
        ) -> Readiness {
            let check = Check(
                program: program,
                arguments: arguments,
                directory: directory,
                environment: environment,
                interval: interval,
                attemptTimeout: attemptTimeout
            )
            return Readiness(kind: .command(check))
        }
    }
}
