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

/// Lists the children of a supervisor: ``ChildSpec`` and ``SupervisorSpec`` side by side, with `if`, `switch`, `for` and
/// optionals between them.
@resultBuilder
public enum SupervisorBuilder {
    /// A worker or a process.
    public static func buildExpression(_ child: ChildSpec) -> [SupervisorSpec.Node] {
        [SupervisorSpec.Node(child)]
    }

    /// A supervisor.
    public static func buildExpression(_ supervisor: SupervisorSpec) -> [SupervisorSpec.Node] {
        [SupervisorSpec.Node(supervisor)]
    }

    /// A worker or a process, or nothing.
    public static func buildExpression(_ child: ChildSpec?) -> [SupervisorSpec.Node] {
        child.map { [SupervisorSpec.Node($0)] } ?? []
    }

    /// A supervisor, or nothing.
    public static func buildExpression(_ supervisor: SupervisorSpec?) -> [SupervisorSpec.Node] {
        supervisor.map { [SupervisorSpec.Node($0)] } ?? []
    }

    /// Several workers and processes.
    public static func buildExpression(_ children: [ChildSpec]) -> [SupervisorSpec.Node] {
        children.map { SupervisorSpec.Node($0) }
    }

    /// What was made of one elsewhere: ``Child/spec`` of another tree, for one.
    public static func buildExpression(_ node: SupervisorSpec.Node) -> [SupervisorSpec.Node] {
        [node]
    }

    /// A list made elsewhere.
    public static func buildExpression(_ nodes: [SupervisorSpec.Node]) -> [SupervisorSpec.Node] {
        nodes
    }

    /// One after another.
    public static func buildBlock(_ parts: [SupervisorSpec.Node]...) -> [SupervisorSpec.Node] {
        Array(parts.joined())
    }

    /// The rounds of a loop.
    public static func buildArray(_ parts: [[SupervisorSpec.Node]]) -> [SupervisorSpec.Node] {
        Array(parts.joined())
    }

    /// An `if` without `else`.
    public static func buildOptional(_ part: [SupervisorSpec.Node]?) -> [SupervisorSpec.Node] {
        part ?? []
    }

    /// One side of a choice.
    public static func buildEither(first part: [SupervisorSpec.Node]) -> [SupervisorSpec.Node] {
        part
    }

    /// The other side of a choice.
    public static func buildEither(second part: [SupervisorSpec.Node]) -> [SupervisorSpec.Node] {
        part
    }

    /// What is only there on some systems.
    public static func buildLimitedAvailability(_ part: [SupervisorSpec.Node]) -> [SupervisorSpec.Node] {
        part
    }
}
