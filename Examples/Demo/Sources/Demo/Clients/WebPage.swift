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
import NIOHTTP1

/// A page as a web server delivered it.
struct WebPage: Sendable {
    let status: Int
    let body: String

    /// Fetch a page from 127.0.0.1, on a connection of its own.
    static func fetch(_ path: String, port: Int, within limit: Duration) async throws -> WebPage {
        try await Loopback.connect(to: "nginx", port: port) { pipeline in
            try pipeline.addHTTPClientHandlers()
        } _: { (connection: Connection, inbound, outbound) in
            // A server that accepts and then says nothing is as bad as none.
            let channel = connection.channel
            let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { channel.close(promise: nil) }
            defer { alarm.cancel() }

            var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
            head.headers = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
            // At once: the head alone is a whole request to the server, which may answer it and close before the rest.
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            return try await read(inbound)
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private static func read(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> WebPage {
        var status = 0
        var body = ""
        for try await part in parts {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes): body += String(buffer: bytes)
            case .end: return WebPage(status: status, body: body)
            }
        }
        try Task.checkCancellation()
        throw Fault("nginx gave no whole answer")
    }
}
