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
 * Inside the engine. The parts, each calling only those above it:
 *
 *   slab.c        nodes: a table in chunks that never move
 *   index.c       nodes by name
 *   list.c        children in their lists: added, moved, removed
 *   deadline.c    one heap of nodes by deadline
 *   journal.c     events, kept in a ring while somebody reads
 *   pacing.c      tolerance and backoff: pure arithmetic
 *   compose.c     paths, and the errors that supervisors make of failures
 *   actions.c     the two queues of what is to be performed
 *   request.c     who waits for what becomes of a child
 *   node.c        one child: start, ladder, end, abandonment
 *   incarnation.c what is said of it: reports, what became of its actions
 *   signal.c      what a child says of itself while it runs
 *   heartbeat.c   signs of life, and how late the host is
 *   orphan.c      incarnations that were replaced while they still run
 *   links.c       starting side by side, and after one another
 *   child.c       what a supervisor makes of what its children tell
 *   significant.c the children whose end is its own
 *   supervisor.c  a supervisor's phases: what it decides about its children
 *   round.c       its group rounds
 *   member.c      who is in its fate-sharing groups
 *   group.c       the rounds of those
 *   resource.c    its resource step
 *   dynamic.c     children that are added, and what is asked for of children
 *   dying.c       runnables whose body has ended, and not all below them
 *   runnable.c    children that run children: their bodies, and what they run
 *   root.c        the end of the root, and its restart if it is a runnable
 *   search.c      the nodes that something waits for
 *   engine.c      events in, time, state out
 *
 * Nothing calls upwards within a call chain: a node that changes tells its
 * supervisor by marking it dirty or by handing it one decision, and dirty
 * supervisors are advanced one after another by sup__engine_advance. So there
 * is no recursion over the tree, whatever its depth.
 */

#ifndef SUP_ENGINE_INTERNAL_H
#define SUP_ENGINE_INTERNAL_H

#include "engine.h"

#define SUP_NONE UINT32_MAX
/* How many children one slice of a round looks at, and how many slices, or
 * deadlines, are dealt with in one hold of the lock: together some 1,000
 * children, or about 100 us. */
#define SUP_SLICE 32
/* What a kill gets at most once a budget is spent. */
#define SUP_KILL_ALLOWANCE SUP_SECONDS(1)
#define SUP_RESERVE_MAX SUP_SECONDS(1)

/* Pending actions of a node, in the order in which they are performed. */
enum {
  ACTION_END = 1u << 0,
  ACTION_START = 1u << 1,
  ACTION_BUILD = 1u << 2,
  ACTION_CANCEL_BUILD = 1u << 3,
  ACTION_CLEANUP = 1u << 4,
  ACTION_NOTIFY = 1u << 5,
  ACTION_PROBE = 1u << 6
};

enum {
  NODE_QUEUED = 1u << 0,          /* on the main queue */
  NODE_QUEUED_FOREIGN = 1u << 1,  /* on the foreign queue */
  NODE_IN_CALL = 1u << 2,         /* its start or build is being performed */
  NODE_IN_FOREIGN_CALL = 1u << 3, /* one of its stops is */
  NODE_ALIVE = 1u << 4,           /* counted by its supervisor as not gone */
  NODE_RUNS = 1u << 5,    /* an incarnation was handed over and has not ended */
  NODE_ENTERED = 1u << 6, /* start has returned success: END is due */
  NODE_END_AFTER_CALL = 1u << 7, /* it ended while start was being performed */
  NODE_ACKED = 1u << 8,
  NODE_BEGUN = 1u << 9,         /* REPORT_BEGIN: the body runs */
  NODE_ASKED = 1u << 10,        /* its supervisor wants it to end */
  NODE_START_FAILED = 1u << 11, /* it said so; on its way down */
  NODE_NOT_NEEDED = 1u << 12,   /* likewise */
  NODE_UNDEAD = 1u << 13,  /* given up, but it or something below still runs */
  NODE_RESTART = 1u << 14, /* to be started by its supervisor's round */
  NODE_DROPPED = 1u << 15, /* a temporary one that ended: not seen any more */
  NODE_MADE = 1u << 16,  /* made by a resource step, goes with its supervisor */
  NODE_DIRTY = 1u << 17, /* on the list of supervisors to advance */
  NODE_FREE = 1u << 18,
  NODE_DEFERRED = 1u << 19, /* on its supervisor's list of ends to deal with */
  NODE_HOPELESS = 1u << 20, /* its failure is not to be tried again */
  NODE_FORCED = 1u << 21,   /* its failure is, in any case */
  NODE_DONE = 1u << 22,     /* said: not to be restarted */
  NODE_AGAIN = 1u << 23,    /* said: to be restarted */
  NODE_EXIT_WAITS = 1u << 24, /* it ended before its start had returned */
  NODE_SUPERVISOR = 1u << 25,
  NODE_IN_FLIGHT = 1u << 26, /* started by its supervisor's phase, not up yet */
  NODE_HELD = 1u << 27,      /* waits for a sibling that it starts after */
  NODE_ORPHAN = 1u << 28,    /* stands for an old incarnation; orphan.c */
  NODE_BODY = 1u << 29, /* of its parent, which runs children; runnable.c */
  NODE_TIMER = 1u << 30 /* holds the deadline of a group; group.c */
};

