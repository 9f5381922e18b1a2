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
 * Errors and reports.
 *
 * A sup_error is one thing that went wrong: a code, a sentence, where it
 * happened, what caused it. A sup_report is what a call has to say when a code
 * is not enough: every fault of a spec, every failure of a rollback.
 *
 * Since 0.1.
 *
 * Both are immutable and counted references; all functions here may be called
 * from any thread and take no lock.
 */

#ifndef SUPERVISOR_ERROR_H
#define SUPERVISOR_ERROR_H

#include <supervisor/base.h>

SUP_BEGIN_DECLS
SUP_ASSUME_NONNULL_BEGIN

/* code, value, sentence */
#define SUP_ERRNO_MAP(XX)                                                      \
  XX(EINVAL, -1, "an argument is not valid")                                   \
  XX(ENOMEM, -2, "there is not enough memory")                                 \
  XX(EGONE, -3, "what the handle named is gone")                               \
  XX(EDEADLOCK, -4, "the call would wait for its own caller")                  \
  XX(EFORKED, -5, "the object belongs to the process before fork()")           \
  XX(EFROZEN, -6, "the spec has been started and cannot change any more")      \
  XX(ESPEC, -7, "the spec has faults; the report lists them")                  \
  XX(ESTART, -8, "a child failed to start")                                    \
  XX(ESTARTTIMEOUT, -9, "the start was not acknowledged in time")              \
  XX(EUNACKNOWLEDGED, -10, "the child ended before acknowledging its start")   \
  XX(ESTOPPED, -11, "it was stopped during its start")                         \
  XX(ETERMINATION, -12, "it or something below did not stop cleanly")          \
  XX(ESTOPTIMEOUT, -13, "it did not end within its shutdown timeout")          \
  XX(EABANDONED, -14, "it did not end and was abandoned, still running")       \
  XX(ETOLERANCE, -15, "more failures than the restart tolerance allows")       \
  XX(EFAILED, -16, "the child failed")                                         \
  XX(ECANCELED, -17, "it was cancelled")                                       \
  XX(ESTALE, -18, "the report is about an earlier incarnation")                \
  XX(EALREADY, -19, "that has happened already")                               \
  XX(EBUSY, -20, "something that uses it is still running")                    \
  XX(ENOTRUNNING, -21, "it is not running")                                    \
  XX(ETIMEOUT, -22, "it took too long")                                        \
  XX(EUNSUPPORTED, -23, "that is not possible on this system")                 \
  XX(ESYSTEM, -24, "a system call failed")                                     \
  XX(ESPAWN, -25, "the program could not be started")                          \
  XX(EEXITSTATUS, -26, "the process ended with a failure status")              \
  XX(ESIGNALED, -27, "the process was ended by a signal")                      \
  XX(ECLEANUP, -28, "the cleanup of a resource failed")                        \
  XX(EBUILD, -29, "the resource step of a supervisor failed")                  \
  XX(EOVERFLOW, -30, "a number is too large")                                  \
  XX(ESTUCK, -31, "an earlier incarnation has not ended")                      \
  XX(ESIGNAL, -32, "the signal cannot be handled")                             \
  XX(ELOST, -33, "the status of the process was taken by somebody else")       \
  XX(EDEPENDENCY, -34, "a sibling that it starts after did not come up")       \
  XX(EHEARTBEAT, -35, "it gave no sign of life in time")                       \
  XX(EEXIST, -36, "a sibling has that name")                                   \
  XX(ELIMIT, -37, "the supervisor has as many children as it may have")        \
  XX(ESTOPPING, -38, "the supervisor, or one above it, is stopping")           \
  XX(ENOTFOUND, -39, "there is nothing of that name")                          \
  XX(EHEALTHY, -40, "it has signalled healthy and takes no more children")     \
  XX(ENOTDONE, -41, "it returned without having signalled that it is done")    \
  XX(EMISUSE, -42, "it signalled out of turn: healthy once, then done once")

/* What functions answer. Later versions may have more. */
typedef enum SUP_OPEN_ENUM sup_errno {
  SUP_OK = 0, /* success; also the code of a warning */
#define XX(name, value, text) SUP_##name = value,
  SUP_ERRNO_MAP(XX)
#undef XX
} sup_errno;

