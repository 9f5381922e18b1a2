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

/// The shop's front: nginx.
struct Nginx: Sendable {
    let premises: Premises

    func child(output: @escaping @Sendable (ProcessLine) async -> Void) -> ChildSpec {
        ChildSpec(
            "nginx",
            startTimeout: .seconds(10),
            command: ProcessCommand(
                "nginx",
                arguments: ["-p", "\(premises.path)/", "-c", "nginx.conf"],
                directory: premises.path,
                // Distributions put it where only administrators look.
                variables: ["PATH": Self.searchPath],
                // It has bound its port when it says so.
                readiness: .line(containing: "start worker processes"),
                output: .lines { await output($0) },
                // SIGQUIT: finish the requests that are being served. Then as it comes.
                stopSteps: [.signal(.quit, for: .seconds(2)), .cancel(for: .seconds(1)), .kill()]
            )
        )
    }

    private static var searchPath: String {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return path + ":/usr/local/sbin:/usr/sbin:/sbin"
    }

    /// Where the pages are. It is what nginx takes if nothing is said, and it has to be: in a `root` of the configuration a
    /// directory with a `$` in its name would be read as a variable.
    static let pages = "html"

    /// Names of files are relative to the directory of the shop, so that no name of a directory needs quoting.
    static func configuration(port: Int) -> String {
        """
        daemon off;
        \(getuid() == 0 ? "user root;  # else its workers may not enter the directory" : "")
        worker_processes 1;
        pid nginx.pid;
        error_log stderr notice;
        events { worker_connections 64; }
        http {
            access_log off;
            default_type text/html;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server {
                listen 127.0.0.1:\(port);
            }
        }

        """
    }
}
