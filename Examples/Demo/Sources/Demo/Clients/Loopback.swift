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

import NIOCore
import NIOPosix

/// Connections to servers on 127.0.0.1, with errors that say which server it was.
enum Loopback {
    /// How long connecting may take.
    static let patience = TimeAmount.seconds(2)

    /// Open a connection for as long as `body` runs. It is closed on every way out, also when the task is cancelled.
    ///
    /// - Parameters:
    ///   - server: Who listens there.
    ///   - port: Where it listens.
    ///   - prepare: Adds what translates between bytes and messages.
    ///   - body: Uses the connection.
    static func connect<In: Sendable, Out: Sendable, Result: Sendable>(
        to server: String,
        port: Int,
        _ prepare: @escaping @Sendable (ChannelPipeline.SynchronousOperations) throws -> Void,
        _ body: (
            _ connection: NIOAsyncChannel<In, Out>,
            _ inbound: NIOAsyncChannelInboundStream<In>,
            _ outbound: NIOAsyncChannelOutboundWriter<Out>
        ) async throws -> Result
    ) async throws -> Result {
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(patience)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try prepare(channel.pipeline.syncOperations)
                        return try NIOAsyncChannel<In, Out>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { try await body(channel, $0, $1) }
        } catch is NIOConnectionError {
            throw Fault("\(server) does not listen on port \(port)")
        } catch is ChannelError {
            throw Fault("the connection to \(server) broke")
        } catch let error as IOError {
            throw Fault("the connection to \(server) broke", errno: error.errnoCode)
        }
    }
}
