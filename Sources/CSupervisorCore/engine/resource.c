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
 * A supervisor's resource step (S10): build before the first child, cleanup
 * after the last. Both report when they are done; one that is given up goes on
 * as something undead below the supervisor, so that a restart waits for it.
 */

#include "internal.h"

static const sup_resource *resource_of(const struct sup_node *s) {
  return sup__part(s->spec)->resource;
}

static sup_duration build_timeout(const struct sup_node *s) {
  sup_duration time = SUP_OPTIONAL(sup_resource, resource_of(s), build_timeout);

  return time == 0 ? SUP_SECONDS(30) : time;
}

static sup_duration cleanup_timeout(const struct sup_node *s) {
  sup_duration time =
      SUP_OPTIONAL(sup_resource, resource_of(s), cleanup_timeout);

  return time == 0 ? SUP_SECONDS(5) : time;
}

static void give_up(struct sup_node *s, sup_resource_state state) {
  s->super->resource = (uint8_t)state;
  s->super->undead++;
}

/* What was given up is over. */
static void not_undead_any_more(struct sup_engine *e, struct sup_node *s) {
  s->super->resource = RESOURCE_NONE;
  s->super->undead--;
  if ((s->flags & NODE_UNDEAD) && s->super->undead == 0)
    sup__undead_gone(e, s);
}

void sup__resource_build(struct sup_engine *e, struct sup_node *s) {
  s->super->resource = RESOURCE_BUILDING;
  s->super->resource_until = sup__add_saturating(e->now, build_timeout(s));
  s->actions |= ACTION_BUILD;
  e->resources++;
  sup__schedule(e, s);
}

void sup__resource_withdraw(struct sup_engine *e, struct sup_node *s) {
  s->actions &= (uint8_t)~ACTION_BUILD;
  s->super->resource = RESOURCE_NONE;
  s->super->resource_until = SUP_INFINITE;
  e->resources--;
}

/* How long a cleanup, or a build that was cancelled, is waited for: within the
 * budget of the stop, but with a little time in any case. */
static uint64_t patience(const struct sup_engine *e, const struct sup_node *s) {
  const struct sup_supervisor *super = s->super;
  uint64_t until = sup__add_saturating(e->now, cleanup_timeout(s));
  uint64_t least = sup__add_saturating(e->now, SUP_KILL_ALLOWANCE);

  if (until > super->budget_until)
    until = super->budget_until > least ? super->budget_until : least;
  if (super->haste == HASTE_FORCE && until > least)
    until = least;
  return until;
}

void sup__resource_cancel(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  if (super->resource != RESOURCE_BUILDING)
    return;
  if (s->actions & ACTION_BUILD) {
    sup__resource_withdraw(e, s);
    return;
  }
  s->actions |= ACTION_CANCEL_BUILD;
  super->resource_until = patience(e, s);
  sup__schedule(e, s);
}

/* The supervisor that a report is about, if it is in one of two states and what
 * is reported has been asked for: `action` has been performed. */
static int find_resource(struct sup_engine *e, struct sup_ref ref,
                         sup_resource_state one, sup_resource_state other,
                         unsigned action, struct sup_node **node) {
  struct sup_node *s = sup__node_find(e, ref.node, ref.generation);

  if (s == NULL || !sup__is_supervisor(s)) {
    e->counters.stale_reports++;
    return SUP_EGONE;
  }
  if (ref.incarnation != s->incarnation) {
    e->counters.stale_reports++;
    return SUP_ESTALE;
  }
  if ((s->super->resource != one && s->super->resource != other) ||
      (s->actions & action)) {
    e->counters.late_reports++;
    return SUP_EALREADY;
  }
  *node = s;
  return 0;
}

/* The supervisor whose build a report is about, if it is still waited for. */
static int find_build(struct sup_engine *e, struct sup_ref ref,
                      struct sup_node **node) {
  return find_resource(e, ref, RESOURCE_BUILDING, RESOURCE_LOST_BUILD,
                       ACTION_BUILD, node);
}

static void build_failed(struct sup_engine *e, struct sup_node *s,
                         sup_token error) {
  struct sup_supervisor *super = s->super;

  e->resources--;
  s->actions &= (uint8_t)~ACTION_CANCEL_BUILD;
  super->resource_until = SUP_INFINITE;
  if (super->resource == RESOURCE_LOST_BUILD) {
    sup__token_discard(e, error);
    not_undead_any_more(e, s);
    return;
  }
  super->resource = RESOURCE_NONE;
  if (super->phase == PHASE_BUILD)
    sup__supervisor_halt(e, s, HALT_START,
                         sup__compose(e, SUP_EBUILD, s, error));
  else
    sup__dirty(e, s);
  sup__supervisor_rearm(e, s);
  sup__token_discard(e, error);
}

void sup__resource_build_refused(struct sup_engine *e, struct sup_node *s,
                                 sup_token error) {
  if (s->super->resource == RESOURCE_BUILDING ||
      s->super->resource == RESOURCE_LOST_BUILD)
    build_failed(e, s, error);
  else
    sup__token_discard(e, error);
}

int sup__engine_build_failed(struct sup_engine *e, struct sup_ref ref,
                             sup_token error) {
  struct sup_node *s;
  int r = find_build(e, ref, &s);

  if (r != 0) {
    sup__token_discard(e, error);
    return r;
  }
  build_failed(e, s, error != 0 ? error : sup__token_code(SUP_EFAILED));
  sup__advance(e, SUP_SLICE);
  return 0;
}

/* D2: those of the spec that the children of the resource have displaced will
 * not start; whoever waits for that is told, and what was asked for them does
 * not hold for the next start. */
