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

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"

/* Messages in one turn of the loop, which has others to serve; and at the end
 * of the process, when the kernel keeps no more than a few. */
#define SUP_NOTIFY_TURN 16
#define SUP_NOTIFY_LOOKS 1024

#if !defined(MSG_CMSG_CLOEXEC)
#define MSG_CMSG_CLOEXEC 0
#endif

static int bind_socket(struct sup_notify *notify, bool portable) {
  int error = portable ? ENOSYS : sup__notify_bind_abstract(notify);
  notify->portable = error == ENOSYS;
  return notify->portable ? sup__notify_bind_path(notify) : error;
}

int sup__notify_create(struct sup_notify **result,
                       const sup_allocator *allocator, struct sup_loop *loop,
                       bool portable) {
  struct sup_notify *notify = sup__allocate_zeroed(allocator, sizeof(*notify));
  int error;
  *result = NULL;
  if (notify == NULL)
    return ENOMEM;
  notify->allocator = allocator;
  notify->loop = loop;
  notify->descriptor = sup__socket(AF_UNIX, SOCK_DGRAM);
  error = notify->descriptor < 0 ? errno : bind_socket(notify, portable);
  if (error != 0) {
    if (notify->descriptor >= 0)
      close(notify->descriptor);
    sup__release(allocator, notify, sizeof(*notify));
    return error;
  }
  *result = notify;
  return 0;
}

static void close_socket(struct sup_notify *notify) {
  close(notify->descriptor);
  notify->descriptor = -1;
  if (notify->portable)
    sup__notify_remove_path(notify);
}

void sup__notify_free(struct sup_notify *notify) {
  SUP_ASSERT(!notify->open);
  if (notify->descriptor >= 0)
    close_socket(notify);
  sup__release(notify->allocator, notify, sizeof(*notify));
}

static void poll_closed(uv_handle_t *handle) {
  struct sup_notify *notify = handle->data;
  struct sup_loop *loop = notify->loop;
  notify->open = false;
  notify->changed(notify->ctx);
  sup__loop_handle_closed(loop);
}

/* Whoever sends a descriptor with BARRIER=1 waits until we have closed it, and
 * so lives until we know who it is. Others are sent to be kept for them, which
 * is not done here. */
static void close_passed(struct msghdr *message) {
  struct cmsghdr *part;
  for (part = CMSG_FIRSTHDR(message); part != NULL;
       part = CMSG_NXTHDR(message, part)) {
    const unsigned char *at = CMSG_DATA(part);
    size_t left;
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
      continue;
    for (left = part->cmsg_len - CMSG_LEN(0); left >= sizeof(int);
         left -= sizeof(int), at += sizeof(int)) {
      int descriptor;
      memcpy(&descriptor, at, sizeof(int));
      close(descriptor);
    }
  }
}

/* False if there is nothing more for now. */
static bool look(struct sup_notify *notify) {
  char bytes[SUP_NOTICE_MAX + 2]; /* a NUL may follow; more is too much */
  union {
    struct cmsghdr align;
    char space[1024];
  } control;
  struct iovec part = {bytes, sizeof(bytes)};
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.space,
                           .msg_controllen = sizeof(control.space)};
  struct sup_notice notice;
  ssize_t got;
  do
    got = recvmsg(notify->descriptor, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return false;
  if ((message.msg_flags & MSG_TRUNC) == 0 &&
      (notify->portable || sup__notify_is_own(notify, &message)) &&
      sup__notice_read(&notice, bytes, (size_t)got))
    notify->heard(notify->ctx, &notice);
  else
    notify->ignored++;
  close_passed(&message);
  return true;
}

static void readable(uv_poll_t *poll, int status, int events) {
  struct sup_notify *notify = poll->data;
  int looks;
  (void)events;
  if (status < 0) {
    sup__notify_close(notify, false);
    return;
  }
  for (looks = 0; looks < SUP_NOTIFY_TURN && notify->descriptor >= 0; looks++)
    if (!look(notify))
      break;
}

int sup__notify_open(struct sup_notify *notify) {
  int error = uv_poll_init(sup__loop_uv(notify->loop), &notify->poll,
                           notify->descriptor);
  if (error != 0)
    return -error;
  notify->poll.data = notify;
  notify->open = true;
  sup__loop_handle_opened(notify->loop);
  uv_poll_start(&notify->poll, UV_READABLE, readable);
  return 0;
}

void sup__notify_close(struct sup_notify *notify, bool look_first) {
  int looks;
  if (notify->descriptor < 0)
    return;
  for (looks = 0; look_first && looks < SUP_NOTIFY_LOOKS; looks++)
    look_first = look(notify);
  if (notify->open)
    uv_close((uv_handle_t *)&notify->poll, poll_closed);
  close_socket(notify);
}
