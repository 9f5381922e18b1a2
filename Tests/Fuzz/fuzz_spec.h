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
 * Specs from bytes: a tree of any shape, every policy set by its setter, to
 * values that it takes and to others, each answer compared with what the header
 * says.
 */

#ifndef FUZZ_SPEC_H
#define FUZZ_SPEC_H

#include "engine/spec.h"
#include "fuzz.h"

#define FUZZ_SPEC_NODES 48

/* A supervisor, owned by the caller. `tame`: no setter is given anything that
 * it refuses, and names are different, so that most trees can run. */
sup_spec *fuzz_spec(struct fuzz *in, bool tame);

/* A child of any kind, to be added to a tree; tame. */
sup_spec *fuzz_child(struct fuzz *in);

/* Whether the spec has a fault: N1, N2, N6, S11, found by looking at every pair
 * of siblings. */
bool fuzz_spec_is_faulty(const sup_spec *spec);

#endif
