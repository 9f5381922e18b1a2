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
 * Calls of libuv and of the system that fail on demand: the linker puts these
 * functions in front of the real ones, in the test program and in the library
 * that is linked into it (CMakeLists.txt reads the names out of this file).
 *
 * Not among them is what cannot fail when it is called as it is here; a failure
 * would be a contradiction, and where it would be noticed the library ends:
 *
 *   uv_loop_close, uv_thread_join     all handles are closed, the thread is ours
 *   uv_run, uv_close, uv_ref …        have no failure
 *   uv_timer_init, uv_timer_start,    only fill in memory, and check that the
 *   uv_async_send, uv_poll_start,     handle is one that is open
 *   uv_poll_stop, uv_signal_stop
 *   uv_sem_wait, uv_sem_post,         of one that was made
 *   uv_cond_wait, pthread_*           locks and conditions only fill in memory
 *                                     in the C libraries that there are; masks,
 *                                     attributes and names have nothing to fail
 *   uv_gettimeofday, uv_hrtime        the clocks are always there
 *   rt_sigaction, rt_sigprocmask,     with arguments that are always valid
 *   prlimit64, munmap, getrlimit
 *   execve's success, exit_group      are no returns
 *   write                             the last words of a program that ends
 *
 * ECHILD of a wait is not made up, for then there would be a zombie that nobody
 * knows: process_test has statuses really stolen.
 */

#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* The functions, one WRAP in a line. */
#define FAILING_FUNCTIONS(WRAP)                                                \
  WRAP(uv_loop_init)                                                           \
  WRAP(uv_async_init)                                                          \
  WRAP(uv_poll_init)                                                           \
  WRAP(uv_signal_init)                                                         \
  WRAP(uv_signal_start)                                                        \
  WRAP(uv_thread_create)                                                       \
  WRAP(uv_thread_create_ex)                                                    \
  WRAP(uv_sem_init)                                                            \
  WRAP(uv_cond_init)                                                           \
  WRAP(uv_random)                                                              \
  WRAP(pthread_create)                                                         \
  WRAP(pthread_atfork)                                                         \
  WRAP(atexit)                                                                 \
  WRAP(pipe2)                                                                  \
  WRAP(open)                                                                   \
  WRAP(openat)                                                                 \
  WRAP(fcntl)                                                                  \
  WRAP(read)                                                                   \
  WRAP(close)                                                                  \
  WRAP(ioctl)                                                                  \
  WRAP(mmap)                                                                   \
  WRAP(clone)                                                                  \
  WRAP(fork)                                                                   \
  WRAP(dup2)                                                                   \
  WRAP(dup3)                                                                   \
  WRAP(setsid)                                                                 \
  WRAP(fchdir)                                                                 \
  WRAP(execve)                                                                 \
  WRAP(waitpid)                                                                \
  WRAP(waitid)                                                                 \
  WRAP(wait4)                                                                  \
  WRAP(kill)                                                                   \
  WRAP(sigaction)                                                              \
  WRAP(fstatat)                                                                \
  WRAP(faccessat)                                                              \
  WRAP(socket)                                                                 \
  WRAP(bind)                                                                   \
  WRAP(getsockname)                                                            \
  WRAP(setsockopt)                                                             \
  WRAP(recvmsg)                                                                \
  WRAP(connect)                                                                \
  WRAP(getpeername)                                                            \
  WRAP(getsockopt)                                                             \
  WRAP(send)                                                                   \
  WRAP(ftruncate)                                                              \
  WRAP(mkostemp)                                                               \
  WRAP(poll)                                                                   \
  WRAP(getpgid)                                                                \
  WRAP(mkdtemp)                                                                \
  WRAP(unlink)                                                                 \
  WRAP(rmdir)                                                                  \
  WRAP(syscall)

enum failing_call {
#define WRAP(name) CALL_##name,
  FAILING_FUNCTIONS(WRAP)
#undef WRAP
      CALL_NONE
};

struct failing {
  atomic_int call;   /* enum failing_call; CALL_NONE: all work */
  atomic_int detail; /* of syscall: which */
  atomic_int error;  /* errno, or libuv's; 0: read less than there is */
  atomic_int number; /* which of the calls, from 1; 0: every one */
  atomic_int made;
  atomic_int failed;
};

/* Shared with children of fork(), whose calls count as well. */
static struct failing *failing;

/* Runs in children that share our memory, on stacks that no sanitizer knows. */
#if defined(__clang__)
#define BARE                                                                   \
  __attribute__((noinline, no_sanitize("address", "thread", "undefined")))
#else
#define BARE                                                                   \
  __attribute__((noinline, no_sanitize_address, no_sanitize_thread,            \
                 no_sanitize_undefined))
#endif

BARE static bool fails_now(enum failing_call call, long detail) {
  int number;
  if (failing == NULL || failing->call != (int)call ||
      (call == CALL_syscall && failing->detail != (int)detail))
    return false;
  number = ++failing->made;
  if (failing->number != 0 && number != failing->number)
    return false;
  failing->failed++;
  return true;
}

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd,
                  off_t offset);