/* More of a node, most of it about what was asked for (dynamic.c). */
enum {
  MARK_DYNAMIC = 1u << 0,   /* added: not made again with its supervisor */
  MARK_READY = 1u << 1,     /* on its supervisor's list of ready ones */
  MARK_JOINS = 1u << 2,     /* on that of those that join a start phase */
  MARK_REACHED = 1u << 3,   /* the start of its supervisor has come to it */
  MARK_SKIP = 1u << 4,      /* and is not to start it */
  MARK_FIRST = 1u << 5,     /* dynamic, and has not been up yet */
  MARK_TRIAL = 1u << 6,     /* was down for good, and has not been up since */
  MARK_OWNER = 1u << 7,     /* asked to end by its owner, not its supervisor */
  MARK_AGAIN = 1u << 8,     /* to be started again when it is gone */
  MARK_DELETE = 1u << 9,    /* to be taken away when it is gone */
  MARK_WATCHED = 1u << 10,  /* requests about it have not been answered */
  MARK_HEALTHY = 1u << 11,  /* its incarnation has said so */
  MARK_DONE = 1u << 12,     /* its body has ended, its children go on (R4) */
  MARK_MISUSED = 1u << 13,  /* a body that has signalled out of turn (R2) */
  MARK_PROBED = 1u << 15,   /* it is silent, and what it runs on was asked */
  MARK_COMPLETED = 1u << 14 /* it has, for good, whatever of it still runs */
};

struct sup_supervisor;
struct sup_links;
struct sup_groups;

/* A tolerance record: the times of the failures that still count. Of a child
 * that has its own, promises signs of life or may overlap with itself, also
 * what only such ones have. */
struct sup_record_of_failures {
  uint64_t beat;             /* its last sign of life */
  uint64_t probed;           /* MARK_PROBED: when that was */
  sup_token first_error;     /* owned */
  uint64_t first_generation; /* of the node that it was of */
  uint64_t failures;         /* window 0: all; else those in the ring */
  uint32_t first_index;
  uint32_t head;
  uint32_t size;
  uint32_t orphans; /* old incarnations that still run, a list by next */
  uint64_t ring[];
};

/* With a million of them each line of the cache counts: what a look-up and a
 * walk over siblings want of a node comes first. */
struct sup_node {
  uint64_t generation;
  uint64_t incarnation;
  sup_spec *spec;                  /* owned reference */
  uint32_t index;                  /* its own */
  uint32_t parent, previous, next; /* list order; SUP_NONE at the ends */
  uint32_t flags;
  uint16_t marks;
  uint16_t steps; /* ladder steps still to be performed, as bits */
  uint8_t actions;
  uint8_t state_now;     /* sup_state */
  uint8_t step : 4;      /* of its ladder, while stopping */
  uint8_t unready : 1;   /* counted: is not up, and should be */
  uint8_t lasts : 1;     /* significant, and has not ended for good */
  uint8_t condemned : 1; /* was silent: has failed, whatever it still does */
  uint8_t outcome;       /* sup_outcome, while ENDED */
  uint32_t queue_next;
  void *state; /* the kind's, from start to end */
  union {
    struct sup_supervisor *super;       /* NODE_SUPERVISOR */
    struct sup_record_of_failures *own; /* else: its own, or NULL */
  };
  sup_token error;     /* its last failure; owned */
  uint64_t cause;      /* number of the event that brought what it does now */
  uint64_t changed_at; /* of its state */
  uint64_t started_at; /* acknowledged */
  uint64_t deadline;   /* SUP_INFINITE: not in the heap */
  union {
    uint64_t armed; /* order among equal deadlines */
    struct {        /* without one: in one of the supervisor's waiting lists */
      uint32_t line_next, line_previous;
    };
  };
  uint64_t ended;            /* the incarnation whose END is due, */
  uint64_t ended_generation; /* and its generation */
  uint32_t position;         /* ascending in list order */
  uint32_t heap_place;       /* while it has a deadline */
  uint32_t foreign_next;
  uint32_t deferred_next;
  uint32_t pins;        /* journal records that name it */
  uint32_t consecutive; /* restarts in a row, for the backoff */
};

