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
 * Specs as the engine sees them. Names, policies and children; what a child
 * really does is behind `kind_data`, which only its kind looks into.
 */

#ifndef SUP_ENGINE_SPEC_H
#define SUP_ENGINE_SPEC_H

#include <stdatomic.h>

#include <supervisor/process.h>
#include <supervisor/spec.h>

#include "name.h"
#include "sized.h"
#include "support.h"
#include "text.h"

#define SUP_MAX_STOP_STEPS 16u
#define SUP_MAX_TOLERANCE 65536u

/* How many nodes the tree of a spec may have; a spec that is used in several
 * places counts in each. */
#define SUP_MAX_NODES UINT64_C(0x7FFFFFFF)

/* A longer path is shown to people by its two ends. */
#define SUP_MAX_SHOWN_PATH 4096u

struct sup_after;
struct sup_group_name;
struct sup_group_spec;

/* The policies of a child. Counted and shared: a spec without settings of its
 * own uses the default of its kind, and copies it before the first change. */
struct sup_policy {
  atomic_uint_least32_t refs; /* 0: one of the defaults, which are not counted
                                 and never changed */
  uint8_t restart;            /* sup_restart */
  uint8_t when_stuck;         /* sup_when_stuck */
  bool notify_start;          /* acknowledged by a report, not by the start */
  bool significant;
  bool has_backoff;      /* else the supervisor's */
  bool has_tolerance;    /* of its own */
  uint8_t when_exceeded; /* sup_when_exceeded */
  uint8_t step_count;
  sup_duration stuck_after;
  sup_duration heartbeat; /* 0: none is promised */
  void (*probe)(void *state);
  uint64_t tolerance_max;
  sup_duration tolerance_window;
  struct sup_after *after;      /* owned; see after.h */
  struct sup_group_name *group; /* owned, or NULL; see group_spec.h */
  sup_duration start_timeout;
  sup_duration shutdown_timeout; /* supervisors: the budget, or SUP_INFINITE */
  sup_backoff backoff;
  sup_stop_step steps[]; /* step_count of them; none for a supervisor */
};

/* A pointer of the caller's, and what becomes of it. */
struct sup_user {
  void *pointer;
  void (*free)(void *pointer); /* or NULL */
};

/* What only a supervisor has. */
struct sup_supervisor_spec {
  uint8_t strategy;      /* sup_strategy */
  uint8_t order;         /* sup_order */
  uint8_t auto_shutdown; /* sup_auto_shutdown */
  bool concurrent_stop;
  uint32_t start_limit; /* 0: one after another */
  uint32_t child_limit; /* 0: none */
  uint64_t tolerance_max;
  sup_duration tolerance_window;
  sup_backoff backoff; /* of its children, unless they have their own */
  struct sup_group_spec *groups; /* owned, sorted by name; group_spec.h */
  size_t group_count;
  size_t group_capacity;
  sup_spec **children; /* owned references, in list order */
  size_t child_count;
  size_t child_capacity;
  const sup_resource *resource; /* or NULL */
  void *resource_ctx;
  struct sup_user user;
  sup_spec *next; /* in a list of whoever walks the spec to change it all */
};

/* A fault that was noted while the spec was built. They form a ring. */
struct sup_fault {
  struct sup_fault *next;
  int code;      /* 0: a warning */
  size_t length; /* of text */
  char text[];
};

/* What the engine asks of what a process spec says. */
struct sup_command_functions {
  void (*free)(void *data);
  /* What does not go together in it: the index-th thing, as a sentence, or NULL
   * if there are no more. May be NULL. */
  const char *(*fault)(const void *data, unsigned index);
  /* Where its user pointer is. May be NULL. */
  struct sup_user *(*user)(void *data);
  /* Add what has not come while its start is not acknowledged, as half a
   * sentence; false if it waits for nothing. May be NULL. */
  bool (*awaits)(const void *data, struct sup_text *text);
};

/* Whether the incarnations of a callback child run children of their own. */
enum sup_runs {
  SUP_RUNS_NOTHING,
  SUP_RUNS_CHILDREN, /* a child as any other, that may (X) */
  SUP_RUNS_TREE      /* a runnable (R) */
};

