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
 * What the tests of processes start. It does what its arguments say, one after
 * the other:
 *
 *   exit STATUS       abort          signal NUMBER (to itself)
 *   sleep (for ever)  nap MS         burn MS (of processor time)
 *   ignore NUMBER     catch NUMBER STATUS (exit with it)
 *   out TEXT          err TEXT       partial TEXT     bytewise TEXT
 *   spam BYTES        line LENGTH    append PATH TEXT (as a shell's >>)
 *   env NAME          pid               fds  mask  cwd  session  stdin  argument0
 *   flags FD          close FD       newline FD       write FD TEXT
 *   listen FD (a socket that has an address)
 *   answer FD TEXT … (to who connects to a socket that has an address: the n-th
 *     gets the n-th text, and later ones the last; none for "", and for "-" the
 *     connection stays open without one; prints what was asked)
 *   await FD (until something can be read, or its end)
 *   member (a child of its group that ignores SIGTERM; prints its pid)
 *   escapee FD (the same in a session of its own, until FD ends)
 *   chatty-escapee FD (and writes without end)
 *   notify TEXT (to its NOTIFY_SOCKET)   barrier (until all that is heard)
 *   notify-member TEXT (by one of its group, which stays)
 *   notify-stranger TEXT (by one in a session of its own, which has ended)
 *   notify-long TEXT LENGTH (with so much behind it)   watchdog MS (for ever)
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int caught_status;

static void write_all(int descriptor, const char *text, size_t length) {
  while (length > 0) {
    ssize_t wrote = write(descriptor, text, length);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      _exit(99);
    text += wrote;
    length -= (size_t)wrote;
  }
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char text[65536];
  va_list arguments;
  int length;
  va_start(arguments, format);
  length = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  write_all(1, text, (size_t)length);
}

static void on_signal(int number) {
  (void)number;
  _exit(caught_status);
}

static void set_handler(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  sigaction(number, &action, NULL);
}

static void nap(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&time, &time) < 0 && errno == EINTR)
    continue;
}

static void burn(long milliseconds) {
  clock_t end = clock() + milliseconds * (CLOCKS_PER_SEC / 1000);
  while (clock() < end)
    continue;
}

static void await(int descriptor) {
  char byte;
  while (read(descriptor, &byte, 1) < 0 && errno == EINTR)
    continue;
}

static void spam(long bytes) {
  char line[101];
  long number = 0;
  while (bytes > 0) {
    int length = snprintf(line, sizeof(line), "%099ld\n", number++);
    if (length > bytes)
      length = (int)bytes;
    write_all(1, line, (size_t)length);
    bytes -= length;
  }
}

static void long_line(long length) {
  char piece[4096];
  memset(piece, 'x', sizeof(piece));
  while (length > 0) {
    size_t part = length < (long)sizeof(piece) ? (size_t)length : sizeof(piece);
    write_all(1, piece, part);
    length -= (long)part;
  }
  write_all(1, "\n", 1);
}

static void print_descriptors(void) {
  int number;
  say("fds");
  for (number = 0; number < 20000; number++)
    if (fcntl(number, F_GETFD) >= 0)
      say(" %d", number);
  say("\n");
}

static void print_mask(void) {
  sigset_t mask;
  int number;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  say("blocked");
  for (number = 1; number <= 64; number++)
    if (sigismember(&mask, number) == 1)
      say(" %d", number);
  say("\nnot default");
  for (number = 1; number <= 64; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
      say(" %d", number);
  }
  say("\n");
}

static void print_directory(void) {
  char path[4096];
  say("%s\n", getcwd(path, sizeof(path)) != NULL ? path : strerror(errno));
}

static void print_input(void) {
  char buffer[64];
  long total = 0;
  ssize_t got;
  while ((got = read(0, buffer, sizeof(buffer))) > 0)
    total += got;
  say("stdin %ld\n", total);
}

static void append(const char *path, const char *text) {
  int descriptor = open(path, O_WRONLY | O_APPEND);
  if (descriptor < 0)
    _exit(98);
  write_all(descriptor, text, strlen(text));
  close(descriptor);
}

