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

/// A reply of redis-server, of the kinds that this shop's commands get.
enum RedisReply: Hashable, Sendable {
    case text(String)
    case failure(String)
    case integer(Int)
    case bulk(String?)
}

/// Cuts what comes from redis-server into replies.
struct RedisReplyDecoder: ByteToMessageDecoder {
    typealias InboundOut = RedisReply

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        // A reply that is not complete is read again from its beginning when there is more.
        let start = buffer.readerIndex
        guard let reply = try Self.read(&buffer) else {
            buffer.moveReaderIndex(to: start)
            return .needMoreData
        }
        context.fireChannelRead(Self.wrapInboundOut(reply))
        return .continue
    }

    private static func read(_ buffer: inout ByteBuffer) throws(Fault) -> RedisReply? {
        guard let line = readLine(&buffer) else { return nil }
        let rest = String(line.dropFirst())
        switch line.first {
        case "+":
            return .text(rest)
        case "-":
            return .failure(rest)
        case ":":
            return .integer(try number(rest))
        case "$":
            let length = try number(rest)
            guard length >= 0 else { return .bulk(nil) }
            guard buffer.readableBytes >= length + 2 else { return nil }
            let text = buffer.readString(length: length)
            buffer.moveReaderIndex(forwardBy: 2)
            return .bulk(text)
        default:
            throw Fault("redis-server sent a line that is no reply: \(line)")
        }
    }

    private static func readLine(_ buffer: inout ByteBuffer) -> String? {
        let bytes = buffer.readableBytesView
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end > bytes.startIndex else { return nil }
        let line = buffer.readString(length: end - bytes.startIndex + 1)
        return line.map { String($0.dropLast()) }
    }

    private static func number(_ text: String) throws(Fault) -> Int {
        guard let number = Int(text) else { throw Fault("redis-server sent a number that is none: \(text)") }
        return number
    }
}

/// Writes a command as a list of its words.
struct RedisCommandEncoder: MessageToByteEncoder {
    typealias OutboundIn = [String]

    func encode(data words: [String], out: inout ByteBuffer) throws {
        out.writeString("*\(words.count)\r\n")
        for word in words {
            out.writeString("$\(word.utf8.count)\r\n\(word)\r\n")
        }
    }
}
