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

import Supervision

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension HostSignal {
    static let brokenPipe = HostSignal(rawValue: SIGPIPE)
    static let fileTooLarge = HostSignal(rawValue: SIGXFSZ)
    static let terminalStop = HostSignal(rawValue: SIGTSTP)
}

extension SignalWatch {
    /// Make sure that a signal does not do what it does by itself. True if it did not before.
    static func isHandled(_ watched: HostSignal) -> Bool {
        var previous = sigaction()
        sigaction(watched.rawValue, nil, &previous)
        #if canImport(Darwin)
        let handler = previous.__sigaction_u.__sa_handler
        #else
        let handler = previous.__sigaction_handler.sa_handler
        #endif
        let isIgnored = unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        // Dispatch delivers signals that are ignored.
        signal(watched.rawValue, SIG_IGN)
        return isIgnored
    }
}
