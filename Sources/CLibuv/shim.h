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

#ifndef SUP_CLIBUV_SHIM_H
#define SUP_CLIBUV_SHIM_H

#include <uv.h>

#endif