typedef enum sup_phase {
  PHASE_IDLE,
  PHASE_BUILD, /* the resource step */
  PHASE_START, /* children, one after another */
  PHASE_RUN,
  PHASE_ROUND_STOP, /* a group round: its members are stopped, the delay runs */
  PHASE_ROUND_START, /* its members are started */
  PHASE_HALT,        /* all children are stopped */
  PHASE_CLEANUP,
  PHASE_SWEEP /* children that do not come again are removed */
} sup_phase;

typedef enum sup_halt {
  HALT_NONE,
  HALT_REQUEST,  /* asked to */
  HALT_FAILURE,  /* too many failures */
  HALT_START,    /* something did not start */
  HALT_COMPLETE, /* its significant children, or its body, have ended */
  HALT_DECLINED  /* its body is not needed */
} sup_halt;

/* What becomes of a runnable whose body has ended when all below it is gone;
 * dying.c. */
typedef enum sup_dying {
  DYING_NOT,
  DYING_UNTOLD,   /* its end is dealt with later, when others are up, or down */
  DYING_RESTARTS, /* it starts, not before restart_at */
  DYING_IN_ROUND, /* it waits for the round that starts it */
  DYING_FOR_GOOD, /* it has ended as any other that is not restarted */
  DYING_ASIDE     /* it is left_as something, and that is all */
} sup_dying;

/* How a halt goes about it. */
typedef enum sup_haste { HASTE_ORDER, HASTE_ALL, HASTE_FORCE } sup_haste;

typedef enum sup_resource_state {
  RESOURCE_NONE,
  RESOURCE_BUILDING,
  RESOURCE_BUILT,
  RESOURCE_CLEANING,
  RESOURCE_LOST_BUILD,  /* given up; what it still builds is cleaned up */
  RESOURCE_LOST_CLEANUP /* given up */
} sup_resource_state;

/* Children that are about to start, in a line. */
struct sup_waiting_list {
  uint32_t first, last;
};

struct sup_supervisor {
  uint32_t first, last; /* children, list order */
  uint32_t depth;       /* of the children; 0 is the root */
  uint32_t count;
  uint32_t visible;       /* of these, not dropped */
  uint32_t fixed_visible; /* of these, children of the spec */
  uint32_t dynamic_count;
  uint32_t first_dynamic; /* from here to the end of the list all are */
  uint32_t renumber;      /* the next one of these to get a lower position */
  uint32_t found;         /* the last one that was found by its name, */
  bool found_in_a_row;    /* right behind the one before */
  uint32_t alive;         /* children that are NODE_ALIVE */
  uint32_t undead;        /* children, and resource steps, that are not gone */
  uint32_t cursor;        /* where its phase is in its children */
  uint32_t in_flight;     /* children started by it that are not up yet */
  uint32_t held;          /* children that wait for a sibling */
  struct sup_waiting_list ready; /* held ones whose turn has come */
  struct sup_waiting_list joins; /* asked for, and wait for a start phase */
  uint32_t last_up;              /* the child that came up last in this start */
  uint32_t acknowledged;         /* how many did, in this start */
  uint32_t lasting;              /* children that last */
  struct sup_links *links;       /* of the spec's children; owned, or NULL */
  struct sup_links *made_links;  /* of those of the resource step; likewise */
  struct sup_groups *groups;     /* owned, or NULL */
  bool uses_made;       /* the children are those of the resource step */
  bool side_by_side;    /* its halt stops them at the same time */
  uint8_t phase;        /* sup_phase */
  uint8_t halt;         /* sup_halt */
  uint8_t haste;        /* sup_haste */
  uint8_t resource;     /* sup_resource_state */
  uint8_t dying;        /* sup_dying */
  uint8_t left_as;      /* sup_state */
  uint32_t round_first; /* the round's first member in start order */
  uint32_t deferred_first, deferred_last;
  uint32_t dirty_next;
  uint64_t cause; /* event behind its present round or halt */
  uint64_t round_until;
  uint64_t start_until;
  uint64_t reserve_at;
  uint64_t budget_until;
  uint64_t resource_until;
  uint64_t restart_at;
  sup_token failure;               /* what it will end with; owned */
  struct sup_error *stop_failures; /* owned list by `next`, newest last */
  struct sup_error *stop_failures_last;
  uint64_t stop_failure_count;
  struct sup_record_of_failures *record; /* of its children; owned */
  struct sup_record_of_failures *own;    /* as a child, or NULL; owned */
};