static void close_pipe(int pair[2]) {
  close(pair[0]);
  close(pair[1]);
}

static void be_relative(int until, int chatty) {
  if (chatty)
    for (;;)
      spam(1 << 20);
  if (until >= 0)
    await(until);
  else
    for (;;)
      pause();
  _exit(0);
}

/* Prints the pid when the child has become what it is to be, and before it
 * goes on. */
static void relative(int own_session, int until, int chatty) {
  int ready[2], go[2];
  pid_t pid;
  if (pipe(ready) != 0 || pipe(go) != 0)
    _exit(97);
  pid = fork();
  if (pid == 0) {
    set_handler(SIGTERM, SIG_IGN);
    if (own_session)
      setsid();
    close(go[1]);
    close_pipe(ready);
    await(go[0]);
    close(go[0]);
    be_relative(until, chatty);
  }
  close(ready[1]);
  await(ready[0]);
  close(ready[0]);
  say("%d\n", (int)pid);
  close_pipe(go);
}

/* With a descriptor, or -1. */
static void notify(const char *text, size_t length, int descriptor) {
  const char *name = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct iovec part = {(char *)text, length};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {
      .msg_name = &address, .msg_iov = &part, .msg_iovlen = 1};
  if (name == NULL || sender < 0)
    _exit(94);
  strncpy(address.sun_path, name, sizeof(address.sun_path) - 1);
  if (*name == '@')
    *address.sun_path = '\0';
  message.msg_namelen = offsetof(struct sockaddr_un, sun_path) + strlen(name);
  if (descriptor >= 0) {
    message.msg_control = control.space;
    message.msg_controllen = sizeof(control.space);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
  }
  if (sendmsg(sender, &message, MSG_NOSIGNAL) < 0)
    _exit(93);
  close(sender);
}

static void barrier(void) {
  int pair[2];
  if (pipe(pair) != 0)
    _exit(92);
  notify("BARRIER=1", 9, pair[1]);
  close(pair[1]);
  await(pair[0]);
  close(pair[0]);
}

static void notify_by_another(const char *text, int stranger) {
  int done[2];
  pid_t pid;
  if (pipe(done) != 0)
    _exit(91);
  pid = fork();
  if (pid == 0) {
    close(done[0]);
    if (stranger)
      setsid();
    notify(text, strlen(text), -1);
    close(done[1]);
    if (!stranger)
      for (;;)
        pause();
    _exit(0);
  }
  close(done[1]);
  await(done[0]);
  close(done[0]);
  if (stranger)
    waitpid(pid, NULL, 0);
}

static void notify_long(const char *text, size_t more) {
  size_t length = strlen(text);
  char *whole = malloc(length + more);
  if (whole == NULL)
    _exit(90);
  memcpy(whole, text, length);
  memset(whole + length, 'x', more);
  notify(whole, length + more, -1);
  free(whole);
}

static void watchdog(long milliseconds) {
  for (;;) {
    notify("WATCHDOG=1", 10, -1);
    nap(milliseconds);
  }
}

static void print_variable(const char *name) {
  const char *value = getenv(name);
  if (value == NULL)
    say("%s is not set\n", name);
  else
    say("%s=%s\n", name, value);
}

static void print_session(void) {
  say("leader %d %d\n", getpid() == getsid(0), getpid() == getpgid(0));
}

/* One of those who connect: what it asks for is printed, up to a blank line. */
static void answer_one(int connection, const char *text) {
  char asked[4096];
  size_t length = 0;
  ssize_t got = 1;
  asked[0] = '\0';
  while (got > 0 && length + 1 < sizeof(asked) &&
         strstr(asked, "\r\n\r\n") == NULL) {
    got = read(connection, asked + length, sizeof(asked) - 1 - length);
    length += got > 0 ? (size_t)got : 0;
    asked[length] = '\0';
  }
  say("%s", asked);
  if (strcmp(text, "-") == 0)
    return;
  if (write(connection, text, strlen(text)) >= 0)
    shutdown(connection, SHUT_WR);
  close(connection);
}

