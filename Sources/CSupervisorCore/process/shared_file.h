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

/* A file without a name, in memory where the system has that. */

#ifndef SUP_PROCESS_SHARED_FILE_H
#define SUP_PROCESS_SHARED_FILE_H

/* Close-on-exec: 0 and *descriptor, or an errno. */
int sup__shared_file(int *descriptor);

/* The same in the folder for temporary files, as on systems that have nothing
 * better. */
int sup__shared_file_portable(int *descriptor);

#endif
