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
 * Signals to the host, and the end of a main program.
 *
 * Since 0.1.
 */

#ifndef SUPERVISOR_HOST_H
#define SUPERVISOR_HOST_H

#include <supervisor/tree.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* Signals that are watched. */
typedef struct sup_signals sup_signals;

/* Watch signals of the host: `received` is called on the loop thread for each
 * delivery (equal ones that come together may be one). A handler is installed
 * only for these, and when the last watcher of a signal is closed the former
 * disposition is back, unless somebody else changed it meanwhile. Errors:
 * SUP_ESIGNAL (one that cannot be caught, or that a program must not: KILL,
 * STOP, SEGV, BUS, FPE, ILL, TRAP; or out of range), SUP_EINVAL (none, or more
 * than 64), SUP_ESYSTEM. Waits for the loop thread; possible on it, and
 * SUP_EDEADLOCK in a callback on another one. */
SUP_EXTERN int sup_signals_open(
    sup_runtime *runtime, const int *signals, size_t count,
    void (*SUP_SENDABLE SUP_NONNULL received)(void *SUP_NULLABLE ctx,
                                              int signal),
    void *SUP_NULLABLE ctx, sup_signals *SUP_NULLABLE *SUP_NULLABLE watch);

/* Stop watching, waiting for the loop thread. When it returns `received` is not
 * running and will not be called, unless it is called from there. In a callback
 * on another thread it does not wait: then `received` may still be called for a
 * moment, and watching only goes on if there is no memory for that. */
SUP_EXTERN void sup_signals_close(sup_signals *SUP_NULLABLE watch);

/* Stop a tree when one of these signals comes: the first starts an orderly
 * stop within `budget`, a second one forces it. Watching ends with the tree;
 * one that is not launched is kept by it, and its runtime open (SUP_EBUSY),
 * until its stop is requested. Errors as sup_signals_open. */
SUP_EXTERN int sup_tree_stop_on_signals(sup_tree *tree, const int *signals,
                                        size_t count, sup_duration budget);

/* The status with which a program should end whose main business this tree
 * was: 128 + the signal that stopped it, 1 if it failed or did not stop
 * cleanly, else 0. Meaningful when the tree has ended; 1 after a fork(). */
SUP_EXTERN int sup_tree_exit_status(sup_tree *tree);

/* For a main program: if the tree has ended and `grace` later
 * sup_tree_main_resumed has not been called, the loop thread writes who was
 * abandoned to stderr and ends the process with sup_tree_exit_status, without
 * running what atexit has. For callers whose threads may all be blocked. The
 * runtime cannot be closed until the program has resumed. SUP_EALREADY if it is
 * guarded. */
SUP_EXTERN int sup_tree_guard_main(sup_tree *tree, sup_duration grace);

/* The program goes on by itself. SUP_EALREADY if it is not guarded. */
SUP_EXTERN int sup_tree_main_resumed(sup_tree *tree);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
