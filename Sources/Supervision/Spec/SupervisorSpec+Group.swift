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

extension SupervisorSpec {
    /// A fate-sharing group: the children that name it are restarted together, and all others go on.
    ///
    /// It is as if they were the children of a one-for-all supervisor of their own, but they keep their places among
    /// their siblings, and their failures, of which a round counts one, are counted by the supervisor. For one-for-one
    /// supervisors.
    ///
    /// ```swift
    /// SupervisorSpec("shop") {
    ///     ChildSpec("reader") { … }.inGroup("pipe")
    ///     ChildSpec("clock") { … }
    ///     ChildSpec("writer") { … }.inGroup("pipe")
    /// }.grouping("pipe")
    /// ```
    public struct Group: Hashable, Sendable {
        /// How the members are restarted. All that live are stopped when one of them is to be restarted.
        public struct Mode: Hashable, Sendable {
            enum Kind: Hashable, Sendable {
                case together
                case each
            }

            let kind: Kind

            /// In stop order; when all are gone and the delay is over they are started in start order.
            public static let together = Mode(kind: .together)

            /// Side by side; each is started as soon as it is gone, and those that wait for a delay go on waiting.
            public static let each = Mode(kind: .each)
        }

        /// The name by which children refer to it.
        public var name: String

        /// How its members are restarted.
        public var mode: Mode

        /// A group without members.
        public init(_ name: String, mode: Mode = .together) {
            self.name = name
            self.mode = mode
        }
    }

    /// Whether a supervisor ends by itself when significant children have ended for good by themselves. It then stops the
    /// children that are left, and has completed; so its own supervisor, and the tree if it is the root.
    public struct AutoShutdown: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case never
            case anySignificant
            case allSignificant
        }

        let kind: Kind

        /// It goes on without children.
        public static let never = AutoShutdown(kind: .never)

        /// When one of them has.
        public static let anySignificant = AutoShutdown(kind: .anySignificant)

        /// When the last of them has.
        public static let allSignificant = AutoShutdown(kind: .allSignificant)
    }

    /// The same supervisor with a fate-sharing group more.
    public func grouping(_ group: String, mode: Group.Mode = .together) -> SupervisorSpec {
        var spec = self
        spec.groups.append(Group(group, mode: mode))
        return spec
    }

    /// The same supervisor as a member of a group of the one above.
    public func inGroup(_ group: String) -> SupervisorSpec {
        var spec = self
        spec.group = group
        return spec
    }

    /// The same supervisor, which ends by itself when significant children have ended.
    public func endingItself(_ autoShutdown: AutoShutdown) -> SupervisorSpec {
        var spec = self
        spec.autoShutdown = autoShutdown
        return spec
    }

    /// The same supervisor as one whose end can end the one above; see ``ChildSpec/isSignificant``.
    public func significant() -> SupervisorSpec {
        var spec = self
        spec.isSignificant = true
        return spec
    }

    /// The same supervisor, started after these siblings are up; see ``after``.
    public func after(_ siblings: String...) -> SupervisorSpec {
        var spec = self
        spec.after += siblings
        return spec
    }

    /// The same supervisor with a tolerance of its own in the one above, as ``ChildSpec/tolerating(_:whenExceeded:)``:
    /// how often it may fail itself. How many failures of its children it bears is its ``tolerance``.
    public func tolerated(
        _ tolerance: RestartTolerance,
        whenExceeded: ChildSpec.WhenExceeded = .escalate
    ) -> SupervisorSpec {
        var spec = self
        spec.ownTolerance = tolerance
        spec.whenExceeded = whenExceeded
        return spec
    }
}

extension ChildSpec {
    /// The same child as a member of a group; see ``group``.
    public func inGroup(_ group: String) -> ChildSpec {
        var spec = self
        spec.group = group
        return spec
    }

    /// The same child as one whose end can end its supervisor; see ``isSignificant``.
    public func significant() -> ChildSpec {
        var spec = self
        spec.isSignificant = true
        return spec
    }
}

extension SupervisorSpec.Group.Mode: CustomStringConvertible {
    /// The name of the setting.
    public var description: String { "\(kind)" }
}

extension SupervisorSpec.AutoShutdown: CustomStringConvertible {
    /// The name of the setting.
    public var description: String { "\(kind)" }
}
