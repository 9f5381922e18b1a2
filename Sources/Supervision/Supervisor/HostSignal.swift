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

/// A signal, by its number on this system.
public struct HostSignal: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: Int32

    /// A signal by its number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// SIGTERM: please end.
    public static let terminate = HostSignal(rawValue: Platform.SIGTERM)

    /// SIGINT: Ctrl-C at the terminal.
    public static let interrupt = HostSignal(rawValue: Platform.SIGINT)

    /// SIGHUP: the terminal is gone.
    public static let hangup = HostSignal(rawValue: Platform.SIGHUP)

    /// SIGQUIT: Ctrl-\ at the terminal.
    public static let quit = HostSignal(rawValue: Platform.SIGQUIT)

    /// SIGKILL: cannot be caught.
    public static let kill = HostSignal(rawValue: Platform.SIGKILL)

    /// SIGUSR1.
    public static let user1 = HostSignal(rawValue: Platform.SIGUSR1)

    /// SIGUSR2.
    public static let user2 = HostSignal(rawValue: Platform.SIGUSR2)
}

extension HostSignal: CustomStringConvertible {
    /// The name of the signal, or its number.
    public var description: String {
        switch self {
        case .terminate: "SIGTERM"
        case .interrupt: "SIGINT"
        case .hangup: "SIGHUP"
        case .quit: "SIGQUIT"
        case .kill: "SIGKILL"
        case .user1: "SIGUSR1"
        case .user2: "SIGUSR2"
        default: "signal \(rawValue)"
        }
    }
}