/* Nodes by name: linear hashing, so that the table grows by one bucket at a
 * time. A bucket is a cache line of hashes and nodes, rarely more than one, so
 * that no node is touched that is not the one that is looked for. Lines are in
 * chunks that double in size and never move. */
#define SUP_NAME_LINE 7u
#define SUP_NAME_CHUNK_FIRST 8u
#define SUP_NAME_CHUNKS 26u
#define SUP_NAME_AHEAD 7u

struct sup_name_line {
  uint32_t hash[SUP_NAME_LINE];
  uint32_t node[SUP_NAME_LINE];
  uint32_t used;
  uint32_t more; /* the bucket's next line, one of the others, or SUP_NONE */
};

struct sup_name_entry {
  uint32_t hash;
  uint32_t node;
};

struct sup_name_lines {
  struct sup_name_line *chunks[SUP_NAME_CHUNKS];
};

struct sup_name_index {
  struct sup_name_lines firsts; /* of each bucket */
  struct sup_name_lines others; /* of those that one does not suffice */
  uint32_t buckets;
  uint32_t carved;      /* others that have been used */
  uint32_t free_others; /* list by `more` */
  uint32_t entries;
  /* The last ones that were added, while their lines are fetched: a ring. */
  struct sup_name_entry coming[SUP_NAME_AHEAD];
  uint32_t coming_first, coming_count;
  uint64_t looked_at; /* lines, ever */
};

/* Requests that are not answered, or whose answers have not been taken, by
 * node. */
struct sup_request_table {
  struct sup_request **buckets;
  size_t capacity;
  size_t size; /* buckets in use */
  size_t count;
};

/* What the journal keeps of an event: all that its number and the time do not
 * tell. It is written by those who supervise and read by others, so it should
 * fill one line of the cache. */
struct entry {
  uint32_t node;
  uint8_t kind;      /* sup_event_kind */
  uint8_t node_kind; /* sup_kind */
  uint64_t generation;
  uint64_t incarnation;
  uint64_t cause;
  uint64_t time;
  sup_duration duration;
  int64_t detail;
  sup_token error; /* owned */
};
_Static_assert(sizeof(struct entry) == SUP_ENTRY_SIZE, "one line of the cache");

struct sup_engine {
  const sup_allocator *allocator;
  uint64_t now;
  uint64_t wall_offset; /* wall = now + this */
  uint64_t random;

  struct sup_node **chunks;
  uint32_t chunk_count;
  uint32_t chunk_capacity;
  uint32_t carved;     /* slots that have been used */
  uint32_t free_nodes; /* list by queue_next */
  uint32_t left_nodes; /* removed, their specs to be taken; likewise */
  uint32_t node_count; /* visible ones */
  struct sup_name_index names;
  struct sup_request_table requests;
  struct sup_walk *walks;
  uint32_t graves; /* removed, what is below them not yet; list by next */
  uint32_t grave;  /* where the removal of the first one stands */
  uint64_t next_generation;
  uint64_t next_armed;
  struct sup_turns *turns; /* borrowed, or NULL */
  uint32_t root;
  bool launched;
  bool settled; /* the start's outcome is known */
  bool ended;
  sup_token start_result;
  sup_token result;

  uint32_t heap_count; /* nodes that have a deadline */
  uint32_t queue_first, queue_last;
  uint32_t foreign_first, foreign_last;
  uint32_t dirty_first, dirty_last;
  uint32_t calls;     /* actions being performed */
  uint32_t halting;   /* supervisors on their way down */
  uint32_t resources; /* builds and cleanups that have not reported */

  struct sup_error *garbage;