/* The sentence that belongs to a code; for a code that is not ours
 * "unknown error". Static. */
SUP_EXTERN const char *sup_strerror(int code);

/* The name of a code, "SUP_EINVAL"; "SUP_UNKNOWN" if it is not ours. Static. */
SUP_EXTERN const char *sup_errno_name(int code);

/* One thing that went wrong. */
typedef struct sup_error sup_error;

/* All that a call has to say. */
typedef struct sup_report sup_report;

/* Make an error: `code` is negative (anything else becomes SUP_EFAILED), `text`
 * may be NULL for the code's own sentence, and is copied. `user` goes along
 * with it; `release`, if given, is called with it when the last reference is
 * gone: on any thread, without a lock held. NULL if there is no memory; `user`
 * is then not taken. The caller owns the result. */
SUP_EXTERN sup_error *SUP_NULLABLE sup_error_create(
    int code, const char *SUP_NULLABLE text, void *SUP_NULLABLE user,
    void (*SUP_SENDABLE SUP_NULLABLE release)(void *SUP_NULLABLE user));

/* Take and give back references. */
SUP_EXTERN sup_error *sup_error_ref(sup_error *error);
SUP_EXTERN void sup_error_unref(sup_error *SUP_NULLABLE error);

/* A negative sup_errno; 0 for a warning of sup_spec_check. */
SUP_EXTERN int sup_error_code(const sup_error *error);

/* One sentence that names the thing and says what to do where that is known.
 * Valid as long as the error. */
SUP_EXTERN const char *sup_error_text(const sup_error *error);

/* The runtime name of the node that it is about, or NULL. */
SUP_EXTERN const char *SUP_NULLABLE sup_error_path(const sup_error *error);

/* The errno of the system call that failed, or 0. */
SUP_EXTERN int sup_error_system(const sup_error *error);

/* What was given to sup_error_create; NULL for the library's own errors. */
SUP_EXTERN void *SUP_NULLABLE sup_error_user(const sup_error *error);

/* What caused it, or NULL. Borrowed: lives as long as `error`. For
 * SUP_ETOLERANCE this names the child that failed once too often, and is caused
 * by its last failure; sup_error_first is likewise the failure that opened the
 * record, and the same error if there was no other. */
SUP_EXTERN sup_error *SUP_NULLABLE sup_error_cause(const sup_error *error);
SUP_EXTERN sup_error *SUP_NULLABLE sup_error_first(const sup_error *error);

/* Further failures that happened on the way: children that did not stop, a
 * cleanup that failed. Borrowed; NULL beyond them. */
SUP_EXTERN size_t sup_error_related_count(const sup_error *error);
SUP_EXTERN sup_error *SUP_NULLABLE sup_error_related(const sup_error *error,
                                                     size_t index);

/* The numbers that were exceeded, for SUP_ETOLERANCE: returns 0 and fills
 * both, or SUP_EINVAL for another code. `window` is 0 if it never forgets. */
SUP_EXTERN int sup_error_tolerance(const sup_error *error, uint64_t *max,
                                   sup_duration *window);

/* The whole chain as an indented text of lines, ended by NUL if `size` is not
 * 0. Returns the length that the whole needs, without the NUL, as snprintf
 * does; characters are not cut in the middle. What is deeper than 32 causes, or
 * longer than 1,000, is left out, and that is said. */
SUP_EXTERN size_t sup_error_explain(const sup_error *error,
                                    char *SUP_NULLABLE buffer, size_t size);

/* Take and give back references. */
SUP_EXTERN sup_report *sup_report_ref(sup_report *report);
SUP_EXTERN void sup_report_unref(sup_report *SUP_NULLABLE report);

/* The code that the call returned or the completion was given. */
SUP_EXTERN int sup_report_code(const sup_report *report);

/* The errors, the one that decided first. Borrowed; NULL beyond them. */
SUP_EXTERN size_t sup_report_count(const sup_report *report);
SUP_EXTERN sup_error *SUP_NULLABLE sup_report_error(const sup_report *report,
                                                    size_t index);

/* All of them as one text; as sup_error_explain. */
SUP_EXTERN size_t sup_report_explain(const sup_report *report,
                                     char *SUP_NULLABLE buffer, size_t size);

SUP_ASSUME_NONNULL_END
SUP_END_DECLS

#endif
