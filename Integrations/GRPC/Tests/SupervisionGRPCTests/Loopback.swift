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

import GRPCCore
import GRPCNIOTransportCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import Supervision
import SupervisionGRPC
import SupervisionTesting
import Synchronization

/// A place on the loopback at which servers of one child listen, one after another.
final class Loopback: Sendable {
    private let state = Mutex(0)
    private let incarnations = Mutex(0)
    private let last = Mutex<GRPCServer<HTTP2ServerTransport.Posix>?>(nil)

    /// Where the first server listened; the system chose it. 0 before.
    var port: Int { state.withLock { $0 } }

    /// How many servers were made.
    var made: Int { incarnations.withLock { $0 } }

    /// A child with a server that has the service, and answers as `echo 1`, `echo 2`, ….
    func child(
        graceful: Bool = true,
        restart: ChildSpec.Restart = .permanent,
        shutdown: ChildSpec.Shutdown? = nil,
        settling: Duration = .milliseconds(200),
        service: Echo = Echo(name: "echo"),
        onListening: @escaping @Sendable () async throws -> Void = {}
    ) -> ChildSpec {
        let listening: @Sendable (GRPCNIOTransportCore.SocketAddress) async throws -> Void = { address in
            self.state.withLock { $0 = address.ipv4?.port ?? 0 }
            try await onListening()
        }
        return .gRPCServer(
            "rpc",
            graceful: graceful,
            restart: restart,
            shutdown: shutdown,
            settling: settling,
            onListening: listening
        ) {
            let number = self.incarnations.withLock { number in
                number += 1
                return number
            }
            let named = Echo(name: "\(service.name) \(number)", begun: service.begun, gate: service.gate)
            let server = GRPCServer(
                transport: HTTP2ServerTransport.Posix(
                    address: .ipv4(host: "127.0.0.1", port: self.port),
                    transportSecurity: .plaintext
                ),
                services: [named]
            )
            self.last.withLock { $0 = server }
            return server
        }
    }

    /// Let the server that was made last end by itself.
    func endServer() {
        last.withLock { $0 }?.beginGracefulShutdown()
    }

    /// Whether something accepts connections there.
    func accepts() async -> Bool {
        guard let connection = try? await connect() else { return false }
        try? await connection.close()
        return true
    }

    /// A connection that says nothing.
    func connect() async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port)
            .get()
    }
}
