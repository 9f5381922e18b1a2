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

internal import GRPCCore
internal import GRPCNIOTransportCore
internal import Supervision

/// One incarnation of a server.
struct ServerRun<Transport: ServerTransport>: Sendable {
    private enum Part: Sendable {
        case listening
        case stopRequested
        case served
    }

    let server: GRPCServer<Transport>
    let isGraceful: Bool

    /// Between the closing of the listener and the cancellation of what is left. A server that is cancelled while it
    /// accepts a connection or a call drops it, and NIO ends the process for that; so what is being accepted is let in
    /// first.
    let settling: Duration
    let context: ChildContext

    /// Serve until the context is asked to stop, and return when everything is closed.
    ///
    /// - Parameter listening: Called when it listens, with the address if the transport has one.
    func serve(listening: @escaping @Sendable (SocketAddress?) async throws -> Void) async throws {
        // Not a child task: it must not be cancelled before it has stopped to accept.
        let serving = Task { try await serveOnce() }
        do {
            try await withThrowingTaskGroup(of: Part.self) { group in
                // Ends with it, or, the server left to what follows, with the group.
                group.addTask {
                    await end(of: serving)
                    return .served
                }
                group.addTask {
                    try await waitUntilListening(listening)
                    return .listening
                }
                group.addTask {
                    await context.stopRequested()
                    return .stopRequested
                }
                defer { group.cancelAll() }
                while let part = try await group.next() {
                    switch part {
                    case .listening: continue
                    case .served: return
                    case .stopRequested:
                        guard isGraceful && !Task.isCancelled else { return }
                        server.beginGracefulShutdown()
                    }
                }
            }
        } catch {
            await close(serving)
            // Why it does not serve is more than that it does not listen.
            try await serving.value
            throw error
        }
        await close(serving)
        try await serving.value
    }

    /// Wait for the end of the server, or for a cancellation.
    private func end(of serving: Task<Void, any Error>) async {
        let (ends, end) = AsyncStream.makeStream(of: Never.self)
        let watch = Task {
            _ = await serving.result
            end.finish()
        }
        for await _ in ends {}
        watch.cancel()
    }

    /// Stop to accept, cut off what is left, and return when all is closed.
    private func close(_ serving: Task<Void, any Error>) async {
        server.beginGracefulShutdown()
        let watch = Task {
            try await Task.sleep(for: settling)
            serving.cancel()
        }
        _ = await serving.result
        watch.cancel()
    }

    private func serveOnce() async throws {
        do {
            try await server.serve()
        } catch let error as RuntimeError where Task.isCancelled && error.cause is CancellationError {
            // Being cancelled is no failure of the transport.
        } catch let error as RuntimeError where error.code == .serverIsStopped && context.isStopRequested {
            // It was told to stop before it began.
        }
    }

    private func waitUntilListening(_ listening: @Sendable (SocketAddress?) async throws -> Void) async throws {
        guard let listener = server.transport as? any ListeningServerTransport else {
            return try await listening(nil)
        }
        // If it never listens, what it says about that is thrown by `serve`.
        guard let address = try? await listener.listeningAddress else { return }
        try await listening(address)
    }
}
