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

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Ports of 127.0.0.1 on which the servers listen.
enum Ports {
    /// The port that was asked for, if it is free, or else a free one.
    ///
    /// The servers would find out by themselves that a port is taken; asking first tells it in one sentence before
    /// anything runs.
    static func choose(_ wanted: Int?, option: String) throws(Fault) -> Int {
        if let wanted {
            let number = errorOfBinding(wanted)
            guard number != 0 else { return wanted }
            throw Fault(
                "port \(wanted) of 127.0.0.1 cannot be had",
                errno: number,
                remedy: number == EADDRINUSE
                    ? "end the program that listens there, name another port with \(option), or leave \(option) out"
                    : "name another port with \(option), or leave \(option) out"
            )
        }
        // Below the range from which systems take ports for outgoing connections: a server that is restarted must not
        // find its port used by somebody's connection.
        for _ in 0..<200 {
            let port = Int.random(in: 20_000..<30_000)
            if errorOfBinding(port) == 0 { return port }
        }
        throw Fault("no free port was found on 127.0.0.1; name one with \(option)")
    }

    /// What binding a socket to a port gives: 0, or the number of the error.
    private static func errorOfBinding(_ port: Int) -> CInt {
        #if canImport(Darwin)
        let stream = SOCK_STREAM
        #else
        let stream = CInt(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }

        // As servers do it: connections of the past that still linger do not count.
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))

        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