  /* journal */
  struct entry *entries;
  void *entry_memory; /* in which they are */
  uint32_t entry_capacity;
  uint32_t readers;
  uint64_t first_entry; /* number of the oldest kept */
  uint64_t last_event;
  uint64_t final_event;
  struct entry final_entry;

  uint32_t stopping;   /* nodes in that state */
  uint32_t unready;    /* nodes that are */
  uint64_t late;       /* how late the deadline is that is being expired */
  uint64_t late_until; /* up to when lateness has been told */
  sup_tree_counters counters;
};

/* ---- slab.c ------------------------------------------------------------- */

/* The first chunks double in size, from FIRST to LARGEST; then all are LARGEST,
 * so that a large tree has little room to spare. */
#define SUP_CHUNK_FIRST_BITS 4u
#define SUP_CHUNK_FIRST (1u << SUP_CHUNK_FIRST_BITS)
#define SUP_CHUNK_DOUBLINGS 8u
#define SUP_CHUNK_LARGEST (SUP_CHUNK_FIRST << SUP_CHUNK_DOUBLINGS)
#define SUP_BEFORE_LARGEST (SUP_CHUNK_LARGEST - SUP_CHUNK_FIRST)

static inline struct sup_node *sup__node(const struct sup_engine *e,
                                         uint32_t index) {
  uint32_t at = index + SUP_CHUNK_FIRST;
  uint32_t bits;

  if (at >= SUP_CHUNK_LARGEST) {
    at -= SUP_CHUNK_LARGEST;
    return &e->chunks[SUP_CHUNK_DOUBLINGS + at / SUP_CHUNK_LARGEST]
                     [at % SUP_CHUNK_LARGEST];
  }
  /* Chunk k begins where the highest bit of this is that of FIRST << k. */
  bits = 31u - (unsigned)__builtin_clz(at);
  return &e->chunks[bits - SUP_CHUNK_FIRST_BITS][at ^ (1u << bits)];
}

bool sup__is_slot(const struct sup_engine *e, uint64_t index);
/* The node that a ref means, or NULL if it is gone. */
struct sup_node *sup__node_find(const struct sup_engine *e, uint32_t index,
                                uint64_t generation);
/* A node for a spec (a reference is taken), in no list. SUP_NONE without
 * memory. */
uint32_t sup__node_make(struct sup_engine *e, struct sup_node *parent,
                        sup_spec *spec, uint32_t flags, uint16_t marks);
/* A slot of its own for something that is in no list; SUP_NONE without memory.
 */
uint32_t sup__slot_take(struct sup_engine *e);
/* Give a node back that is in no list, when nothing names it any more. */
void sup__slot_leave(struct sup_engine *e, struct sup_node *n);
/* Give a slot back that nothing has ever named, and that has no spec. */
void sup__slot_drop(struct sup_engine *e, struct sup_node *n);
/* Move a child in its list behind (or before) another, SUP_NONE: to the front
 * (or the end). */
void sup__list_move(struct sup_engine *e, struct sup_node *s,
                    struct sup_node *c, uint32_t where, bool before);
/* Nodes for all that a supervisor spec has below it, as children of `s`; those
 * at the top get `flags`. All or none. */
bool sup__make_children(struct sup_engine *e, struct sup_node *s,
                        const sup_spec *list, uint32_t flags);
void sup__node_pin(struct sup_engine *e, uint32_t index);
void sup__node_unpin(struct sup_engine *e, uint32_t index);
/* Free the slot of a removed node if nothing names it: no pin, no queue, nothing
 * that is being performed. */
void sup__give_back(struct sup_engine *e, struct sup_node *n);
static inline void sup__node_let_go(struct sup_engine *e, struct sup_node *n) {
  if (n->flags & NODE_FREE)
    sup__give_back(e, n);
}
void sup__slab_free(struct sup_engine *e);
void sup__token_discard(struct sup_engine *e, sup_token token);
void sup__token_replace(struct sup_engine *e, sup_token *slot, sup_token token);

/* ---- deadline.c --------------------------------------------------------- */

void sup__arm(struct sup_engine *e, struct sup_node *n, uint64_t deadline);
void sup__disarm(struct sup_engine *e, struct sup_node *n);
/* The node with the earliest deadline, or NULL. */
struct sup_node *sup__earliest(const struct sup_engine *e);

/* ---- journal.c ---------------------------------------------------------- */

