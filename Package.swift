// swift-tools-version: 6.2
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

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let package = Package(
    name: "swift-supervision",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "Supervision", targets: ["Supervision"]),
        .library(name: "SupervisionLogging", targets: ["SupervisionLogging"]),
        .library(name: "SupervisionMetrics", targets: ["SupervisionMetrics"]),
        .library(name: "SupervisionServices", targets: ["SupervisionServices"]),
        .library(name: "SupervisionTesting", targets: ["SupervisionTesting"]),
        .library(name: "CSupervisorCore", targets: ["CSupervisorCore"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibuv",
            pkgConfig: "libuv",
            providers: [.apt(["libuv1-dev"]), .yum(["libuv-devel"]), .brew(["libuv"])]
        ),
        // The C core. Its root is the package's, so that include/ is the one home of the public headers for SwiftPM and
        // CMake alike; everything else at the top is excluded by name, which Tests/Repository checks.
        .target(
            name: "CSupervisorCore",
            dependencies: ["CLibuv"],
            path: ".",
            exclude: [
                "Benchmarks",
                "CHANGELOG.md",
                "CMakeLists.txt",
                "CONTRIBUTING.md",
                "Examples",
                "Integrations",
                "LICENSE.txt",
                "README.md",
                "Scripts",
                "Sources/CLibuv",
                "Sources/Supervision",
                "Sources/SupervisionLogging",
                "Sources/SupervisionMetrics",
                "Sources/SupervisionServices",
                "Sources/SupervisionTesting",
                "Tests",
                "cmake",
                "docs",
            ],
            sources: ["Sources/CSupervisorCore"],
            publicHeadersPath: "include",
            cSettings: [
                .define("_GNU_SOURCE", .when(platforms: [.linux])),
                .enableWarning("all"),
                .enableWarning("extra"),
            ]
        ),
        .target(
            name: "Supervision",
            dependencies: ["CSupervisorCore"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SupervisionLogging",
            dependencies: ["Supervision", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SupervisionMetrics",
            dependencies: ["Supervision", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SupervisionServices",
            dependencies: [
                "Supervision",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        // For tests only: it imports Swift Testing, and the log for what is attached to failing tests.
        .target(
            name: "SupervisionTesting",
            dependencies: [
                "Supervision", "SupervisionLogging", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SupervisionTests",
            dependencies: ["Supervision", "SupervisionTesting", "CSupervisorCore"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SupervisionLoggingTests",
            dependencies: [
                "Supervision",
                "SupervisionLogging",
                "SupervisionTesting",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SupervisionTestingTests",
            dependencies: [
                "Supervision", "SupervisionLogging", "SupervisionTesting",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings
        ),
        // One test for each behaviour of go-capataz: see docs/coming-from-capataz.md.
        .testTarget(
            name: "CapatazConformanceTests",
            dependencies: ["Supervision", "SupervisionTesting"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SupervisionMetricsTests",
            dependencies: [
                "SupervisionMetrics", "Supervision", "SupervisionLogging", "SupervisionTesting",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SupervisionServicesTests",
            dependencies: [
                "SupervisionServices", "Supervision", "SupervisionLogging", "SupervisionTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        // One test for each behaviour of Monogon's supervisor: see docs/coming-from-monogon.md.
        .testTarget(
            name: "MonogonConformanceTests",
            dependencies: ["Supervision", "SupervisionTesting"],
            swiftSettings: swiftSettings
        ),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)
