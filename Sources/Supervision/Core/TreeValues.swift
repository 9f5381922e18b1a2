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

/// The name of something that another module gives to a tree, or to a part of it.
package protocol TreeValueKey {
    associatedtype Value: Sendable
}

/// What other modules have given to a tree: one value for each key. This module knows none of them.
package struct TreeValues: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    package init() {}

    var isEmpty: Bool { values.isEmpty }

    package subscript<Key: TreeValueKey>(key: Key.Type) -> Key.Value? {
        get { values[ObjectIdentifier(key)] as? Key.Value }
        set { values[ObjectIdentifier(key)] = newValue }
    }

    /// Both; where they have the same key, the other's value.
    func adding(_ other: TreeValues) -> TreeValues {
        guard !other.isEmpty else { return self }
        var both = self
        both.values.merge(other.values) { $1 }
        return both
    }
}

/// What is around the root of a tree that no ``SupervisorSpec`` is around.
package struct RootSurroundings: Sendable {
    package var values = TreeValues()
    package var arounds: [SupervisorSpec.Around] = []

    package init() {}
}

extension SupervisorSpec {
    /// The same supervisor with a value that its workers and processes, and those of all supervisors below, can see.
    package func providing<Key: TreeValueKey>(_ key: Key.Type, _ value: Key.Value) -> SupervisorSpec {
        var spec = self
        spec.values[key] = value
        return spec
    }
}

extension ChildContext {
    /// What a supervisor above provides; the nearest one's.
    package func provided<Key: TreeValueKey>(_ key: Key.Type) -> Key.Value? {
        worker.surroundings.values[key]
    }

    /// A value that belongs to the worker and is the same for all of its incarnations: made with the first use in a
    /// live incarnation from the runtime name, `nil` before. There is one, for the module that logs.
    package func attachment<Value: Sendable>(of type: Value.Type, make: (_ path: String) -> Value?) -> Value? {
        if let value = worker.extras.attachment { return value as? Value }
        guard let path = worker.withLive(incarnation, { $0.path }), let made = make(path) else { return nil }
        return worker.extras.attach(made) as? Value
    }
}
