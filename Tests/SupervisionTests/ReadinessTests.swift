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
import SupervisionTesting
import Testing

@Suite("Readiness of processes", .timeLimit(.minutes(1)))
struct ReadinessTests {
    /// nginx with a configuration of its own, which it finds in the folder.
    private func nginx(in folder: String, listening: String, readiness: ProcessCommand.Readiness) -> ProcessCommand {
        let configuration = """
            pid \(folder)/nginx.pid; error_log stderr crit;
            events {}
            http { access_log off;
              client_body_temp_path \(folder)/t; proxy_temp_path \(folder)/t; fastcgi_temp_path \(folder)/t;
              uwsgi_temp_path \(folder)/t; scgi_temp_path \(folder)/t;
              server { listen \(listening);
                location = /health { return 204; } location = /busy { return 503; } location / { return 404; } } }
            """
        return ProcessCommand(
            "sh",
            "-c",
            "mkdir -p t && printf '%s' \"$1\" > nginx.conf && exec nginx -p \"$PWD\" -c nginx.conf -g 'daemon off;'",
            "sh",
            configuration,
            directory: folder,
            readiness: readiness,
            output: .discard
        )
    }

    @Test(
        "P2 A process is started when it answers a request: nginx",
        .enabled(if: isInstalled("nginx"), "nginx is missing")
    )
    func answering() async throws {
        let folder = try #require(temporaryFolder())
        let other = try #require(temporaryFolder())
        defer { removeFolder(folder, with: "nginx.conf", "nginx.pid", "nginx.sock", "redis.sock", "t") }
        defer { removeFolder(other, with: "nginx.conf", "nginx.pid", "nginx.sock", "t") }
        let port = try #require(freePort())
        let recorder = EventRecorder()
        let local = nginx(
            in: other,
            listening: "unix:\(other)/nginx.sock",
            readiness: .answering(on: other + "/nginx.sock", path: "/nothing", host: "shop", statuses: 404...404)
        )
        let spec = SupervisorSpec("root") {
            ChildSpec(
                "port",
                startTimeout: .seconds(20),
                command: nginx(
                    in: folder,
                    listening: "127.0.0.1:\(port)",
                    readiness: .answering(on: "127.0.0.1:\(port)", path: "/health")
                )
            )
            ChildSpec("socket", startTimeout: .seconds(20), command: local)
            ChildSpec("asks") { _ in
                #expect(connects(toPort: port))
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        sendKill(try #require(tree.snapshot()["root/port"]?.pid))
        await recorder.expect(eventually: .started("root/port"), count: 2)
        try await tree.terminate()
        try await recorder.finish()
        #expect(
            recorder.events.filter { $0.kind == .started }.map(\.name).prefix(4) == ["port", "socket", "asks", "root"]
        )
    }

    @Test(
        "P2 A status that is not waited for is told when the time is over: nginx",
        .enabled(if: isInstalled("nginx"), "nginx is missing")
    )
    func busy() async throws {
        let folder = try #require(temporaryFolder())
        defer { removeFolder(folder, with: "nginx.conf", "nginx.pid", "nginx.sock", "redis.sock", "t") }
        let port = try #require(freePort())
        let address = "127.0.0.1:\(port)"
        let command = nginx(
            in: folder,
            listening: address,
            readiness: .answering(on: address, path: "/busy", every: .milliseconds(10))
        )
        let spec = SupervisorSpec("root") {
            ChildSpec("nginx", startTimeout: .seconds(3), command: command)
        }
        let error = try await failure { _ = try await Supervisor.start(spec) }
        let origin = try #require(error.rootCause as? SupervisorError)
        #expect(origin.code == .startTimedOut)
        #expect(origin.unready?.rule == .answering)
        #expect(origin.unready?.lastSeen == "status 503")
        #expect(origin.unready?.missing == "no status of 200 to 399 came from \(address) for GET /busy")
        #expect(error.explain.contains("status 503"), "\(error.explain)")
        let fields = Dictionary(uniqueKeysWithValues: error.fields.map { ($0.key, $0.value) })
        #expect(fields["supervisor.start.node.process.readiness.rule"] == "answering", "\(fields)")
        #expect(fields["supervisor.start.node.process.readiness.seen"] == "status 503", "\(fields)")
        #expect(!connects(toPort: port))
    }

    @Test(
        "P2 A process is started when a command succeeds: redis",
        .enabled(if: isInstalled("redis-server"), "redis is missing")
    )
    func command() async throws {
        let folder = try #require(temporaryFolder())
        defer { removeFolder(folder, with: "nginx.conf", "nginx.pid", "nginx.sock", "redis.sock", "t") }
        let recorder = EventRecorder()
        let command = ProcessCommand(
            "redis-server",
            arguments: ["--port", "0", "--unixsocket", "redis.sock", "--save", ""],
            directory: folder,
            readiness: .command("redis-cli", "-e", "-s", "redis.sock", "ping", every: .milliseconds(20)),
            output: .discard
        )
        let spec = SupervisorSpec("root") {
            ChildSpec("redis", startTimeout: .seconds(20), command: command)
            ChildSpec.idle("after")
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder])
        try await tree.terminate()
        try await recorder.finish()
        #expect(recorder.events.filter { $0.kind == .started }.map(\.name) == ["redis", "after", "root"])
    }

    @Test("P2 Each rule says what was waited for and what was seen")
    func unready() async throws {
        let rules: [(ProcessCommand.Readiness, UnreadyProcess.Rule, String, String?)] = [
            (.line(containing: "READY"), .line, "'READY'", "the line \"warming up\""),
            (.descriptor(7), .descriptor, "descriptor 7", nil),
            (.notify, .notify, "READY=1", nil),
            (.running(for: .seconds(3600)), .running, "1 h", nil),
            (.accepting(on: "/nowhere/a"), .accepting, "/nowhere/a", "no such file or directory"),
            (.answering(on: "/nowhere/b"), .answering, "from /nowhere/b for GET /", "no such file or directory"),
            (.command("sh", "-c", "exit 7"), .command, "sh -c exit 7", "exit status 7"),
            (.command("no-such-program"), .command, "no-such-program", nil),
            (
                .command("sh", "-c", "sleep 1000", attemptTimeout: .milliseconds(50)), .command, "sleep 1000",
                "no exit in time"
            ),
        ]
        for (readiness, rule, missing, seen) in rules {
            // A program has to run before there is anything to see.
            let takesItsTime = seen != nil && [.line, .command].contains(rule)
            let command = ProcessCommand(
                "sh",
                "-c",
                "echo warming up; exec sleep 3600",
                readiness: readiness,
                output: .lines { _ in }
            )
            let spec = SupervisorSpec("root") {
                ChildSpec("program", startTimeout: takesItsTime ? .seconds(3) : .milliseconds(300), command: command)
            }
            let error = try await failure { _ = try await Supervisor.start(spec) }
            let origin = try #require(error.rootCause as? SupervisorError)
            let unready = try #require(origin.unready, "\(error.explain)")
            #expect(unready.rule == rule)
            #expect(unready.missing.contains(missing), "\(unready)")
            #expect(unready.waited >= .milliseconds(200))
            if let seen { #expect(unready.lastSeen == seen) }
            #expect(origin.message.contains(unready.missing))
            #expect("\(unready)".contains(unready.lastSeen ?? "nothing was seen"))
            #expect(error.explain.contains("root/program"))
            #expect(error.explain.contains(unready.missing), "\(error.explain)")
        }
    }

    @Test("P2 A command may have an environment and a directory of its own")
    func commandSettings() async throws {
        let script = "[ \"$COLOUR\" = blue ] && [ -z \"$SIZE\" ] && [ \"$(pwd)\" = / ]"
        let own: ProcessCommand.Readiness = .command(
            "/bin/sh",
            "-c",
            script,
            directory: "/",
            environment: ["COLOUR": "blue", "PATH": "/usr/bin:/bin"],
            every: .milliseconds(1),
            attemptTimeout: .seconds(10)
        )
        let inherited: ProcessCommand.Readiness = .command("sh", "-c", "[ \"$COLOUR$SIZE\" = red1 ]")
        let spec = SupervisorSpec("root") {
            for (name, readiness) in [("own", own), ("inherited", inherited)] {
                ChildSpec(
                    name,
                    command: ProcessCommand(
                        "sleep",
                        "3600",
                        directory: "/usr",
                        variables: ["COLOUR": "red", "SIZE": "1"],
                        readiness: readiness
                    )
                )
            }
        }
        try await Supervisor.start(spec).terminate()
    }

    @Test("P2 N5 Requests and commands that make no sense are faults")
    func faults() async throws {
        let bad: [(ProcessCommand.Readiness, String)] = [
            (.answering(on: "localhost:80"), "127.0.0.1:5432"),
            (.answering(on: "127.0.0.1:80", path: "health"), "begin with '/'"),
            (.answering(on: "127.0.0.1:80", path: "/a b"), "blank"),
            (.answering(on: "127.0.0.1:80", path: "/a\0b"), "NUL"),
            (.answering(on: "127.0.0.1:80", host: "a\r\nb"), "host of its readiness"),
            (.answering(on: "127.0.0.1:80", statuses: 0...0), "200 to 999"),
            (.answering(on: "127.0.0.1:80", statuses: 100...399), "200 to 999"),
            (.answering(on: "127.0.0.1:80", every: .seconds(-1)), "every"),
            (.answering(on: "127.0.0.1:80", attemptTimeout: .seconds(100_000)), "a day"),
            (.command(""), "command of its readiness is empty"),
            (.command("a\0b"), "NUL"),
            (.command("true", directory: ""), "directory of its readiness"),
            (.command("true", environment: ["": "x"]), "NAME=value"),
            (.command("true", attemptTimeout: .seconds(-1)), "attemptTimeout"),
        ]
        for (readiness, part) in bad {
            let spec = SupervisorSpec("root") {
                ChildSpec("program", command: ProcessCommand("true", readiness: readiness))
            }
            let error = try await failure { _ = try await Supervisor.start(spec) }
            #expect(error.explain.contains(part), "\(error.explain)")
            #expect(error.explain.contains("root/program"), "\(error.explain)")
        }
    }

    @Test("P12 Processes that end with the host run, end and are restarted as others do")
    func endsWithHost() async throws {
        let recorder = EventRecorder()
        let runtime = try SupervisorRuntime()
        let spec = SupervisorSpec("root") {
            for name in ["a", "b"] {
                ChildSpec(name, command: ProcessCommand("sleep", "3600", endsWithHost: true))
            }
        }
        let tree = try await Supervisor.start(spec, subscribers: [recorder], on: runtime)
        sendKill(try #require(tree.snapshot()["root/a"]?.pid))
        await recorder.expect(eventually: .started("root/a"), count: 2)
        try await tree.terminate()
        try await recorder.finish()
    }
}
