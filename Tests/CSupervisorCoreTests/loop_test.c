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

/* loop/: the thread, work from any thread, alarms. */

#include "loop_fixture.h"

#include <sched.h>
#include <signal.h>

#include "loop/loop_private.h"

/* ---- The thread --------------------------------------------------------- */

struct seen {
  struct sup_loop *loop;
  char name[64];
  sigset_t mask;
  bool is_current;
};

static void see(void *ctx) {
  struct seen *seen = ctx;

  seen->is_current = sup__loop_is_current(seen->loop);
  pthread_sigmask(SIG_SETMASK, NULL, &seen->mask);
#ifdef __linux__
  pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name));
#endif
}

/* C8 */
static void c8_an_own_thread_blocks_all_signals(void **state) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  struct seen seen = {.loop = open_loop(NULL)};
  sigset_t ours;

  (void)state;
  on_loop(seen.loop, see, &seen);
  for (int signal = 1; signal < 32; signal++) {
    bool fault = signal == SIGSYS;

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
      fault = fault || signal == faults[i];
    if (signal == SIGKILL || signal == SIGSTOP)
      continue;
    assert_int_equal(sigismember(&seen.mask, signal), !fault);
  }
  pthread_sigmask(SIG_SETMASK, NULL, &ours);
  assert_false(sigismember(&ours, SIGTERM));
  assert_false(sigismember(&ours, SIGPIPE));
  sup__loop_close(seen.loop);
}

/* C8 */
static void c8_an_own_thread_has_a_name(void **state) {
  struct sup_loop_options options = {&counting, NULL,
                                     "a name that is too long"};
  struct seen seen = {.loop = open_loop(NULL)};

  (void)state;
  on_loop(seen.loop, see, &seen);
#ifdef __linux__
  assert_string_equal(seen.name, "supervisor");
#endif
  sup__loop_close(seen.loop);
  assert_int_equal(sup__loop_create(&seen.loop, &options), 0);
  on_loop(seen.loop, see, &seen);
#ifdef __linux__
  assert_string_equal(seen.name, "a name that is ");
#endif
  sup__loop_close(seen.loop);
}

static void c8_a_loop_knows_its_thread(void **state) {
  struct seen first = {.loop = open_loop(NULL)};
  struct seen other = {.loop = open_loop(NULL)};

  (void)state;
  assert_false(sup__loop_is_current(first.loop));
  on_loop(first.loop, see, &first);
  assert_true(first.is_current);
  on_loop(first.loop, see, &other);
  assert_false(other.is_current);
  sup__loop_close(first.loop);
  sup__loop_close(other.loop);
}

/* ---- Work --------------------------------------------------------------- */

#define POSTERS 8
#define WORKS 12500

struct poster;

struct numbered {
  struct sup_work work;
  struct poster *poster;
  uint64_t number;
};

struct poster {
  struct sup_loop *loop;
  struct numbered *works;
  uint64_t ran; /* loop thread */
  uint64_t disordered;
};

static void run_numbered(struct sup_work *work) {
  struct numbered *numbered = (struct numbered *)work;
  struct poster *poster = numbered->poster;

  poster->disordered += numbered->number != poster->ran;
  poster->ran++;
}

static void *post_all(void *ctx) {
  struct poster *poster = ctx;

  for (uint64_t i = 0; i < WORKS; i++) {
    struct numbered *numbered = &poster->works[i];

    sup__work_init(&numbered->work, run_numbered);
    numbered->poster = poster;
    numbered->number = i;
    sup__loop_post(poster->loop, &numbered->work);
  }
  return NULL;
}

static void posts_of_eight_threads_all_run(void **state) {
  struct poster posters[POSTERS];
  pthread_t threads[POSTERS];
  struct sup_loop *loop = open_loop(NULL);

  (void)state;
  for (int i = 0; i < POSTERS; i++) {
    posters[i] = (struct poster){.loop = loop};
    posters[i].works = calloc(WORKS, sizeof(struct numbered));
    threads[i] = start_thread(post_all, &posters[i]);
  }
  for (int i = 0; i < POSTERS; i++)
    pthread_join(threads[i], NULL);
  flush(loop);
  for (int i = 0; i < POSTERS; i++) {
    assert_int_equal(posters[i].ran, WORKS);
    assert_int_equal(posters[i].disordered, 0);
    free(posters[i].works);
  }
  sup__loop_close(loop);
}

struct counted {
  struct sup_work work;
  struct sup_loop *loop;
  int runs;
  int wanted;
};