__attribute__((constructor)) static void share_failing(void) {
  failing = __real_mmap(NULL, sizeof(*failing), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (failing == MAP_FAILED)
    abort();
  failing->call = CALL_NONE;
}

static inline void fail_call(enum failing_call call, long detail, int error,
                             int number) {
  failing->call = CALL_NONE;
  failing->detail = (int)detail;
  failing->error = error;
  failing->number = number;
  failing->made = 0;
  failing->failed = 0;
  failing->call = (int)call;
}

/* ---- In front of the functions ------------------------------------------ */

#define SYSTEM_FAILURE (errno = failing->error, -1)

/* One with fixed arguments, and what it returns when it fails. */
#define FRONT(type, name, parameters, arguments, failure)                      \
  type __real_##name parameters;                                               \
  type __wrap_##name parameters;                                               \
  BARE type __wrap_##name parameters {                                         \
    return fails_now(CALL_##name, 0) ? (failure) : __real_##name arguments;    \
  }

FRONT(int, uv_loop_init, (uv_loop_t * loop), (loop), failing->error)
FRONT(int, uv_async_init, (uv_loop_t * loop, uv_async_t *handle, uv_async_cb f),
      (loop, handle, f), failing->error)
FRONT(int, uv_poll_init, (uv_loop_t * loop, uv_poll_t *handle, int fd),
      (loop, handle, fd), failing->error)
FRONT(int, uv_signal_init, (uv_loop_t * loop, uv_signal_t *handle),
      (loop, handle), failing->error)
FRONT(int, uv_signal_start, (uv_signal_t * handle, uv_signal_cb f, int signal),
      (handle, f, signal), failing->error)
FRONT(int, uv_thread_create, (uv_thread_t * thread, uv_thread_cb f, void *ctx),
      (thread, f, ctx), failing->error)
FRONT(int, uv_thread_create_ex,
      (uv_thread_t * thread, const uv_thread_options_t *options, uv_thread_cb f,
       void *ctx),
      (thread, options, f, ctx), failing->error)
FRONT(int, uv_sem_init, (uv_sem_t * sem, unsigned value), (sem, value),
      failing->error)
FRONT(int, uv_cond_init, (uv_cond_t * condition), (condition), failing->error)
FRONT(int, uv_random,
      (uv_loop_t * loop, uv_random_t *request, void *buffer, size_t size,
       unsigned flags, uv_random_cb f),
      (loop, request, buffer, size, flags, f), failing->error)
FRONT(int, pthread_create,
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*f)(void *),
       void *ctx),
      (thread, attributes, f, ctx), failing->error)
FRONT(int, pthread_atfork,
      (void (*before)(void), void (*parent)(void), void (*child)(void)),
      (before, parent, child), failing->error)
FRONT(int, atexit, (void (*f)(void)), (f), failing->error)
FRONT(int, pipe2, (int ends[2], int flags), (ends, flags), SYSTEM_FAILURE)
FRONT(void *, mmap,
      (void *at, size_t size, int protection, int flags, int fd, off_t offset),
      (at, size, protection, flags, fd, offset),
      (errno = failing->error, MAP_FAILED))
FRONT(pid_t, fork, (void), (), SYSTEM_FAILURE)
FRONT(int, dup2, (int from, int to), (from, to), SYSTEM_FAILURE)
FRONT(int, dup3, (int from, int to, int flags), (from, to, flags),
      SYSTEM_FAILURE)
FRONT(pid_t, setsid, (void), (), SYSTEM_FAILURE)
FRONT(int, fchdir, (int fd), (fd), SYSTEM_FAILURE)
FRONT(int, execve,
      (const char *path, char *const *arguments, char *const *environment),
      (path, arguments, environment), SYSTEM_FAILURE)
FRONT(pid_t, waitpid, (pid_t pid, int *status, int options),
      (pid, status, options), SYSTEM_FAILURE)
FRONT(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
      (type, id, info, options), SYSTEM_FAILURE)
FRONT(pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage),
      (pid, status, options, usage), SYSTEM_FAILURE)
FRONT(int, kill, (pid_t pid, int signal), (pid, signal), SYSTEM_FAILURE)
FRONT(int, sigaction,
      (int signal, const struct sigaction *action, struct sigaction *former),
      (signal, action, former), SYSTEM_FAILURE)
FRONT(int, fstatat,
      (int directory, const char *path, struct stat *status, int flags),
      (directory, path, status, flags), SYSTEM_FAILURE)
FRONT(int, faccessat, (int directory, const char *path, int mode, int flags),
      (directory, path, mode, flags), SYSTEM_FAILURE)

FRONT(int, socket, (int domain, int type, int protocol),
      (domain, type, protocol), SYSTEM_FAILURE)
FRONT(int, bind, (int fd, const struct sockaddr *address, socklen_t length),
      (fd, address, length), SYSTEM_FAILURE)
FRONT(int, getsockname, (int fd, struct sockaddr *address, socklen_t *length),
      (fd, address, length), SYSTEM_FAILURE)
