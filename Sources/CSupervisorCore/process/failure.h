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

/* What has to be said of a process that failed to start or ended badly. */

#ifndef SUP_PROCESS_FAILURE_H
#define SUP_PROCESS_FAILURE_H

#include "../engine/error.h"
#include "command.h"

#if defined(__GNUC__)
#define SUP_PRINTF(text, first)                                                \
  __attribute__((__format__(__printf__, text, first)))
#else
#define SUP_PRINTF(text, first)
#endif

/* For the text of an errno; cuts what is longer. */
#define SUP_ERRNO_TEXT 128u
const char *sup__errno_text(int error, char buffer[SUP_ERRNO_TEXT]);

/* One without memory of its own, for when there is none; a reference to it
 * belongs to the caller as that to any other. */
sup_error *sup__no_memory(void);

/* SUP_ESPAWN with a sentence. Never NULL. */
sup_error *sup__spawn_failure(const sup_allocator *allocator,
                              sup_spawn_stage stage, int system,
                              const char *format, ...) SUP_PRINTF(4, 5);

/* An ended process: SUP_EEXITSTATUS, SUP_ESIGNALED or SUP_ELOST, by *end.
 * `status` (or NULL) is what it said of itself last; `output` (or NULL) is
 * taken over. Never NULL. */
sup_error *sup__exit_failure(const sup_allocator *allocator,
                             const sup_process_end *end, const char *status,
                             char *output, size_t output_length);

/* SUP_ESTARTTIMEOUT of a process that runs for `waited` and is not up. `seen`
 * (or NULL) is what was seen last. NULL without memory. */
sup_error *sup__unready_failure(const sup_allocator *allocator,
                                const struct sup_command *command,
                                sup_duration waited, const char *seen);

#endif
