/*
 * This source file is part of the swift-supervision project
 *
 * Copyright (c) 2026 the swift-supervision project authors
 * Licensed under Apache License v2.0
 *
 * See LICENSE.txt for license information
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/*
 * Supervision trees for C. This header includes all the others.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include <supervisor/base.h>
#include <supervisor/dynamic.h>
#include <supervisor/error.h>
#include <supervisor/event.h>
#include <supervisor/host.h>
#include <supervisor/process.h>
#include <supervisor/runnable.h>
#include <supervisor/runtime.h>
#include <supervisor/spec.h>
#include <supervisor/tree.h>

#endif
