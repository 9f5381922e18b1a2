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
 * A socket by which a process speaks of itself (sd_notify), one for each run:
 * its name is in the environment of that process alone. What others send is
 * passed over. Loop thread.
 */

#ifndef SUP_PROCESS_NOTIFY_H
#define SUP_PROCESS_NOTIFY_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <uv.h>

#include "../loop/loop.h"
#include "notice.h"

/* Of what NOTIFY_SOCKET is set to, with its NUL. */
#define SUP_ADDRESS_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) + 1)

struct sup_notify {
  const sup_allocator *allocator;
  struct sup_loop *loop;
  void *ctx;
  void (*heard)(void *ctx, const struct sup_notice *notice);
  void (*changed)(void *ctx); /* it is closed, and may be freed */
  pid_t leader;     /* it, and the members of its group, are listened to */
  int descriptor;   /* our end, owned; -1 when it is closed */
  bool open;        /* the poll handle is on the loop */
  bool portable;    /* which of the two kinds of sockets it is */
  uint64_t ignored; /* messages that were none, or of others */
  char address[SUP_ADDRESS_MAX];
  uv_poll_t poll;
};

/* Make the socket; `address` is its name. `heard`, `changed`, `ctx` and
 * `leader` are the caller's to set. 0 or an errno. */
int sup__notify_create(struct sup_notify **notify,
                       const sup_allocator *allocator, struct sup_loop *loop,
                       bool portable);

/* Begin to listen. 0 or an errno. */
int sup__notify_open(struct sup_notify *notify);

/* Listen to what is there, then close. */
void sup__notify_close(struct sup_notify *notify, bool look);

void sup__notify_free(struct sup_notify *notify);

/* ---- The two kinds of sockets ------------------------------------------- */

/* A name that the kernel makes and forgets with the socket, and the sender's
 * pid with each message. 0, or an errno; ENOSYS if there is no such thing. */
int sup__notify_bind_abstract(struct sup_notify *notify);

/* Whether a message is one of the process, or of a member of its group, by what
 * came with it. */
bool sup__notify_is_own(const struct sup_notify *notify,
                        struct msghdr *message);

/* A name in a folder that only this user can enter, which has to do. 0 or an
 * errno. */
int sup__notify_bind_path(struct sup_notify *notify);
void sup__notify_remove_path(struct sup_notify *notify);

#endif
