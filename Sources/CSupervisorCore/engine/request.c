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
 * Who waits for what becomes of a child: requests, which belong to their
 * makers, in a table by node that grows by one bucket at a time. Its memory is
 * a matter of how many nodes there are, so that none is needed when somebody
 * asks (C4). An answer is
 * decided at the moment at which its cause happens, whatever happens next, and
 * is taken when the node's NOTIFY is performed, which comes behind its END.
 */

#include <string.h>

#include "internal.h"

static size_t place(uint32_t node, size_t size) {
  uint64_t bits = (node + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15);
  size_t mask = SIZE_MAX >> __builtin_clzl(size | 1u);
  size_t at = (size_t)(bits ^ (bits >> 32)) & mask;

  return at < size ? at : at & (mask >> 1);
}

static struct sup_request **bucket(const struct sup_request_table *table,
                                   uint32_t node) {
  return &table->buckets[place(node, table->size)];
}

static void unlink_request(struct sup_request **first,
                           struct sup_request *request) {
  if (request->previous != NULL)
    request->previous->next = request->next;
  else
    *first = request->next;
  if (request->next != NULL)
    request->next->previous = request->previous;
}

static void link_behind(struct sup_request **first, struct sup_request *last,
                        struct sup_request *request) {
  struct sup_request **at = last == NULL ? first : &last->next;

  request->previous = last;
  request->next = *at;
  if (*at != NULL)
    (*at)->previous = request;
  *at = request;
}

/* How many nodes share a bucket at least, before there are more. */
#define NODES 8u

bool sup__requests_room(struct sup_engine *e) {
  struct sup_request_table *table = &e->requests;
  size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
  struct sup_request **buckets;

  if (e->node_count / NODES < table->capacity)
    return true;
  buckets =
      sup__allocate(e->allocator, capacity * sizeof(struct sup_request *));
  if (buckets == NULL)
    return table->capacity > 0;
  if (table->size > 0)
    memcpy(buckets, table->buckets, table->size * sizeof(struct sup_request *));
  sup__release(e->allocator, table->buckets,
               table->capacity * sizeof(struct sup_request *));
  table->buckets = buckets;
  table->capacity = capacity;
  return true;
}

/* One more bucket. Both halves keep their order. */
static void split(struct sup_engine *e) {
  struct sup_request_table *table = &e->requests;
  size_t added = table->size;
  struct sup_request **from, **to, *next, *last = NULL;

  if (added == table->capacity)
    return;
  table->size++;
  to = &table->buckets[added];
  *to = NULL;
  if (added == 0)
    return;
  from = &table->buckets[added & (SIZE_MAX >> __builtin_clzl(added) >> 1)];
  for (struct sup_request *request = *from; request != NULL; request = next) {
    next = request->next;
    if (place(request->node, table->size) != added)
      continue;
    unlink_request(from, request);
    link_behind(to, last, request);
    last = request;
  }
}

void sup__request_add(struct sup_engine *e, struct sup_node *n,
                      struct sup_request *request, uint8_t kind) {
  struct sup_request_table *table = &e->requests;

  if (request == NULL)
    return;
  if (table->count >= table->size)
    split(e);
  request->node = n->index;
  request->kind = kind;
  request->answered = false;
  request->answer = 0;
  link_behind(bucket(table, n->index), NULL, request);
  table->count++;
  n->marks |= MARK_WATCHED;
}

void sup__engine_forget(struct sup_engine *e, struct sup_request *request) {
  unlink_request(bucket(&e->requests, request->node), request);
  e->requests.count--;
  if (request->answered)
    sup__token_discard(e, request->answer);
}

/* Answer those of a kind. They are in front of their bucket then, the oldest
 * first, since younger requests come before older ones. */