static void answer(int descriptor, char **texts) {
  set_handler(SIGPIPE, SIG_IGN);
  if (listen(descriptor, 64) != 0)
    _exit(88);
  for (;;) {
    int connection = accept(descriptor, NULL, NULL);
    if (connection >= 0)
      answer_one(connection, *texts);
    if (texts[1] != NULL)
      texts++;
  }
}

static char **rest;
static const char *program;

static const char *next(void) {
  if (*rest == NULL) {
    fprintf(stderr, "process_child: an argument is missing\n");
    exit(96);
  }
  return *rest++;
}

static int number(void) {
  return atoi(next());
}

static void catch_signal(void) {
  int signal_number = number();
  caught_status = number();
  set_handler(signal_number, on_signal);
}

static void say_bytewise(const char *text) {
  for (; *text != '\0'; text++)
    write_all(1, text, 1);
  write_all(1, "\n", 1);
}

static void to_itself(int signal_number) {
  kill(getpid(), signal_number);
  nap(10000);
}

static void print_flags(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  say("%s\n", (flags & O_NONBLOCK) != 0 ? "non-blocking" : "blocking");
}

static void write_text(void) {
  int descriptor = number();
  const char *text = next();
  write_all(descriptor, text, strlen(text));
}

static int perform(const char *verb) {
#define VERB(name, action)                                                     \
  if (strcmp(verb, name) == 0) {                                               \
    action;                                                                    \
    return 1;                                                                  \
  }
  VERB("exit", _exit(number()))
  VERB("abort", abort())
  VERB("signal", to_itself(number()))
  VERB("sleep", for (;;) pause())
  VERB("nap", nap(atol(next())))
  VERB("burn", burn(atol(next())))
  VERB("ignore", set_handler(number(), SIG_IGN))
  VERB("catch", catch_signal())
  VERB("out", say("%s\n", next()))
  VERB("err", {
    const char *text = next();
    write_all(2, text, strlen(text));
    write_all(2, "\n", 1);
  })
  VERB("partial", say("%s", next()))
  VERB("bytewise", say_bytewise(next()))
  VERB("spam", spam(atol(next())))
  VERB("line", long_line(atol(next())))
  VERB("append", {
    const char *path = next();
    append(path, next());
  })
  VERB("env", print_variable(next()))
  VERB("fds", print_descriptors())
  VERB("mask", print_mask())
  VERB("cwd", print_directory())
  VERB("session", print_session())
  VERB("stdin", print_input())
  VERB("argument0", say("%s\n", program))
  VERB("flags", print_flags(number()))
  VERB("close", close(number()))
  VERB("newline", write_all(number(), "\n", 1))
  VERB("write", write_text())
  VERB("listen", {
    if (listen(number(), 64) != 0)
      _exit(89);
  })
  VERB("answer", {
    int descriptor = number();
    answer(descriptor, rest);
  })
  VERB("await", await(number()))
  VERB("member", relative(0, -1, 0))
  VERB("escapee", relative(1, number(), 0))
  VERB("chatty-escapee", {
    set_handler(SIGPIPE, SIG_DFL);
    relative(1, number(), 1);
  })
  VERB("notify", {
    const char *text = next();
    notify(text, strlen(text), -1);
  })
  VERB("notify-member", notify_by_another(next(), 0))
  VERB("notify-stranger", notify_by_another(next(), 1))
  VERB("notify-long", {
    const char *text = next();
    notify_long(text, (size_t)number());
  })
  VERB("barrier", barrier())
  VERB("watchdog", watchdog(atol(next())))
  VERB("pid", say("%d\n", (int)getpid()))
#undef VERB
  return 0;
}

int main(int argc, char **argv) {
  (void)argc;
  program = argv[0];
  rest = argv + 1;
  while (*rest != NULL) {
    const char *verb = next();
    if (!perform(verb)) {
      fprintf(stderr, "process_child: '%s' is nothing it can do\n", verb);
      return 95;
    }
  }
  return 0;
}
