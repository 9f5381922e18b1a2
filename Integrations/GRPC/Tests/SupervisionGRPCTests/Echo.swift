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
import GRPCNIOTransportHTTP2Posix
import SupervisionTesting

/// A service that answers with what it was sent and who it is: without generated code, on texts.
struct Echo: RegistrableRPCService {
    static let echo = MethodDescriptor(fullyQualifiedService: "test.Echo", method: "Echo")
    /// Answers when the gate is opened, and fails when it is cancelled before.
    static let wait = MethodDescriptor(fullyQualifiedService: "test.Echo", method: "Wait")

    let name: String
    var begun = Gate()
    var gate = Gate()

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        register(Self.echo, in: &router) {}
        register(Self.wait, in: &router) { [begun, gate] in
            begun.open()
            try await gate.wait()
        }
    }

    private func register<Transport: ServerTransport>(
        _ method: MethodDescriptor,
        in router: inout RPCRouter<Transport>,
        before: @escaping @Sendable () async throws -> Void
    ) {
        router.registerHandler(forMethod: method, deserializer: Text(), serializer: Text()) { [name] request, _ in
            var texts: [String] = []
            for try await text in request.messages { texts.append(text) }
            try await before()
            return StreamingServerResponse(single: ServerResponse(message: "\(name): \(texts.joined())"))
        }
    }
}

struct Text: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: String) throws -> Bytes {
        Bytes(message.utf8)
    }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> String {
        // Safe: copied during the call.
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

/// One call, by a client of its own, which does not try a second time.
func call(_ text: String, of method: MethodDescriptor = Echo.echo, port: Int) async throws -> String {
    try await withGRPCClient(
        transport: .http2NIOPosix(target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
    ) { client in
        var options = CallOptions.defaults
        options.waitForReady = false
        options.timeout = .seconds(30)
        return try await client.unary(
            request: ClientRequest(message: text),
            descriptor: method,
            serializer: Text(),
            deserializer: Text(),
            options: options,
            onResponse: { try $0.message }
        )
    }
}

/// The same for a server that may end at any moment, with an error after ten seconds, whether the client returns or not: calls
/// have been seen not to return although the server was up, no connection was left, and they had been cancelled.
func callOrGiveUp(_ text: String, port: Int) async throws -> String {
    let (results, result) = AsyncStream.makeStream(of: Result<String, any Error>.self)
    let calling = Task {
        do { result.yield(.success(try await call(text, port: port))) } catch { result.yield(.failure(error)) }
    }
    let patience = Task {
        try await Task.sleep(for: .seconds(10))
        result.finish()
    }
    defer {
        calling.cancel()
        patience.cancel()
    }
    for await result in results { return try result.get() }
    throw RPCError(code: .deadlineExceeded, message: "the client did not return")
}
