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

public import GRPCCore
public import GRPCNIOTransportCore
public import Supervision

extension ChildSpec {
    /// A gRPC server as a child: up when it listens, restarted when it fails, its listener and its connections closed when
    /// it has ended.
    ///
    /// ```swift
    /// SupervisorSpec("shop") {
    ///     ChildSpec.gRPCServer("rpc", graceful: true) {
    ///         GRPCServer(
    ///             transport: .http2NIOPosix(address: .ipv4(host: "0.0.0.0", port: 8_443), transportSecurity: .plaintext),
    ///             services: [Orders()]
    ///         )
    ///     }
    /// }
    /// ```
    ///
    /// A server of gRPC serves once, so it is made anew for each incarnation: what is handed over is how to make one.
    ///
    /// A graceful one that is stopped takes no new calls, and those that it has begun go on, for as long as the drain step
    /// of its ladder lasts. What is left then is cancelled, as it is at once with one that is not graceful, or whose ladder
    /// does not begin with a drain. Calls that heed no cancellation keep the child from ending: it is abandoned, and stuck.
    ///
    /// - Parameters:
    ///   - name: The name of the child.
    ///   - graceful: Whether calls that have begun may end by themselves when it is stopped.
    ///   - restart: When it is run again after its end.
    ///   - shutdown: What is done to make it end; `nil` is a drain of 10 seconds, if it is graceful, and 5 seconds after
    ///     the cancellation.
    ///   - startTimeout: Within what time it has to listen.
    ///   - settling: How long connections and calls that are just being accepted may take until they are there to be
    ///     cancelled; nothing is waited for if none is left. Time enough is needed: NIO ends the whole process if one is
    ///     dropped half accepted. Give it more on a machine that is often held up, as a part of what `shutdown` allows.
    ///   - backoff: Delays between its restarts; `nil` takes those of its supervisor.
    ///   - onListening: Called with its address before it is up; not by transports that have none.
    ///   - makeServer: Makes a server that has not served. What it throws fails the start.
    public static func gRPCServer<Transport: ServerTransport>(
        _ name: String,
        graceful: Bool,
        restart: Restart = .permanent,
        shutdown: Shutdown? = nil,
        startTimeout: StartTimeout = .standard,
        settling: Duration = .milliseconds(200),
        backoff: RestartBackoff? = nil,
        onListening: @escaping @Sendable (_ address: SocketAddress) async throws -> Void = { _ in },
        _ makeServer: @escaping @Sendable () async throws -> GRPCServer<Transport>
    ) -> ChildSpec {
        ChildSpec(
            name,
            restart: restart,
            shutdown: shutdown ?? (graceful ? .drain(.seconds(10)) : .standard),
            startTimeout: startTimeout,
            backoff: backoff
        ) { context, notifyStart in
            let server = try await makeServer()
            let run = ServerRun(server: server, isGraceful: graceful, settling: settling, context: context)
            try await run.serve { address in
                if let address { try await onListening(address) }
                notifyStart()
            }
        }
    }
}