/* Record an event and return its number. The error is referenced. */
uint64_t sup__emit(struct sup_engine *e, sup_event_kind kind,
                   struct sup_node *n, uint64_t cause, sup_duration duration,
                   int64_t detail, sup_token error);
void sup__journal_free(struct sup_engine *e);

/* ---- pacing.c ----------------------------------------------------------- */

/* A record for `max` failures within `window`; NULL without memory. */
struct sup_record_of_failures *
sup__record_make(struct sup_engine *e, uint64_t max, sup_duration window);
void sup__record_free(struct sup_engine *e, struct sup_record_of_failures *r);
void sup__record_clear(struct sup_engine *e, struct sup_record_of_failures *r);
/* Count the failure of a child. True if it is one too many. */
bool sup__tolerance_exceeded(struct sup_engine *e,
                             struct sup_record_of_failures *record,
                             uint64_t max, sup_duration window,
                             const struct sup_node *child);
/* Count a restart of a child and return the delay before it. */
sup_duration sup__backoff_next(struct sup_engine *e, struct sup_node *child);
/* An incarnation that ends now for another reason than its failure: how long it
 * was up counts all the same (B3). */
void sup__backoff_settle(struct sup_engine *e, struct sup_node *child);
uint64_t sup__add_saturating(uint64_t a, uint64_t b);

/* ---- compose.c ---------------------------------------------------------- */

/* An error about a node, with its path and cause (a reference of each is
 * taken). Without memory: the bare code. */
sup_token sup__compose(struct sup_engine *e, int code, struct sup_node *n,
                       sup_token cause);
/* Note a failure of a child while its supervisor stops. */
void sup__note_stop_failure(struct sup_engine *e, struct sup_node *supervisor,
                            int code, struct sup_node *n, sup_token cause);
/* What the supervisor ends with: `failure` with all stop failures attached,
 * or, if that is 0 and there are some, SUP_ETERMINATION with them. Owned by
 * the caller. */
sup_token sup__take_failure(struct sup_engine *e, struct sup_node *supervisor);
void sup__drop_failures(struct sup_engine *e, struct sup_node *supervisor);

/* ---- actions.c ---------------------------------------------------------- */

/* Put a node on the queues that it has something for. */
void sup__schedule(struct sup_engine *e, struct sup_node *n);
bool sup__stops_on_foreign_queue(const struct sup_node *n);

/* ---- search.c ----------------------------------------------------------- */

/* Count it as unready if it is. */
void sup__see_readiness(struct sup_engine *e, struct sup_node *n);
/* It need not be up any more. */
void sup__not_wanted(struct sup_engine *e, struct sup_node *n);

/* ---- heartbeat.c -------------------------------------------------------- */

/* It is up: signs of life are due from now on. */
void sup__heartbeat_begin(struct sup_engine *e, struct sup_node *n);
void sup__heartbeat_expired(struct sup_engine *e, struct sup_node *n);
/* It goes down, and is not asked any more. */
void sup__heartbeat_end(struct sup_node *n);
/* Nothing of a child runs any more: it is removed if it was kept only for
 * that. */
void sup__last_of_it_gone(struct sup_engine *e, struct sup_node *n);

/* ---- orphan.c ----------------------------------------------------------- */

/* Part a child from its old incarnation, which goes on by itself, so that a new
 * one can begin beside it. False if that is not possible now. */
bool sup__orphan_make(struct sup_engine *e, struct sup_node *n);
/* The orphan of a child that a ref means, or NULL. */
struct sup_node *sup__orphan_find(struct sup_engine *e, struct sup_node *n,
                                  uint64_t incarnation);
/* It has ended: it goes when its END has been performed. */
void sup__orphan_ended(struct sup_engine *e, struct sup_node *orphan);
/* Whether a child has one. */
bool sup__has_orphans(const struct sup_node *n);

/* ---- links.c ------------------------------------------------------------ */

/* Links for the children of a list, whose nodes begin with `first`, if any of
 * them has some; `made` by the resource step. False without memory. */
bool sup__links_make(struct sup_engine *e, struct sup_node *s,
                     const struct sup_supervisor_spec *list, uint32_t first,
                     bool made);