static void tell_displaced(struct sup_engine *e, struct sup_node *s) {
  uint32_t at = s->super->uses_made ? s->super->first : SUP_NONE;

  while (at != SUP_NONE) {
    struct sup_node *c = sup__node(e, at);

    at = c->next;
    if ((c->marks & MARK_DYNAMIC) || (c->flags & NODE_MADE))
      continue;
    c->marks &= (uint16_t)~MARK_SKIP;
    sup__significant_forget(e, c); /* H9: of an earlier start */
    sup__answer_ended(e, c, 0);
  }
}

/* The children of the resource, or those of the spec. */
static void start_children(struct sup_engine *e, struct sup_node *s,
                           sup_spec *children) {
  struct sup_supervisor *super = s->super;
  int clash;

  if (children != NULL && !sup__make_children(e, s, children, NODE_MADE)) {
    sup__supervisor_halt(
        e, s, HALT_START,
        sup__compose(e, SUP_EBUILD, s, sup__token_code(SUP_ENOMEM)));
    return;
  }
  super->uses_made = children != NULL;
  tell_displaced(e, s);
  clash = children == NULL ? 0 : sup__made_clash(e, s);
  if (clash != 0) {
    sup__supervisor_halt(
        e, s, HALT_START,
        sup__compose(e, SUP_EBUILD, s, sup__token_code(clash)));
    return;
  }
  super->phase = PHASE_START;
  super->in_flight = 0;
  super->cursor = sup__start_first(e, s);
  sup__dirty(e, s);
}

/* `fault`: the children cannot be started (taken over). */
static void built(struct sup_engine *e, struct sup_node *s, sup_spec *children,
                  sup_token fault) {
  struct sup_supervisor *super = s->super;

  s->actions &= (uint8_t)~ACTION_CANCEL_BUILD;
  e->resources--;
  if (super->resource == RESOURCE_LOST_BUILD) {
    super->resource = RESOURCE_LOST_CLEANUP;
    s->actions |= ACTION_CLEANUP;
    e->resources++;
    sup__schedule(e, s);
    return;
  }
  super->resource = RESOURCE_BUILT;
  super->resource_until = SUP_INFINITE;
  super->cause = sup__emit(e, SUP_EVENT_RESOURCE_BUILT, s, s->cause, 0, 0, 0);
  if (super->phase != PHASE_BUILD)
    sup__dirty(e, s);
  else if (fault != 0)
    sup__supervisor_halt(e, s, HALT_START,
                         sup__compose(e, SUP_EBUILD, s, fault));
  else
    start_children(e, s, children);
  sup__supervisor_rearm(e, s);
}

int sup__engine_built(struct sup_engine *e, struct sup_ref ref,
                      sup_spec *children) {
  struct sup_node *s;
  int r = find_build(e, ref, &s);

  if (r == 0) {
    built(e, s, children, 0);
    sup__advance(e, SUP_SLICE);
  }
  return r;
}

int sup__engine_built_in_vain(struct sup_engine *e, struct sup_ref ref,
                              sup_token error) {
  struct sup_node *s;
  int r = find_build(e, ref, &s);

  if (r == 0) {
    built(e, s, NULL, error);
    sup__advance(e, SUP_SLICE);
  }
  sup__token_discard(e, error);
  return r;
}

void sup__resource_cleanup(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;

  super->phase = PHASE_CLEANUP;
  super->resource = RESOURCE_CLEANING;
  super->resource_until = patience(e, s);
  s->actions |= ACTION_CLEANUP;
  e->resources++;
  sup__schedule(e, s);
  sup__supervisor_rearm(e, s);
}

int sup__engine_cleaned(struct sup_engine *e, struct sup_ref ref,
                        sup_token error) {
  struct sup_node *s;
  int r = find_resource(e, ref, RESOURCE_CLEANING, RESOURCE_LOST_CLEANUP,
                        ACTION_CLEANUP, &s);

  if (r != 0) {
    sup__token_discard(e, error);
    return r;
  }
  e->resources--;
  if (s->super->resource == RESOURCE_LOST_CLEANUP) {
    sup__token_discard(e, error);
    not_undead_any_more(e, s);
  } else {
    sup__emit(e, SUP_EVENT_RESOURCE_CLEANED, s, s->super->cause, 0, 0, error);
    if (error != 0)
      sup__note_stop_failure(e, s, SUP_ECLEANUP, s, error);
    sup__token_discard(e, error);
    s->super->resource = RESOURCE_NONE;
    sup__supervisor_ended(e, s);
  }
  sup__advance(e, SUP_SLICE);
  return 0;
}

void sup__resource_expired(struct sup_engine *e, struct sup_node *s) {
  struct sup_supervisor *super = s->super;
  sup_token timeout = sup__token_code(SUP_ETIMEOUT);

  if (super->resource == RESOURCE_CLEANING) {
    sup__emit(e, SUP_EVENT_RESOURCE_CLEANED, s, super->cause, 0, 0, timeout);
    sup__note_stop_failure(e, s, SUP_ECLEANUP, s, timeout);
    give_up(s, RESOURCE_LOST_CLEANUP);
    sup__supervisor_ended(e, s);
  } else if (super->phase == PHASE_BUILD) {
    sup__supervisor_halt(
        e, s, HALT_START,
        sup__compose(e, SUP_EBUILD, s, sup__token_code(SUP_ESTARTTIMEOUT)));
  } else if (super->resource == RESOURCE_BUILDING) {
    sup__note_stop_failure(e, s, SUP_EBUILD, s,
                           sup__token_code(SUP_ESTOPTIMEOUT));
    give_up(s, RESOURCE_LOST_BUILD);
    sup__dirty(e, s);
  }
}