static void run_counted(struct sup_work *work) {
  struct counted *counted = (struct counted *)work;

  if (++counted->runs < counted->wanted)
    sup__loop_post(counted->loop, work);
}

static void a_work_on_its_way_is_posted_once(void **state) {
  struct counted counted = {.loop = open_loop(NULL), .wanted = 1};
  struct block block;

  (void)state;
  sup__work_init(&counted.work, run_counted);
  block_loop(counted.loop, &block);
  sup__loop_post(counted.loop, &counted.work);
  sup__loop_post(counted.loop, &counted.work);
  sup__loop_post(counted.loop, &counted.work);
  unblock_loop(&block);
  flush(counted.loop);
  assert_int_equal(counted.runs, 1);
  sup__loop_post(counted.loop, &counted.work);
  flush(counted.loop);
  assert_int_equal(counted.runs, 2);
  sup__loop_close(counted.loop);
}

/* Close runs what is there, which counts up to the last post. */
static void a_work_may_post_itself(void **state) {
  struct counted counted = {.loop = open_loop(NULL), .wanted = 10000};

  (void)state;
  sup__work_init(&counted.work, run_counted);
  sup__loop_post(counted.loop, &counted.work);
  sup__loop_close(counted.loop);
  assert_int_equal(counted.runs, 10000);
}

struct greedy {
  struct sup_work work;
  struct sup_loop *loop;
  uv_timer_t timer;
  bool stop;
  struct gate ended;
};

static void on_greedy_closed(uv_handle_t *handle) {
  struct greedy *greedy = handle->data;

  sup__loop_handle_closed(greedy->loop);
  gate_open(&greedy->ended);
}

static void on_greedy_timer(uv_timer_t *timer) {
  struct greedy *greedy = timer->data;

  greedy->stop = true;
  uv_close((uv_handle_t *)timer, on_greedy_closed);
}

static void run_greedy(struct sup_work *work) {
  struct greedy *greedy = (struct greedy *)work;

  if (greedy->timer.data == NULL) {
    uv_timer_init(sup__loop_uv(greedy->loop), &greedy->timer);
    greedy->timer.data = greedy;
    sup__loop_handle_opened(greedy->loop);
    uv_timer_start(&greedy->timer, on_greedy_timer, 1, 0);
  }
  if (!greedy->stop)
    sup__loop_post(greedy->loop, work);
}

static void a_greedy_work_starves_nobody(void **state) {
  struct greedy greedy = {.loop = open_loop(NULL), .ended = GATE_INIT};

  (void)state;
  sup__work_init(&greedy.work, run_greedy);
  sup__loop_post(greedy.loop, &greedy.work);
  gate_await(&greedy.ended, 1);
  sup__loop_close(greedy.loop);
}

static atomic_int freed;

static void run_free(struct sup_work *work) {
  free(work);
  atomic_fetch_add(&freed, 1);
}

static void *post_and_forget(void *ctx) {
  for (int i = 0; i < 1000; i++) {
    struct sup_work *work = malloc(sizeof(*work));

    sup__work_init(work, run_free);
    sup__loop_post(ctx, work);
  }
  return NULL;
}

static void a_works_memory_may_go_in_its_run(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  pthread_t threads[4];

  (void)state;
  atomic_store(&freed, 0);
  for (int i = 0; i < 4; i++)
    threads[i] = start_thread(post_and_forget, loop);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  sup__loop_close(loop);
  assert_int_equal(atomic_load(&freed), 4000);
}

/* ---- Alarms ------------------------------------------------------------- */

struct clock;

struct hand {
  struct sup_alarm alarm;
  struct clock *clock;
  uint64_t at;
  int number;
};

struct clock {
  struct sup_loop *loop;
  struct gate rung;
  uint64_t last_at; /* loop thread */
  int last_number;
  int early;
  int disordered;
  int armed_in_ring;
  int again;
};

static void ring(struct sup_alarm *alarm, uint64_t now) {
  struct hand *hand = (struct hand *)alarm;
  struct clock *clock = hand->clock;

  clock->early += now < hand->at || sup__loop_now() < hand->at;
  clock->armed_in_ring += atomic_load(&alarm->at) != SUP_INFINITE;
  clock->disordered +=
      hand->at < clock->last_at ||
      (hand->at == clock->last_at && hand->number < clock->last_number);
  clock->last_at = hand->at;
  clock->last_number = hand->number;
  if (clock->again > 0) {
    clock->again--;
    hand->at = now + SUP_MICROSECONDS(300);
    sup__alarm_by(alarm, hand->at);
  }
  gate_open(&clock->rung);
}

