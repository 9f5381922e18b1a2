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

/* A line server on a port of 127.0.0.1, which it prints. */

#ifndef SERVER_H
#define SERVER_H

#include <uv.h>

/* Answer each line with what `obey` returns, and a line with a dot. 0, or an
 * error of libuv's; server_close is then to be called all the same. */
int server_open(uv_loop_t *loop, const char *(*obey)(const char *line));

/* Close the listener and all connections. */
void server_close(void);

#endif