struct sup_spec {
  atomic_uint_least32_t refs;
  atomic_bool frozen;
  uint8_t kind;    /* sup_kind */
  bool incomplete; /* something is missing for lack of memory, a fault even */
  uint8_t runs;    /* sup_runs */
  uint16_t name_length;
  struct sup_policy *policy; /* counted; never NULL */
  union {
    struct {
      const sup_callbacks *table;
      void *ctx;
    } callback;
    struct {
      void *data; /* struct sup_command of process/ */
      const struct sup_command_functions *functions; /* static */
    } process;
    struct sup_supervisor_spec *supervisor;
  } u;
  struct sup_fault *faults; /* the last one noted, or NULL; its next is the
                               first */
  char name[];              /* ended by a NUL; as given, even if invalid, but
                               for what is far too long */
};

/* The defaults; static, never freed. */
extern struct sup_policy sup__default_worker_policy;  /* cancel, 5 s */
extern struct sup_policy sup__default_process_policy; /* TERM 5 s, KILL 2 s */
extern struct sup_policy sup__default_supervisor_policy; /* no limits */
extern struct sup_policy sup__default_runnable_policy;   /* R6 */

/* What a child that runs children is as their supervisor: nothing that could be
 * set, so that it takes no memory. */
extern const struct sup_supervisor_spec sup__runs_part;

/* The part of a supervisor, or of a child that runs children. */
static inline const struct sup_supervisor_spec *
sup__part(const sup_spec *spec) {
  return spec->kind == SUP_KIND_SUPERVISOR ? spec->u.supervisor
                                           : &sup__runs_part;
}

/* Whether it has children when it runs. */
static inline bool sup__has_children(const sup_spec *spec) {
  return spec->kind == SUP_KIND_SUPERVISOR || spec->runs != SUP_RUNS_NOTHING;
}

/* Make a spec with a name and nothing else. Notes a fault if the name is not
 * valid (N1). NULL without memory. `name` may be NULL (a fault). */
sup_spec *sup__spec_create(const char *name, sup_kind kind);

/* Note a fault and return its code, so that setters can end with it. The text
 * is a whole sentence without the spec's path, which the report adds. */
int sup__spec_fault(sup_spec *spec, int code, const char *text);

/* Give the spec a policy of its own to change. NULL without memory. */
struct sup_policy *sup__spec_own_policy(sup_spec *spec);

/* 0, or SUP_EFROZEN once the spec has been started. */
int sup__spec_mutable(const sup_spec *spec);

/* The user pointer of a spec; of a callback child that is its context. */
void *sup__spec_user(const sup_spec *spec);

/* Mark a spec and all below it as started. */
void sup__spec_freeze(sup_spec *spec);

/* Where the memory of specs comes from: they are made without a runtime. In
 * supervisor/allocator.c. */
extern const sup_allocator *sup__spec_allocator(void);

/* The policy with room for `steps` stop steps, of which those that both have
 * are kept. As sup__spec_own_policy otherwise. */
struct sup_policy *sup__spec_own_ladder(sup_spec *spec, size_t steps);

/* Let go of a policy. */
void sup__policy_unref(struct sup_policy *policy);

/* What the check calls for each fault, in the order of the tree. `code` is 0
 * for a warning. The texts are ended by a NUL and borrowed for the time of the
 * call. What it returns, unless 0, ends the check. */
typedef int (*sup_fault_report)(void *ctx, int code, const char *path,
                                const char *text);

/* Check a spec and all below it (N1, N2, N5, N6) in one pass that is linear in
 * its size and recurses nowhere. A spec that is used in several places is
 * looked at once. `supervisor`, or NULL, is the one under which the children of
 * `spec` are going to run. 0, SUP_ESPEC if a fault was reported, SUP_ENOMEM, or
 * what the report returned. */
int sup__spec_walk(const sup_spec *spec, const sup_spec *supervisor,
                   sup_fault_report report, void *ctx);

/* What keeps a child from being significant under this supervisor, as a
 * sentence, or NULL. */
const char *sup__significance_fault(const sup_spec *supervisor,
                                    const sup_spec *child);

#endif