FRONT(int, setsockopt,
      (int fd, int level, int option, const void *value, socklen_t length),
      (fd, level, option, value, length), SYSTEM_FAILURE)
FRONT(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
      (fd, message, flags), SYSTEM_FAILURE)
FRONT(int, connect, (int fd, const struct sockaddr *address, socklen_t length),
      (fd, address, length), SYSTEM_FAILURE)
FRONT(int, getpeername, (int fd, struct sockaddr *address, socklen_t *length),
      (fd, address, length), SYSTEM_FAILURE)
FRONT(int, getsockopt,
      (int fd, int level, int option, void *value, socklen_t *length),
      (fd, level, option, value, length), SYSTEM_FAILURE)
FRONT(ssize_t, send, (int fd, const void *bytes, size_t size, int flags),
      (fd, bytes, size, flags), SYSTEM_FAILURE)
FRONT(int, ftruncate, (int fd, off_t size), (fd, size), SYSTEM_FAILURE)
FRONT(int, mkostemp, (char *name, int flags), (name, flags), SYSTEM_FAILURE)
FRONT(int, poll, (struct pollfd * descriptors, nfds_t count, int time),
      (descriptors, count, time), SYSTEM_FAILURE)
FRONT(pid_t, getpgid, (pid_t pid), (pid), SYSTEM_FAILURE)
FRONT(char *, mkdtemp, (char *name), (name), (errno = failing->error, NULL))

/* What is closed or taken away is so, whatever is said of it: nothing is left
 * of a test. */
#define FRONT_AFTER(name)                                                      \
  int __real_##name(const char *path);                                         \
  int __wrap_##name(const char *path);                                         \
  BARE int __wrap_##name(const char *path) {                                   \
    int result = __real_##name(path);                                          \
    return fails_now(CALL_##name, 0) ? SYSTEM_FAILURE : result;                \
  }

FRONT_AFTER(unlink)
FRONT_AFTER(rmdir)

int __real_close(int fd);
int __wrap_close(int fd);
BARE int __wrap_close(int fd) {
  int result = __real_close(fd);
  return fails_now(CALL_close, 0) ? SYSTEM_FAILURE : result;
}

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
BARE ssize_t __wrap_read(int fd, void *buffer, size_t size) {
  if (!fails_now(CALL_read, 0))
    return __real_read(fd, buffer, size);
  if (failing->error != 0)
    return SYSTEM_FAILURE;
  return __real_read(fd, buffer, size > 1 ? 1 : size);
}

/* One with a last argument that may not be there. */
#define FRONT_LAST(name, last, parameters, ...)                                \
  int __real_##name parameters;                                                \
  int __wrap_##name parameters;                                                \
  BARE int __wrap_##name parameters {                                          \
    va_list list;                                                              \
    long more;                                                                 \
    va_start(list, last);                                                      \
    more = va_arg(list, long);                                                 \
    va_end(list);                                                              \
    return fails_now(CALL_##name, 0) ? SYSTEM_FAILURE                          \
                                     : __real_##name(__VA_ARGS__, more);       \
  }

FRONT_LAST(open, flags, (const char *path, int flags, ...), path, flags)
FRONT_LAST(openat, flags, (int directory, const char *path, int flags, ...),
           directory, path, flags)
FRONT_LAST(fcntl, command, (int fd, int command, ...), fd, command)
FRONT_LAST(ioctl, request, (int fd, unsigned long request, ...), fd, request)

int __real_clone(int (*f)(void *), void *stack, int flags, void *ctx, ...);
int __wrap_clone(int (*f)(void *), void *stack, int flags, void *ctx, ...);
BARE int __wrap_clone(int (*f)(void *), void *stack, int flags, void *ctx,
                      ...) {
  va_list list;
  int *pidfd;
  va_start(list, ctx);
  pidfd = va_arg(list, int *);
  va_end(list);
  return fails_now(CALL_clone, 0)
             ? SYSTEM_FAILURE
             : __real_clone(f, stack, flags, ctx, pidfd, NULL, NULL);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
BARE long __wrap_syscall(long number, ...) {
  va_list list;
  long a[6];
  int i;
  va_start(list, number);
  for (i = 0; i < 6; i++)
    a[i] = va_arg(list, long);
  va_end(list);
  if (fails_now(CALL_syscall, number))
    return SYSTEM_FAILURE;
  return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- What is to fail ---------------------------------------------------- */

/* Of one function so many are tried one after the other; a child of fork() may
 * ask of a million descriptors whether they are open. */
#define MOST_CALLS 60

struct failure {
  enum failing_call call;
  long detail;
  int error;
  bool told; /* somebody must hear of it; else it can be done without */
};

#define FAILURE(name, error, told)                                             \
  { CALL_##name, 0, error, told }
#define SYSCALL(name, error, told)                                             \
  { CALL_syscall, SYS_##name, error, told }

static inline const char *failing_name(enum failing_call call) {
  static const char *const names[] = {
#define WRAP(name) #name,
      FAILING_FUNCTIONS(WRAP)
#undef WRAP
  };
  return names[call];
}

#endif
