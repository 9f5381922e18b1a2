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

extension Supervisor {
    /// Run a tree as the main business of a program and end the program with it.
    ///
    /// As ``run(_:stoppingOn:within:subscribers:observers:on:)``, but it does not return: what went wrong is explained on
    /// standard error, and the program ends with the status of ``RunResult/exitCode``. It also ends, one second after the
    /// tree, if every thread that could run Swift code is blocked.
    ///
    /// ```swift
    /// @main struct Shop {
    ///     static func main() async {
    ///         await Supervisor.main(shop, stoppingOn: [.terminate, .interrupt], within: .seconds(20))
    ///     }
    /// }
    /// ```
    public static func main(
        _ spec: SupervisorSpec,
        stoppingOn signals: [HostSignal] = [.terminate, .interrupt],
        within budget: Duration? = nil,
        subscribers: [any EventSubscriber] = [],
        observers: [any StateObserver] = [],
        on runtime: SupervisorRuntime = .shared
    ) async -> Never {
        let result: RunResult
        do {
            let tree = try TreeHandle.create(spec, observers: observers, on: runtime)
            tree.guardMain(grace: .seconds(1))
            result = try await tree.run(stoppingOn: signals, within: budget, subscribers: subscribers)
            tree.mainResumed()
        } catch {
            result = RunResult(error: error, exitCode: 1)
        }
        if let error = result.error {
            Platform.writeToStandardError(error.explain + "\n")
        }
        Platform.exit(result.exitCode)
    }
}
