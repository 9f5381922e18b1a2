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

/// A connection to redis-server, one command at a time.
struct RedisConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<[String]>
    private var replies: NIOAsyncChannelInboundStream<RedisReply>.AsyncIterator

    /// Open a connection for as long as `body` runs.
    static func open<Result: Sendable>(
        port: Int,
        _ body: (inout RedisConnection) async throws -> Result
    ) async throws -> Result {
        try await Loopback.connect(to: "redis-server", port: port) { pipeline in
            try pipeline.addHandler(ByteToMessageHandler(RedisReplyDecoder()))
            try pipeline.addHandler(MessageToByteHandler(RedisCommandEncoder()))
        } _: { _, inbound, outbound in
            var connection = RedisConnection(outbound: outbound, replies: inbound.makeAsyncIterator())
            return try await body(&connection)
        }
    }

    /// Add one to a number and give back what it is now.
    mutating func increment(_ key: String) async throws -> Int {
        guard case .integer(let value) = try await send("INCR", key) else { throw unexpected("INCR") }
        return value
    }

    /// A number, if it is there.
    mutating func integer(_ key: String) async throws -> Int? {
        guard case .bulk(let value) = try await send("GET", key) else { throw unexpected("GET") }
        return value.flatMap { Int($0) }
    }

    private mutating func send(_ words: String...) async throws -> RedisReply {
        try await outbound.write(words)
        guard let reply = try await replies.next(isolation: #isolation) else {
            // The stream ends as well when the task is cancelled.
            try Task.checkCancellation()
            throw Fault("redis-server has closed the connection")
        }
        if case .failure(let message) = reply { throw Fault("redis-server says: \(message)") }
        return reply
    }

    private func unexpected(_ command: String) -> Fault {
        Fault("redis-server answered \(command) with something else than it should")
    }
}
