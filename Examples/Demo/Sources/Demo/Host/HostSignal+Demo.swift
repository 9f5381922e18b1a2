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
