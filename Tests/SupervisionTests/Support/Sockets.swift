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

import Glibc

/// Call with an address of 127.0.0.1.
private func withAddress(port: Int, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    // Safe: the address lives during the call, and is one of these that begins as all addresses do.
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe call(pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// A port of 127.0.0.1 that nobody has, and that nobody is given who asks for any.
func freePort() -> Int? {
    (20_000..<30_000).shuffled().prefix(100).first { port in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return unsafe withAddress(port: port) { unsafe bind(descriptor, $0, $1) }
    }
}

/// Whether somebody listens on this port of 127.0.0.1.
func connects(toPort port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return unsafe withAddress(port: port) { unsafe connect(descriptor, $0, $1) }
}