/* Those of its present children, or NULL. */
static inline struct sup_links *sup__links_of(const struct sup_node *s) {
  return s->super->uses_made ? s->super->made_links : s->super->links;
}
void sup__links_drop_made(struct sup_engine *e, struct sup_node *s);
void sup__links_free(struct sup_engine *e, struct sup_links *links);
/* A sibling that a child starts after and that is not up, or SUP_NONE. */
uint32_t sup__missing(const struct sup_engine *e, const struct sup_node *c);
/* Hold a child whose turn has come if it misses a sibling. */
bool sup__hold_back(struct sup_engine *e, struct sup_node *c);
/* It is not held any more, whatever it misses. */
void sup__let_go(struct sup_engine *e, struct sup_node *c);
/* A child is up, or completed: those behind it may go. */
void sup__came_up(struct sup_engine *e, struct sup_node *c);
void sup__order_by_acknowledgement(struct sup_engine *e, struct sup_node *s,
                                   struct sup_node *c);

/* ---- significant.c ------------------------------------------------------ */

/* It runs: its end will count. */
void sup__significant_start(struct sup_engine *e, struct sup_node *c);
/* It is not waited for any more, for a reason that does not count. */
void sup__significant_forget(struct sup_engine *e, struct sup_node *c);
/* It has ended for good by itself. True if that is the end of its supervisor,
 * which sup__significant_end brings about. */
bool sup__significant_ended(struct sup_engine *e, struct sup_node *c);
void sup__significant_end(struct sup_engine *e, struct sup_node *c);
/* ---- supervisor.c ------------------------------------------------------- */

void sup__dirty(struct sup_engine *e, struct sup_node *supervisor);
static inline bool sup__has_slices(const struct sup_engine *e) {
  return e->dirty_first != SUP_NONE || e->graves != SUP_NONE;
}
/* Advance dirty supervisors, and then the removal of what is not needed any
 * more: at most so many slices; how many it was. */
unsigned sup__advance_slices(struct sup_engine *e, unsigned slices);
static inline unsigned sup__advance(struct sup_engine *e, unsigned slices) {
  return sup__has_slices(e) ? sup__advance_slices(e, slices) : 0;
}
/* In start order: the first child of those that its present children are, and
 * the one after or before another. SUP_NONE at the end. */
uint32_t sup__start_first(struct sup_engine *e, struct sup_node *s);
uint32_t sup__start_last(struct sup_engine *e, struct sup_node *s);
uint32_t sup__start_next(struct sup_engine *e, struct sup_node *s, uint32_t c);
uint32_t sup__start_previous(struct sup_engine *e, struct sup_node *s,
                             uint32_t c);
bool sup__starts_before(const struct sup_node *s, const struct sup_node *a,
                        const struct sup_node *b);

/* How many children may be on their way up at a time. */
uint32_t sup__start_limit(const struct sup_node *s);
/* Start a child as part of a start phase, or hold it. */
void sup__phase_start(struct sup_engine *e, struct sup_node *s,
                      struct sup_node *c);
void sup__supervisor_start(struct sup_engine *e, struct sup_node *s);
/* Its parent, or the host, wants it to end. */
void sup__supervisor_stop(struct sup_engine *e, struct sup_node *s);
void sup__supervisor_budget(struct sup_engine *e, struct sup_node *s,
                            sup_duration budget);
void sup__supervisor_hasten(struct sup_engine *e, struct sup_node *s,
                            sup_haste haste);
void sup__supervisor_expired(struct sup_engine *e, struct sup_node *s);
void sup__supervisor_rearm(struct sup_engine *e, struct sup_node *s);
void sup__supervisor_halt(struct sup_engine *e, struct sup_node *s,
                          sup_halt reason, sup_token failure);
/* Because of a child: `failure` (taken over) names it. */
void sup__supervisor_fail(struct sup_engine *e, struct sup_node *s,
                          struct sup_node *child, sup_token failure);
/* The error of a child that failed once too often. */
/* A start that was not acknowledged, in time or at all: with what its process
 * was to do for that. */
sup_token sup__compose_not_up(struct sup_engine *e, struct sup_node *n,
                              int code);
sup_token sup__compose_exceeded(struct sup_engine *e, struct sup_node *child,
                                const struct sup_record_of_failures *record,
                                uint64_t max, sup_duration window);
/* All children are gone and the resource is cleaned up. */
void sup__supervisor_ended(struct sup_engine *e, struct sup_node *s);

/* A restart that a child waits for, or is stuck before, is not to come. */
void sup__cancel_wait(struct sup_engine *e, struct sup_node *c, uint64_t cause);