static void hand_init(struct hand *hand, struct clock *clock, int number) {
  *hand = (struct hand){.clock = clock, .number = number};
  sup__alarm_init(&hand->alarm, clock->loop, ring);
}

static void hand_by(struct hand *hand, uint64_t at) {
  hand->at = at;
  sup__alarm_by(&hand->alarm, at);
}

static void close_alarm(void *ctx) {
  sup__alarm_close(ctx);
}

#define CLOCK_INIT                                                             \
  { .loop = open_loop(NULL), .rung = GATE_INIT }

static void assert_clock(const struct clock *clock) {
  assert_int_equal(clock->early, 0);
  assert_int_equal(clock->disordered, 0);
  assert_int_equal(clock->armed_in_ring, 0);
}

#define HANDS 4000

/* C9: many share a time; the loop hears of all before it rings the first. */
static void c9_alarms_ring_in_order_and_never_early(void **state) {
  struct clock clock = CLOCK_INIT;
  struct hand *hands = calloc(HANDS, sizeof(*hands));
  struct block block;
  uint64_t seed = 1;
  uint64_t start;

  (void)state;
  block_loop(clock.loop, &block);
  start = sup__loop_now();
  for (int i = 0; i < HANDS; i++) {
    hand_init(&hands[i], &clock, i);
    hand_by(&hands[i],
            start + SUP_MICROSECONDS(next_random(&seed) % 500 * 100));
  }
  unblock_loop(&block);
  gate_await(&clock.rung, HANDS);
  flush(clock.loop);
  assert_clock(&clock);
  assert_int_equal(gate_count(&clock.rung), HANDS);
  sup__loop_close(clock.loop);
  free(hands);
}

struct armer {
  struct clock *clock;
  struct hand hands[200];
};

static void *arm_all(void *ctx) {
  struct armer *armer = ctx;
  uint64_t seed = (uint64_t)(uintptr_t)armer->clock;

  for (int i = 0; i < 200; i++) {
    hand_init(&armer->hands[i], armer->clock, i);
    hand_by(&armer->hands[i],
            sup__loop_now() + SUP_MICROSECONDS(next_random(&seed) % 20000));
  }
  return NULL;
}

/* C9 */
static void c9_any_thread_arms(void **state) {
  struct clock clock = CLOCK_INIT;
  struct armer *armers = calloc(POSTERS, sizeof(*armers));
  pthread_t threads[POSTERS];

  (void)state;
  for (int i = 0; i < POSTERS; i++) {
    armers[i].clock = &clock;
    threads[i] = start_thread(arm_all, &armers[i]);
  }
  for (int i = 0; i < POSTERS; i++)
    pthread_join(threads[i], NULL);
  gate_await(&clock.rung, POSTERS * 200);
  flush(clock.loop);
  assert_int_equal(clock.early, 0);
  sup__loop_close(clock.loop);
  free(armers);
}

/* C9 */
static void c9_only_an_earlier_time_counts(void **state) {
  struct clock clock = CLOCK_INIT;
  struct hand hand;
  uint64_t later = sup__loop_now() + HOUR;

  (void)state;
  hand_init(&hand, &clock, 0);
  sup__alarm_by(&hand.alarm, SUP_INFINITE);
  hand_by(&hand, later);
  sup__alarm_by(&hand.alarm, later + 1);
  sup__alarm_by(&hand.alarm, SUP_INFINITE);
  sup__alarm_by(&hand.alarm, later);
  assert_int_equal(atomic_load(&hand.alarm.at), later);
  flush(clock.loop);
  assert_int_equal(gate_count(&clock.rung), 0);

  hand_by(&hand, sup__loop_now() + SUP_MILLISECONDS(2));
  gate_await(&clock.rung, 1);
  flush(clock.loop);
  assert_clock(&clock);
  assert_int_equal(atomic_load(&hand.alarm.at), SUP_INFINITE);

  /* What it rang for is forgotten: a later time is now the earliest. */
  hand_by(&hand, sup__loop_now() + SUP_MILLISECONDS(1));
  gate_await(&clock.rung, 2);
  hand_by(&hand, later);
  on_loop(clock.loop, close_alarm, &hand.alarm);
  assert_int_equal(gate_count(&clock.rung), 2);
  assert_clock(&clock);
  sup__loop_close(clock.loop);
}

