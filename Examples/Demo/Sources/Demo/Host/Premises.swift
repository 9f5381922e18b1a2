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

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The directory of the shop: the configuration of nginx, the pages that it serves, the data of redis-server.
struct Premises: Sendable {
    let path: String

    static var standardParent: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    /// Make the directory and what has to be in it. Nothing is left if that fails.
    static func open(in parent: String, nginxPort: Int) throws(Fault) -> Premises {
        var template = Array("\(parent)/swift-supervision-demo.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } }
        guard let made else {
            throw Fault(
                "a directory for the shop cannot be made in \(parent)",
                errno: errno,
                remedy: "name one that you may write to with --directory"
            )
        }
        // Absolute, because the servers run elsewhere than we do.
        guard let resolved = realpath(made, nil) else {
            let number = errno
            rmdir(made)
            throw Fault("the directory \(made) cannot be found again", errno: number)
        }
        defer { free(resolved) }

        let premises = Premises(path: String(cString: resolved))
        do {
            try premises.makeDirectory(Nginx.pages)
            try premises.write(Nginx.configuration(port: nginxPort), to: "nginx.conf")
            try premises.write(Window.page(orders: 0), to: Window.file)
            return premises
        } catch {
            try? premises.close()
            throw error
        }
    }

    /// Remove the directory and all that is in it.
    func close() throws(Fault) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw Fault("the directory \(path) cannot be removed (\(error)); remove it by hand")
        }
    }

    private func makeDirectory(_ name: String) throws(Fault) {
        guard mkdir("\(path)/\(name)", 0o755) != 0 else { return }
        throw Fault("the directory \(path)/\(name) cannot be made", errno: errno, remedy: Self.remedy(errno))
    }

    /// Write a file as a whole: whoever reads it sees the old one or the new one.
    func write(_ text: String, to name: String) throws(Fault) {
        let (file, draft) = ("\(path)/\(name)", "\(path)/\(name).new")
        do throws(Descriptor.Failure) {
            let descriptor = openFile(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw Descriptor.Failure(number: errno) }
            do throws(Descriptor.Failure) {
                try Descriptor.write(text, to: descriptor)
            } catch {
                _ = closeFile(descriptor)
                unlink(draft)
                throw error
            }
            // Some file systems tell only now that there was no room.
            guard closeFile(descriptor) == 0, rename(draft, file) == 0 else {
                throw Descriptor.Failure(number: errno)
            }
        } catch {
            throw Fault("the file \(file) cannot be written", errno: error.number, remedy: Self.remedy(error.number))
        }
    }

    private static func remedy(_ number: CInt) -> String? {
        switch number {
        case ENOSPC, EDQUOT: "make room there, or name another place with --directory"
        case EFBIG: "raise the limit on the size of files (ulimit -f), or take it away"
        default: "name another place with --directory"
        }
    }
}

// The system's calls, under names that those of ``Premises`` do not hide.

private func openFile(_ path: String, _ flags: CInt, _ mode: mode_t) -> CInt {
    open(path, flags, mode)
}

private func closeFile(_ descriptor: CInt) -> CInt {
    close(descriptor)
}
