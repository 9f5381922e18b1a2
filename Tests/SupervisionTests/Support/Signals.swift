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
import Testing

/// Kill a process that a test started.
func sendKill(_ pid: Int) {
    precondition(pid > 1)
    kill(pid_t(pid), SIGKILL)
}

/// Whether there is such a program where a distribution puts it.
func isInstalled(_ program: String) -> Bool {
    ["/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].contains { folder in
        unsafe access("\(folder)/\(program)", X_OK) == 0
    }
}

/// A folder of the test's own.
func temporaryFolder() -> String? {
    var name = Array("/tmp/supervision-tests.XXXXXX".utf8CString)
    // Safe: the array lives during the call and ends with a NUL, which stays.
    return unsafe name.withUnsafeMutableBufferPointer { buffer in
        unsafe mkdtemp(buffer.baseAddress!).map { unsafe String(cString: $0) }
    }
}

/// Remove a folder and what may be in it: files, and empty folders.
func removeFolder(_ folder: String, with names: String...) {
    for name in names { _ = unsafe remove("\(folder)/\(name)") }
    _ = unsafe rmdir(folder)
}

/// Write a whole file.
func write(_ text: String, to path: String) throws {
    // Safe: the file is open until it is closed here.
    let wasWritten = unsafe fopen(path, "w").map { file in
        unsafe fputs(text, file) >= 0 && fclose(file) == 0
    }
    try #require(wasWritten == true)
}

/// Whether there is a file, a folder or a socket.
func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
}