/* C9 */
static void c9_a_ring_may_arm_again(void **state) {
  struct clock clock = CLOCK_INIT;
  struct hand hand;

  (void)state;
  clock.again = 50;
  hand_init(&hand, &clock, 0);
  hand_by(&hand, 0);
  gate_await(&clock.rung, 51);
  flush(clock.loop);
  assert_clock(&clock);
  sup__loop_close(clock.loop);
}

/* C9 */
static void c9_lowered_while_the_loop_sleeps(void **state) {
  struct clock clock = CLOCK_INIT;
  struct hand hand;

  (void)state;
  hand_init(&hand, &clock, 0);
  for (uint64_t i = 1; i <= 200; i++) {
    hand_by(&hand, sup__loop_now() + HOUR);
    flush(clock.loop);
    hand_by(&hand, sup__loop_now() + SUP_MICROSECONDS(i % 7 * 100));
    gate_await(&clock.rung, i);
  }
  flush(clock.loop);
  assert_clock(&clock);
  sup__loop_close(clock.loop);
}

/* Threads that lower one alarm, again as soon as it has rung, beside others
 * that are armed for later: a wake-up that is lost hangs them all. */

#define LOWERERS 4
#define LOWERINGS 5000

struct shared {
  struct sup_alarm alarm;
  pthread_mutex_t mutex;
  pthread_cond_t rang;
  uint64_t last; /* the latest time for which it has rung */
};

struct lowerer {
  struct shared *shared;
  struct sup_alarm far;
};

static void ring_shared(struct sup_alarm *alarm, uint64_t now) {
  struct shared *shared = (struct shared *)alarm;

  pthread_mutex_lock(&shared->mutex);
  shared->last = now;
  pthread_cond_broadcast(&shared->rang);
  pthread_mutex_unlock(&shared->mutex);
}

static void ring_never(struct sup_alarm *alarm, uint64_t now) {
  (void)alarm;
  (void)now;
  abort();
}

static void *lower_often(void *ctx) {
  struct lowerer *lowerer = ctx;
  struct shared *shared = lowerer->shared;
  uint64_t far = sup__loop_now() + 2 * HOUR;

  for (int i = 0; i < LOWERINGS; i++) {
    struct timespec limit;
    uint64_t asked;
    int error = 0;

    sup__alarm_by(&lowerer->far, far - (uint64_t)i * SUP_MILLISECONDS(5) / 10);
    sup__alarm_by(&shared->alarm, far);
    asked = sup__loop_now();
    sup__alarm_by(&shared->alarm, asked);
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += WATCHDOG_SECONDS;
    pthread_mutex_lock(&shared->mutex);
    while (shared->last < asked && error == 0)
      error = pthread_cond_timedwait(&shared->rang, &shared->mutex, &limit);
    pthread_mutex_unlock(&shared->mutex);
    if (error != 0)
      abort();
  }
  return NULL;
}

/* C9 */
static void c9_no_wake_up_is_lost(void **state) {
  struct sup_loop *loop = open_loop(NULL);
  struct shared shared = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                          .rang = PTHREAD_COND_INITIALIZER};
  struct lowerer lowerers[LOWERERS];
  pthread_t threads[LOWERERS];

  (void)state;
  sup__alarm_init(&shared.alarm, loop, ring_shared);
  for (int i = 0; i < LOWERERS; i++) {
    lowerers[i].shared = &shared;
    sup__alarm_init(&lowerers[i].far, loop, ring_never);
    threads[i] = start_thread(lower_often, &lowerers[i]);
  }
  for (int i = 0; i < LOWERERS; i++)
    pthread_join(threads[i], NULL);
  sup__loop_close(loop);
}

#define LATER 100000

/* C9 */
static void c9_alarms_later_than_the_nearest_wake_nobody(void **state) {
  struct clock clock = CLOCK_INIT;
  struct hand *hands = calloc(LATER + 1, sizeof(*hands));
  uint64_t nearest = sup__loop_now() + HOUR;
  uint64_t wakeups;

  (void)state;
  hand_init(&hands[LATER], &clock, LATER);
  hand_by(&hands[LATER], nearest);
  flush(clock.loop);
  /* A loop that is still busy may choose to go on in a turn more. */
  while (atomic_load(&clock.loop->asleep_until) == SUP__AWAKE)
    sched_yield();
  wakeups = sup__loop_wakeups(clock.loop);
  for (int i = 0; i < LATER; i++) {
    hand_init(&hands[i], &clock, i);
    hand_by(&hands[i], nearest + (uint64_t)i);
  }
  assert_int_equal(sup__loop_wakeups(clock.loop), wakeups);
  flush(clock.loop);
  assert_in_range(sup__loop_wakeups(clock.loop), wakeups, wakeups + 1);

  /* They are all there: brought forward, all ring. */
  for (int i = 0; i < LATER; i++)
    hand_by(&hands[i], nearest - HOUR);
  gate_await(&clock.rung, LATER);
  sup__loop_close(clock.loop);
  assert_int_equal(clock.early, 0);
  free(hands);
}

