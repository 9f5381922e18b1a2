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

/// What trees run on: one thread with a loop, on which timers fire and processes are watched. It may serve any number of
/// trees; most programs need only the ``shared`` one.
public final class SupervisorRuntime: Sendable {
    /// The runtime that is used when none is named. It lives as long as the program.
    public static let shared = SupervisorRuntime(result: RuntimeHandle.create())

    private let result: Result<RuntimeHandle, SupervisorError>
    let manual: ManualTime?

    private init(result: Result<RuntimeHandle, SupervisorError>, manual: ManualTime? = nil) {
        self.result = result
        self.manual = manual
    }

    /// A runtime of one's own. It closes itself when it is dropped and its last tree has ended.
    ///
    /// - Parameters:
    ///   - manualTime: Time stands still but for ``advance(by:)``, and workers run one piece of work at a time: for tests.
    ///   - seed: What random delays are drawn from; 0 takes a seed from the system.
    public init(manualTime: Bool = false, seed: UInt64 = 0) throws(SupervisorError) {
        let handle = try RuntimeHandle.create(manualTime: manualTime, seed: seed).get()
        self.result = .success(handle)
        self.manual = manualTime ? ManualTime(patience: .seconds(60)) : nil
    }

    /// A runtime on manual time whose workers may take so long, in real time, until none has anything to do.
    package init(patience: Duration, seed: UInt64) throws(SupervisorError) {
        let handle = try RuntimeHandle.create(manualTime: true, seed: seed).get()
        self.result = .success(handle)
        self.manual = ManualTime(patience: patience)
    }

    /// Move manual time on, deadline by deadline in their order. At each one what is due happens, and whatever workers do
    /// about it, before time moves on.
    ///
    /// Covered is what the bodies of workers do themselves. What they start outside (a bare `Task`, real input and
    /// output, `Task.sleep`) is not: wait for an event then. Of several tasks that move time on at once each comes at least
    /// as far as it wanted.
    ///
    /// Throws if the runtime's time is not manual.
    public func advance(by duration: Duration) async throws(SupervisorError) {
        let handle = try handle()
        guard let manual else {
            throw SupervisorError(code: .unsupported, message: "the time of this runtime is not manual")
        }
        try await manual.advance(handle, by: duration.coreDuration ?? 0)
    }

    /// Wait until no worker has anything to do before time moves on, and its subscribers were given all events. Manual
    /// time only; otherwise it returns at once.
    public func settle() async throws(SupervisorError) {
        guard let manual else { return }
        try await manual.settle(try handle())
    }

    /// On manual time: do something whose workers begin when it is over.
    func holdingJobs<Result>(_ body: () -> Result) throws(SupervisorError) -> Result {
        guard let manual else { return body() }
        return try manual.holdingJobs(try handle()) { () throws(SupervisorError) in body() }
    }

    /// When something is due next: a deadline of a tree or the end of a sleep. Manual time only.
    package var nextDeadline: SupervisorClock.Instant? {
        guard let manual, let handle = try? result.get() else { return nil }
        let deadline = manual.nextDeadline(handle)
        return deadline == Core.infinite ? nil : SupervisorClock.Instant(nanoseconds: deadline)
    }

    /// How late its loop was with deadlines, and with what other threads have handed to it; nothing on manual time.
    public var lag: Lag {
        (try? result.get())?.lag ?? Lag(last: .zero, maximum: .zero, lateCount: 0)
    }

    /// How late a loop was: because the machine is busy, or something on it took long.
    public struct Lag: Hashable, Sendable {
        /// When there was last something to be in time for.
        public let last: Duration
        /// Ever.
        public let maximum: Duration
        /// How often it was so late that the trees were told: ``Supervisor/Event/Kind-swift.struct/loopLate``.
        public let lateCount: UInt64
    }

    /// The time of the runtime.
    public var now: SupervisorClock.Instant {
        SupervisorClock.Instant(nanoseconds: nanoseconds)
    }

    var nanoseconds: UInt64 {
        (try? result.get())?.now ?? 0
    }

    func handle() throws(SupervisorError) -> RuntimeHandle {
        try result.get()
    }
}