static void answer(struct sup_engine *e, struct sup_node *n, uint8_t kind,
                   int code, sup_token cause) {
  struct sup_request **first, *next;
  sup_token token = 0;
  bool left = false, some = false;

  if (!(n->marks & MARK_WATCHED))
    return;
  first = bucket(&e->requests, n->index);
  for (struct sup_request *request = *first; request != NULL; request = next) {
    next = request->next;
    if (request->node != n->index || request->answered ||
        request->kind != kind) {
      left |= request->node == n->index && !request->answered;
      continue;
    }
    unlink_request(first, request);
    link_behind(first, NULL, request);
    some = true;
    if (token == 0 && code != 0)
      token = sup__compose(e, code, n, cause);
    request->answer = sup__token_ref(token);
    request->answered = true;
  }
  if (!left)
    n->marks &= (uint16_t)~MARK_WATCHED;
  if (!some)
    return;
  sup__token_discard(e, token);
  n->actions |= ACTION_NOTIFY;
  sup__schedule(e, n);
}

void sup__answer_up(struct sup_engine *e, struct sup_node *n) {
  answer(e, n, REQUEST_START, 0, 0);
}

void sup__answer_start_failed(struct sup_engine *e, struct sup_node *n,
                              sup_token error) {
  answer(e, n, REQUEST_START, SUP_ESTART, error);
}

void sup__answer_not_started(struct sup_engine *e, struct sup_node *n) {
  answer(e, n, REQUEST_START, SUP_ESTOPPED, 0);
  answer(e, n, REQUEST_HEALTHY, SUP_ESTOPPED, 0);
}

void sup__answer_ended(struct sup_engine *e, struct sup_node *n,
                       sup_token failure) {
  sup__answer_not_started(e, n);
  answer(e, n, REQUEST_END, failure == 0 ? SUP_ESTOPPED : SUP_ETERMINATION,
         failure);
}

void sup__answer_over(struct sup_engine *e, struct sup_node *n,
                      sup_token failure) {
  sup__answer_unhealthy(e, n, SUP_ENOTRUNNING, failure);
  answer(e, n, REQUEST_END, failure == 0 ? 0 : SUP_EFAILED, failure);
}

void sup__answer_healthy(struct sup_engine *e, struct sup_node *n) {
  answer(e, n, REQUEST_HEALTHY, 0, 0);
}

void sup__answer_unhealthy(struct sup_engine *e, struct sup_node *n, int code,
                           sup_token cause) {
  answer(e, n, REQUEST_HEALTHY, code, cause);
}

void sup__answer_stopped(struct sup_engine *e, struct sup_node *n,
                         sup_token failure) {
  answer(e, n, REQUEST_STOP, failure == 0 ? 0 : SUP_ETERMINATION, failure);
}

struct sup_request *sup__engine_take_answer(struct sup_engine *e, uint32_t node,
                                            bool here) {
  struct sup_request **first;

  if (e->requests.count == 0)
    return NULL;
  first = bucket(&e->requests, node);
  for (struct sup_request *request = *first; request != NULL;
       request = request->next) {
    if (request->node != node || !request->answered ||
        !(here || request->any_thread))
      continue;
    unlink_request(first, request);
    e->requests.count--;
    return request;
  }
  return NULL;
}

bool sup__engine_answers_any_thread(const struct sup_engine *e, uint32_t node) {
  if (e->requests.count == 0)
    return true;
  for (struct sup_request *request = *bucket(&e->requests, node);
       request != NULL; request = request->next)
    if (request->node == node && request->answered && !request->any_thread)
      return false;
  return true;
}

void sup__engine_notify_again(struct sup_engine *e, uint32_t node) {
  struct sup_node *n = sup__node(e, node);

  if (sup__engine_answers_any_thread(e, node))
    return;
  n->actions |= ACTION_NOTIFY;
  sup__schedule(e, n);
}

void sup__requests_free(struct sup_engine *e) {
  sup__release(e->allocator, e->requests.buckets,
               e->requests.capacity * sizeof(struct sup_request *));
}