/* ---- The heap, against a naive one -------------------------------------- */

#define HEAP 500
#define HEAP_STEPS 3000

struct trial {
  struct sup_work work;
  struct sup_loop *loop;
  struct sup_alarm alarms[HEAP];
  uint64_t base;
  uint64_t seed;
  int steps;
  int wrong;
  struct gate done;
};

static uint64_t naive_next(struct trial *trial) {
  uint64_t next = SUP_INFINITE;

  for (int i = 0; i < HEAP; i++) {
    uint64_t at = atomic_load(&trial->alarms[i].at);

    next = at < next ? at : next;
  }
  return next;
}

static void change_some(struct trial *trial) {
  for (int i = 0; i < 8; i++) {
    struct sup_alarm *alarm = &trial->alarms[next_random(&trial->seed) % HEAP];
    uint64_t at = trial->base + next_random(&trial->seed) % 2000;

    sup__alarm_by(alarm, at);
    /* Closed in the heap, on its way to it, both, or neither. */
    alarm = &trial->alarms[next_random(&trial->seed) % HEAP];
    if (next_random(&trial->seed) % 2 == 0) {
      sup__alarm_close(alarm);
      memset(alarm, 0xa5, sizeof(*alarm));
      sup__alarm_init(alarm, trial->loop, ring_never);
    }
  }
}

static void run_trial(struct sup_work *work) {
  struct trial *trial = (struct trial *)work;

  trial->wrong += sup__alarms_next(trial->loop) != naive_next(trial);
  if (trial->steps-- == 0) {
    gate_open(&trial->done);
    return;
  }
  change_some(trial);
  /* Runs after the loop has heard of all that was changed. */
  sup__loop_post(trial->loop, work);
}

static void close_trial(void *ctx) {
  struct trial *trial = ctx;

  for (int i = 0; i < HEAP; i++)
    sup__alarm_close(&trial->alarms[i]);
  trial->wrong += sup__alarms_next(trial->loop) != SUP_INFINITE;
}

/* C9 */
static void c9_the_nearest_is_known_after_any_change(void **state) {
  struct trial *trial = calloc(1, sizeof(*trial));

  (void)state;
  *trial = (struct trial){.loop = open_loop(NULL), .done = GATE_INIT};
  trial->base = sup__loop_now() + HOUR;
  trial->seed = 7;
  trial->steps = HEAP_STEPS;
  for (int i = 0; i < HEAP; i++)
    sup__alarm_init(&trial->alarms[i], trial->loop, ring_never);
  sup__work_init(&trial->work, run_trial);
  sup__loop_post(trial->loop, &trial->work);
  gate_await(&trial->done, 1);
  on_loop(trial->loop, close_trial, trial);
  assert_int_equal(trial->wrong, 0);
  sup__loop_close(trial->loop);
  free(trial);
}

int main(void) {
#define LOOP_TEST(test) cmocka_unit_test_teardown(test, check_memory)
  const struct CMUnitTest tests[] = {
      LOOP_TEST(c8_an_own_thread_blocks_all_signals),
      LOOP_TEST(c8_an_own_thread_has_a_name),
      LOOP_TEST(c8_a_loop_knows_its_thread),
      LOOP_TEST(posts_of_eight_threads_all_run),
      LOOP_TEST(a_work_on_its_way_is_posted_once),
      LOOP_TEST(a_work_may_post_itself),
      LOOP_TEST(a_greedy_work_starves_nobody),
      LOOP_TEST(a_works_memory_may_go_in_its_run),
      LOOP_TEST(c9_alarms_ring_in_order_and_never_early),
      LOOP_TEST(c9_any_thread_arms),
      LOOP_TEST(c9_only_an_earlier_time_counts),
      LOOP_TEST(c9_a_ring_may_arm_again),
      LOOP_TEST(c9_lowered_while_the_loop_sleeps),
      LOOP_TEST(c9_no_wake_up_is_lost),
      LOOP_TEST(c9_alarms_later_than_the_nearest_wake_nobody),
      LOOP_TEST(c9_the_nearest_is_known_after_any_change),
  };
  return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