/* What a child tells its supervisor. */
void sup__child_started(struct sup_engine *e, struct sup_node *c);
void sup__child_start_failed(struct sup_engine *e, struct sup_node *c,
                             sup_token error);
void sup__child_declined(struct sup_engine *e, struct sup_node *c);
/* It ended by itself after its start was acknowledged. */
void sup__child_ended(struct sup_engine *e, struct sup_node *c,
                      sup_outcome outcome, sup_token error);
/* It was asked and is gone, or was given up: cleanly if `failure` (borrowed) is
 * 0. */
void sup__child_stopped(struct sup_engine *e, struct sup_node *c,
                        sup_token failure);
/* Deal with the end of a child: event, restart or not. */
void sup__child_deal(struct sup_engine *e, struct sup_node *c);
/* It has ended, and that waits to be dealt with. */
void sup__child_awaits_turn(struct sup_engine *e, struct sup_node *c);
/* ... whether or not all of it is gone. */
static inline bool sup__awaits_turn(const struct sup_node *c) {
  return c->state_now == SUP_STATE_ENDED ||
         ((c->flags & NODE_SUPERVISOR) && c->super->dying == DYING_UNTOLD);
}
/* Start a child when its own delay is over, and all of it is gone. */
void sup__child_start_at(struct sup_engine *e, struct sup_node *c,
                         uint64_t time);
/* A round starts it. */
void sup__child_awaits_round(struct sup_engine *e, struct sup_node *c);
/* It stays down in this state. */
void sup__child_left_as(struct sup_engine *e, struct sup_node *c,
                        sup_state state);
/* A child that is not to be restarted. */
void sup__child_settle(struct sup_engine *e, struct sup_node *c,
                       sup_outcome outcome);
/* A child that has ended goes: one that was added is removed, another is not
 * seen any more until its supervisor starts again. One of which something
 * still runs keeps its place until that has ended. */
void sup__child_goes(struct sup_engine *e, struct sup_node *c);
/* X2: nothing is kept of a temporary child that has ended. */
static inline bool sup__is_temporary(const struct sup_node *c) {
  return c->spec->policy->restart == SUP_TEMPORARY;
}
/* How long an incarnation that has ended was up, however late its end is dealt
 * with. */
uint64_t sup__up_time(const struct sup_engine *e, const struct sup_node *c);
/* X2, X5, X6 */
bool sup__child_is_restarted(const struct sup_node *c, sup_outcome outcome);
uint64_t sup__child_emit_end(struct sup_engine *e, struct sup_node *c,
                             sup_outcome outcome);

/* ---- resource.c --------------------------------------------------------- */

void sup__resource_build(struct sup_engine *e, struct sup_node *s);
/* A build that has not been performed is not. */
void sup__resource_withdraw(struct sup_engine *e, struct sup_node *s);
/* Give up a build that is going on. */
void sup__resource_cancel(struct sup_engine *e, struct sup_node *s);
void sup__resource_build_refused(struct sup_engine *e, struct sup_node *s,
                                 sup_token error);
void sup__resource_cleanup(struct sup_engine *e, struct sup_node *s);
/* Its time is over. */
void sup__resource_expired(struct sup_engine *e, struct sup_node *s);

/* On its way down. */
static inline bool sup__is_going(const struct sup_node *s) {
  return s->super->phase >= PHASE_HALT;
}

static inline bool sup__is_supervisor(const struct sup_node *n) {
  return (n->flags & NODE_SUPERVISOR) != 0;
}

/* The record of its own tolerance, or NULL. */
static inline struct sup_record_of_failures *
sup__own_record(const struct sup_node *n) {
  if (!n->spec->policy->has_tolerance)
    return NULL;
  return sup__is_supervisor(n) ? n->super->own : n->own;
}

static inline struct sup_node *sup__parent(const struct sup_engine *e,
                                           const struct sup_node *n) {
  return n->parent == SUP_NONE ? NULL : sup__node(e, n->parent);
}

static inline uint32_t sup__depth(const struct sup_engine *e,
                                  const struct sup_node *n) {
  return n->parent == SUP_NONE ? 0 : sup__node(e, n->parent)->super->depth;
}

static inline struct sup_ref sup__ref(const struct sup_node *n) {
  struct sup_ref ref = {n->index, n->generation, n->incarnation};
  return ref;
}

#include "dynamic.h"
#include "node.h"
#include "round.h"
#include "runnable.h"

#endif
