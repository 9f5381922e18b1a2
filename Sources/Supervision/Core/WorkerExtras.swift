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

internal import Synchronization

/// What few workers need, apart, so that the others do not pay for it.
final class WorkerExtras: Sendable {
    private final class Attachment: Sendable {
        let value: any Sendable

        init(_ value: any Sendable) {
            self.value = value
        }
    }

    private let lazyAttachment = AtomicLazyReference<Attachment>()

    /// See ``ChildContext/attachment(of:make:)``.
    var attachment: (any Sendable)? {
        lazyAttachment.load()?.value
    }

    /// Attach a value unless there is one; the one that is there now.
    func attach(_ value: any Sendable) -> any Sendable {
        lazyAttachment.storeIfNil(Attachment(value)).value
    }

    private let lazyInner = AtomicLazyReference<Surroundings>()

    /// The surroundings of the children that the worker runs.
    func inner(of worker: Worker) -> Surroundings {
        lazyInner.load() ?? lazyInner.storeIfNil(worker.surroundings.below(worker))
    }

    private struct Claims {
        var incarnation: Incarnation?
        var names: [RuntimeName: NameClaim] = [:]
    }

    private let claims = Mutex(Claims())

    /// The claim that holds now: this one, or an earlier one of somebody else. `nil` if a later incarnation has claimed
    /// something by now.
    func claim(_ name: String, for claim: NameClaim, _ incarnation: Incarnation) -> NameClaim? {
        let name = RuntimeName(name)
        return claims.withLock { claims in
            if let last = claims.incarnation, last != incarnation {
                guard last.isBefore(incarnation) else { return nil }
                claims.names = [:]
            }
            claims.incarnation = incarnation
            if let earlier = claims.names[name] { return earlier }
            claims.names[name] = claim
            return claim
        }
    }

    func release(_ name: String, of claim: NameClaim, _ incarnation: Incarnation) {
        claims.withLock { claims in
            guard claims.incarnation == incarnation, claims.names[RuntimeName(name)] == claim else { return }
            claims.names[RuntimeName(name)] = nil
        }
    }
}

/// What a name below a node is used for. A child and a sub-logger never share one.
package enum NameClaim: Hashable, Sendable {
    case child
    case subLogger
}

extension ChildContext {
    /// Claim a name below this node for as long as the incarnation lives. The answer is who has it now; claiming twice for
    /// the same purpose is fine. `nil` if the incarnation has ended. Whoever makes a child of this node claims its name
    /// before.
    package func claimName(_ name: String, for claim: NameClaim) -> NameClaim? {
        guard worker.isLive(incarnation) else { return nil }
        return worker.extras.claim(name, for: claim, incarnation)
    }

    /// Give a name back before the end of the incarnation.
    package func releaseName(_ name: String, of claim: NameClaim) {
        worker.extras.release(name, of: claim, incarnation)
    }
}
