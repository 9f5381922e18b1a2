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

import Dispatch
import Supervision

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Calls a closure when one of some signals comes: on a queue, where anything may be done.
struct SignalWatch {
    private let sources: [any DispatchSourceSignal]

    init(_ signals: [HostSignal], _ received: @escaping @Sendable (HostSignal) -> Void) {
        let queue = DispatchQueue(label: "signals")
        sources = signals.compactMap { watched in
            // Whoever started us with a signal ignored, as nohup does, wants it ignored.
            guard !Self.isIgnored(watched) else { return nil }
            // Dispatch delivers what is ignored; else the signal would do as well what it does by itself.
            Self.ignore([watched])
            let source = DispatchSource.makeSignalSource(signal: watched.rawValue, queue: queue)
            source.setEventHandler { received(watched) }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }

    static func ignore(_ signals: [HostSignal]) {
        for ignored in signals { signal(ignored.rawValue, SIG_IGN) }
    }
    private static func isIgnored(_ watched: HostSignal) -> Bool {
        var disposition = sigaction()
        sigaction(watched.rawValue, nil, &disposition)
        #if canImport(Darwin)
        let handler = disposition.__sigaction_u.__sa_handler
        #else
        let handler = disposition.__sigaction_handler.sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
