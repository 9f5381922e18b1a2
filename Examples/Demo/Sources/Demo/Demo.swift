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

import ArgumentParser

/// A small shop as one supervision tree: redis-server and nginx, workers in Swift that use them, and what goes wrong in a
/// shop. ``Shop`` is the file to read first.
@main
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "A small shop in one supervision tree: redis-server, nginx and Swift workers.",
        discussion: """
            On a terminal it shows the live tree, elsewhere it prints events as lines. Ctrl-C stops the shop in order, \
            a second Ctrl-C at once.
            """
    )

    @Option(name: .customLong("for"), help: ArgumentHelp("Close after this many seconds.", valueName: "seconds"))
    var seconds: Double?

    @Flag(help: "Kill processes with SIGKILL and make workers fail, at random.")
    var chaos = false

    @Option(help: ArgumentHelp("Where redis-server listens, on 127.0.0.1; else a free port.", valueName: "port"))
    var redisPort: Int?

    @Option(help: ArgumentHelp("Where nginx listens, on 127.0.0.1; else a free port.", valueName: "port"))
    var nginxPort: Int?

    @Option(help: "Where the shop's own directory is made, and removed at the end; else TMPDIR, or /tmp.")
    var directory: String?

    @Flag(help: "Show also what redis-server and nginx print.")
    var output = false

    func validate() throws {
        if let seconds, !(seconds > 0 && seconds <= 1_000_000) {
            throw ValidationError("--for takes a number of seconds above 0 and up to 1000000, not \(seconds).")
        }
        for (name, port) in [("--redis-port", redisPort), ("--nginx-port", nginxPort)] {
            if let port, !(1...65_535).contains(port) {
                throw ValidationError("\(name) takes a port from 1 to 65535, not \(port).")
            }
        }
        if let redisPort, redisPort == nginxPort {
            throw ValidationError("--redis-port and --nginx-port are both \(redisPort): give them different ports.")
        }
    }

    func run() async throws {
        do {
            let session = Session(
                shop: Shop(
                    redisPort: try Ports.choose(redisPort, option: "--redis-port"),
                    nginxPort: try Ports.choose(nginxPort, option: "--nginx-port"),
                    directory: directory ?? Premises.standardParent,
                    mishaps: Mishaps(chaos: chaos)
                ),
                limit: seconds.map { .seconds($0) },
                chaos: chaos,
                showsOutput: output
            )
            throw ExitCode(await session.run())
        } catch let fault as Fault {
            Descriptor.complain(fault.description)
            throw ExitCode(1)
        }
    }
}
