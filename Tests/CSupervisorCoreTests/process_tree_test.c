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

/* Processes as children of a tree, with both watchers. */

#include "face_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static sup_runtime_options with_pidfd = {.size = sizeof(with_pidfd), .seed = 1};
static sup_runtime_options without_pidfd = {
    .size = sizeof(without_pidfd), .seed = 1, .no_pidfd = true};
static sup_runtime_options with_manual_time = {
    .size = sizeof(with_manual_time), .seed = 1, .manual_time = true};

struct output {
  struct gate lines;
  char text[4096];
  sup_child child;
};

/* Called on the loop thread; read after the gate. */
static bool note_line(void *ctx, sup_child child, const char *text,
                      size_t length, uint32_t flags) {
  struct output *o = ctx;

  CHECK(sup_runtime_is_loop_thread(world.runtime));
  if (flags & SUP_LINE_END)
    return true;
  o->child = child;
  strncat(o->text, text, length);
  strcat(o->text, "\n");
  gate_open(&o->lines);
  return true;
}

static sup_spec *process_spec(const char *name, struct output *o,
                              const char *const *argv) {
  sup_output lines = {
      .size = sizeof(lines), .mode = SUP_OUTPUT_LINES, .line = note_line};
  sup_readiness ready = {
      .size = sizeof(ready), .kind = SUP_READY_LINE, .text = "ready"};
  sup_spec *spec = sup_process_spec(name, argv);

  assert_non_null(spec);
  if (o != NULL) {
    assert_int_equal(sup_spec_set_output(spec, &lines, o), 0);
    assert_int_equal(sup_spec_set_readiness(spec, &ready), 0);
  }
  return spec;
}

#define PROCESS(name, output, ...)                                             \
  process_spec(name, output,                                                   \
               (const char *const[]){PROCESS_CHILD, __VA_ARGS__, NULL})

static int64_t pid_of(sup_tree *tree, size_t index) {
  sup_snapshot *snapshot;
  int64_t pid;

  assert_int_equal(sup_tree_snapshot(tree, &snapshot), 0);
  pid = sup_snapshot_node(snapshot, index)->pid;
  sup_snapshot_free(snapshot);
  return pid;
}

static sup_spec *supervisor(void) {
  static const sup_backoff none = SUP_BACKOFF_NONE;
  sup_spec *top = sup_supervisor_spec("top", SUP_ONE_FOR_ONE);

  sup_spec_set_tolerance(top, SUP_UNLIMITED, 0);
  sup_spec_set_backoff(top, &none);
  return top;
}

/* X2 P2 P3: one that a stranger killed is started again. */
static void P3_a_killed_process_is_restarted(void **state) {
  struct output o = {.lines = GATE_INIT};
  sup_process_end end = {.size = sizeof(end)};
  sup_spec *top = supervisor();
  int64_t first, second;
  sup_events *events;
  sup_event event;
  sup_tree *tree;

  (void)state;
  sup_spec_add(top, PROCESS("p", &o, "out", "ready", "sleep"));
  tree = start_tree(top);
  gate_await(&o.lines, 1);
  assert_string_equal(o.text, "ready\n");
  events = open_events(tree);
  first = pid_of(tree, 1);
  assert_true(first > 1);
  assert_int_equal(kill((pid_t)first, SIGKILL), 0);
  event = await_event(events, SUP_EVENT_FAILED, "top/p");
  assert_int_equal(sup_error_process(event.error, &end), 0);
  assert_int_equal(end.signal, SIGKILL);
  assert_int_equal(end.cause, SUP_EXIT_STRANGER);
  assert_int_equal(end.pid, first);
  await_event(events, SUP_EVENT_STARTED, "top/p");
  second = pid_of(tree, 1);
  assert_true(second > 1 && second != first);
  sup_events_close(events);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, NULL), 0);
  assert_int_equal(pid_of(tree, 1), 0);
  sup_tree_unref(tree);
}

static sup_spec *ready_spec(const char *name, const char *const *argv,
                            sup_readiness readiness) {
  sup_spec *spec = sup_process_spec(name, argv);

  readiness.size = sizeof(readiness);
  assert_int_equal(sup_spec_set_readiness(spec, &readiness), 0);
  return spec;
}

/* P2 S3: the next is started when the one before is up; on manual time, too. */
static void P2_it_is_up_after_a_time_or_a_connection(void **state) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof(address);
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sup_spec *top = supervisor(), *spec;
  char text[32];
  sup_tree *tree;

  (void)state;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(descriptor, (void *)&address, sizeof(address)), 0);
  assert_int_equal(getsockname(descriptor, (void *)&address, &length), 0);
  snprintf(text, sizeof(text), "127.0.0.1:%d", ntohs(address.sin_port));
  spec = ready_spec(
      "time", (const char *const[]){PROCESS_CHILD, "sleep", NULL},
      (sup_readiness){.kind = SUP_READY_TIME, .time = SUP_MILLISECONDS(20)});
  sup_spec_add(top, spec);
  spec = ready_spec("connect",
                    (const char *const[]){PROCESS_CHILD, "nap", "10", "listen",
                                          "5", "sleep", NULL},
                    (sup_readiness){.kind = SUP_READY_CONNECT, .text = text});
  assert_int_equal(sup_spec_pass_descriptor(spec, descriptor, 5), 0);
  sup_spec_add(top, spec);
  tree = start_tree(top);
  close(descriptor);
  assert_true(pid_of(tree, 1) > 1);
  assert_true(pid_of(tree, 2) > 1);
  end_tree(tree);
}

static void assert_unready(const sup_report *report, sup_ready_kind kind) {
  sup_unready unready = {.size = sizeof(unready)};
  sup_error *error = sup_report_error(report, 0);

  while (sup_error_cause(error) != NULL)
    error = sup_error_cause(error);
  assert_int_equal(sup_error_code(error), SUP_ESTARTTIMEOUT);
  assert_int_equal(sup_error_unready(error, &unready), 0);
  assert_int_equal(unready.kind, kind);
  assert_true(unready.waited >= SUP_MILLISECONDS(50));
}

/* P2: an end before, whatever its status, and no connection in time. */
static void P2_who_is_not_up_has_not_started(void **state) {
  static const char *const sevens[] = {PROCESS_CHILD, "exit", "7", NULL};
  static const char *const hangs[] = {PROCESS_CHILD, "sleep", NULL};
  static const sup_readiness kinds[] = {
      {.kind = SUP_READY_TIME, .time = SUP_SECONDS(3600)},
      {.kind = SUP_READY_CONNECT, .text = "/nowhere/socket"},
      {.kind = SUP_READY_HTTP, .text = "/nowhere/socket"},
      {.kind = SUP_READY_COMMAND, .argv = sevens},
      {.kind = SUP_READY_COMMAND, .argv = hangs},
      {.kind = SUP_READY_NOTIFY},
      {.kind = SUP_READY_DESCRIPTOR, .number = 7}};
  static const char *const said[] = {
      "it did not run for 1 h; correct",
      "/nowhere/socket; seen last: no such file or directory; correct",
      "GET /; seen last: no such file or directory; correct",
      "status 0; seen last: exit status 7; correct",
      "status 0; seen last: no exit yet; correct",
      "READY=1; correct",
      "descriptor 7; correct"};
  enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

  (void)state;
  for (int i = 0; i < 2 * KINDS; i++) {
    static const char *const ends[] = {PROCESS_CHILD, "exit", "0", NULL};
    static const char *const sleeps[] = {PROCESS_CHILD, "sleep", NULL};
    sup_spec *top = supervisor(), *spec;
    sup_report *report;
    sup_tree *tree;
    char text[1000];

    spec = ready_spec("p", i < KINDS ? ends : sleeps, kinds[i % KINDS]);
    if (i >= KINDS)
      sup_spec_set_start_timeout(spec, SUP_MILLISECONDS(100));
    sup_spec_add(top, spec);
    assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                     SUP_ESTART);
    sup_report_explain(report, text, sizeof(text));
    assert_non_null(strstr(text, "top/p"));
    if (i >= KINDS && strstr(text, said[i % KINDS]) == NULL)
      fail_msg("'%s' is not in: %s", said[i % KINDS], text);
    if (i >= KINDS)
      assert_unready(report, kinds[i % KINDS].kind);
    sup_report_unref(report);
    sup_spec_unref(top);
    assert_no_children();
  }
}

static void says_what_did_not_come(sup_spec *spec, int code,
                                   const char *expected) {
  sup_output discard = {.size = sizeof(discard), .mode = SUP_OUTPUT_DISCARD};
  sup_spec *top = supervisor();
  sup_report *report;
  const char *told, *seen;
  sup_error *error;
  sup_tree *tree;

  assert_int_equal(sup_spec_set_output(spec, &discard, NULL), 0);
  sup_spec_add(top, spec);
  tree = create_tree(top);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(sup_tree_wait(tree, &report), SUP_ESTART);
  error = sup_report_error(report, 0);
  while (sup_error_cause(error) != NULL)
    error = sup_error_cause(error);
  assert_int_equal(sup_error_code(error), code);
  told = sup_error_text(error);
  seen = strstr(told, "; seen last: ");
  if (seen == NULL) {
    assert_string_equal(told, expected);
  } else {
    /* What was seen is told in between. */
    size_t before = (size_t)(seen - told);

    assert_int_equal(code, SUP_ESTARTTIMEOUT);
    assert_int_equal(strncmp(told, expected, before), 0);
    assert_string_equal(strstr(seen + 1, "; "), expected + before);
  }
  sup_report_unref(report);
  sup_tree_unref(tree);
}

/* P2: and why is told, with what to do. */
static void P2_what_it_waited_for_is_told(void **state) {
  static const char *const hangs[] = {PROCESS_CHILD, "sleep", NULL};
  static const struct {
    sup_readiness ready;
    const char *what;
  } rules[] = {{{.kind = SUP_READY_LINE, .text = "raedy"},
                "no line of its output contained 'raedy'"},
               {{.kind = SUP_READY_DESCRIPTOR, .number = 7},
                "it wrote no newline to descriptor 7"},
               {{.kind = SUP_READY_NOTIFY}, "it did not send READY=1"},
               {{.kind = SUP_READY_TIME, .time = SUP_SECONDS(3600)},
                "it did not run for 1 h"},
               {{.kind = SUP_READY_CONNECT, .text = "/nowhere/socket"},
                "no connection was accepted on /nowhere/socket"},
               {{.kind = SUP_READY_HTTP, .text = "/nowhere/socket"},
                "no status of 200 to 399 came from /nowhere/socket for GET /"},
               {{.kind = SUP_READY_COMMAND, .argv = hangs},
                "'" PROCESS_CHILD " sleep' did not exit with status 0"}};

  (void)state;
  for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
    const char *const ends[] = {PROCESS_CHILD, "out", "here", NULL};
    const char *const stays[] = {PROCESS_CHILD, "out", "here", "sleep", NULL};
    sup_spec *spec = ready_spec("p", stays, rules[i].ready);
    char expected[1000];

    sup_spec_set_start_timeout(spec, SUP_MILLISECONDS(20));
    snprintf(expected, sizeof(expected),
             "it was not up in time: %s; correct its readiness, or raise its "
             "start timeout if it needs longer",
             rules[i].what);
    says_what_did_not_come(spec, SUP_ESTARTTIMEOUT, expected);
    spec = ready_spec("p", ends, rules[i].ready);
    snprintf(expected, sizeof(expected),
             "it ended before it was up: %s; correct its readiness, and let it "
             "stay in the foreground if it does not",
             rules[i].what);
    says_what_did_not_come(spec, SUP_EUNACKNOWLEDGED, expected);
  }
}

/* P2: the last line, if it is one that is waited for. */
static void P2_the_line_that_was_seen_last_is_told(void **state) {
  sup_spec *top = supervisor(), *spec;
  struct output o = {.lines = GATE_INIT};
  sup_report *report;
  sup_tree *tree;
  char text[1000];

  (void)state;
  spec = PROCESS("p", &o, "out", "first", "out", "not yet", "sleep");
  sup_spec_set_start_timeout(spec, SUP_MILLISECONDS(200));
  sup_spec_add(top, spec);
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_ESTART);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "no line of its output contained 'ready'; "
                               "seen last: the line \"not yet\"; correct"));
  assert_unready(report, SUP_READY_LINE);
  sup_report_unref(report);
  sup_spec_unref(top);
  assert_no_children();
}

/* P1 S6 */
static void P1_a_missing_program(void **state) {
  sup_process_end end = {.size = sizeof(end)};
  sup_spec *top = supervisor();
  sup_report *report;
  sup_error *error;
  sup_tree *tree;
  char text[1000];

  (void)state;
  sup_spec_add(top, PROCESS("first", NULL, "sleep"));
  sup_spec_add(
      top,
      process_spec("p", NULL, (const char *const[]){"/nowhere/program", NULL}));
  assert_int_equal(sup_tree_start(world.runtime, top, &tree, &report),
                   SUP_ESTART);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "top/p"));
  assert_non_null(strstr(text, "/nowhere/program"));
  error = sup_report_error(report, 0);
  while (sup_error_cause(error) != NULL)
    error = sup_error_cause(error);
  assert_int_equal(sup_error_code(error), SUP_ESPAWN);
  assert_int_equal(sup_error_system(error), ENOENT);
  assert_int_equal(sup_error_process(error, &end), 0);
  assert_int_equal(end.stage, SUP_STAGE_EXEC);
  sup_report_unref(report);
  sup_spec_unref(top);
  assert_no_children(); /* the first has been stopped again */
}

/* H1 H2 P11: reverse order; who does not hear SIGTERM is killed. */
static void P11_a_process_goes_down_its_ladder(void **state) {
  struct output a = {.lines = GATE_INIT}, b = {.lines = GATE_INIT};
  sup_stop_step steps[] = {{SUP_STOP_CANCEL, 0, SUP_MILLISECONDS(20)},
                           {SUP_STOP_KILL, 0, SUP_INFINITE}};
  sup_spec *top = supervisor(), *deaf;
  sup_event event = {.size = sizeof(event)};
  sup_report *report;
  sup_events *events;
  int64_t details[8];
  size_t asked = 0;
  sup_tree *tree;
  char text[1000], order[200] = "";

  (void)state;
  sup_spec_add(top, PROCESS("a", &a, "out", "ready", "sleep"));
  deaf = PROCESS("b", &b, "ignore", "15", "out", "ready", "sleep");
  assert_int_equal(sup_spec_set_stop_steps(deaf, steps, 2), 0);
  sup_spec_add(top, deaf);
  tree = start_tree(top);
  events = open_events(tree);
  assert_int_equal(sup_tree_stop(tree, SUP_INFINITE, &report),
                   SUP_ETERMINATION);
  sup_report_explain(report, text, sizeof(text));
  assert_non_null(strstr(text, "top/b"));
  assert_null(strstr(text, "top/a"));
  sup_report_unref(report);
  while (sup_events_next(events, &event) == 1) {
    if (event.node_kind != SUP_KIND_PROCESS)
      continue;
    strcat(order, sup_event_kind_name(event.kind));
    strcat(order, event.path + 3);
    strcat(order, " ");
    if (event.kind == SUP_EVENT_STOPPING && asked < 8)
      details[asked++] = event.detail;
  }
  assert_string_equal(order, "stopping/b stopping/b termination failed/b "
                             "stopping/a terminated/a ");
  assert_int_equal(asked, 3);
  assert_int_equal(details[0], SUP_STOP_CANCEL);
  assert_int_equal(details[1], SUP_STOP_KILL);
  sup_events_close(events);
  sup_tree_unref(tree);
  assert_no_children();
}

/* H8: a stop that waits for a process says for which. */
static void H8_a_stop_waits_for_a_process(void **state) {
  struct output o = {.lines = GATE_INIT};
  sup_spec *top = supervisor(), *deaf;
  const sup_node_info *info;
  sup_snapshot *snapshot;
  sup_tree *tree;
  int64_t pid;

  (void)state;
  deaf = PROCESS("b", &o, "ignore", "15", "out", "ready", "sleep");
  assert_int_equal(sup_spec_set_shutdown_timeout(deaf, SUP_SECONDS(60)), 0);
  sup_spec_add(top, deaf);
  tree = start_tree(top);
  pid = pid_of(tree, 1);
  assert_int_equal(sup_tree_request_stop(tree, SUP_INFINITE), 0);
  assert_int_equal(sup_tree_stop_waits(tree, &snapshot), 0);
  assert_int_equal(sup_snapshot_count(snapshot), 1);
  info = sup_snapshot_node(snapshot, 0);
  assert_string_equal(info->path, "top/b");
  assert_int_equal(info->pid, pid);
  assert_int_equal(info->step_action, SUP_STOP_CANCEL);
  assert_int_equal(info->step_count, 2);
  sup_snapshot_free(snapshot);
  assert_int_equal(sup_tree_force_stop(tree), 0);
  assert_int_equal(sup_tree_wait(tree, NULL), SUP_ETERMINATION);
  sup_tree_unref(tree);
}

/* P10 */
static void P10_signals_are_sent_while_it_runs(void **state) {
  struct output o = {.lines = GATE_INIT};
  sup_spec *top = supervisor(), *spec;
  sup_process_end end = {.size = sizeof(end)};
  sup_events *events;
  sup_event event;
  sup_tree *tree;

  (void)state;
  spec = PROCESS("p", &o, "catch", "10", "7", "out", "ready", "sleep");
  sup_spec_set_restart(spec, SUP_TEMPORARY);
  sup_spec_add(top, spec);
  tree = start_tree(top);
  events = open_events(tree);
  gate_await(&o.lines, 1);
  assert_int_equal(sup_child_signal(o.child, 0, false), SUP_EINVAL);
  assert_int_equal(sup_child_signal(o.child, 4711, false), SUP_EINVAL);
  assert_int_equal(sup_child_resume_output(o.child), 0);
  assert_int_equal(sup_child_signal(o.child, SIGUSR1, false), 0);
  event = await_event(events, SUP_EVENT_FAILED, "top/p");
  assert_int_equal(sup_error_process(event.error, &end), 0);
  assert_int_equal(end.status, 7);
  assert_int_equal(sup_child_signal(o.child, SIGUSR1, true), SUP_ENOTRUNNING);
  sup_events_close(events);
  end_tree(tree);
}

/* P4: what is left of the group is gone before the next incarnation. */
static void P4_the_group_goes_with_its_leader(void **state) {
  struct output o = {.lines = GATE_INIT};
  sup_spec *top = supervisor();
  sup_events *events;
  sup_tree *tree;
  pid_t member;

  (void)state;
  sup_spec_add(top, PROCESS("p", &o, "member", "out", "ready", "sleep"));
  tree = start_tree(top);
  events = open_events(tree);
  gate_await(&o.lines, 2);
  member = (pid_t)atoi(o.text);
  assert_true(member > 1);
  assert_int_equal(kill(member, 0), 0);
  assert_int_equal(sup_child_signal(o.child, SIGKILL, false), 0);
  await_event(events, SUP_EVENT_FAILED, "top/p");
  await_event(events, SUP_EVENT_STARTED, "top/p");
  {
    char path[64], line[512] = "";
    FILE *file;

    /* Gone, or a zombie that its new parent has not collected. */
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)member);
    file = fopen(path, "r");
    if (file != NULL) {
      assert_non_null(fgets(line, sizeof(line), file));
      fclose(file);
      assert_non_null(strstr(line, ") Z"));
    }
  }
  sup_events_close(events);
  end_tree(tree);
}

/* Read on until so many failures have been told; the restarts that were
 * scheduled meanwhile. A restart is decided in the step of its failure. */
static int restarts_until(sup_events *events, int failures) {
  sup_event event = {.size = sizeof(event)};
  int restarts = 0;

  while (failures > 0) {
    assert_int_equal(sup_events_wait(events, &event, WATCHDOG), 1);
    failures -= event.kind == SUP_EVENT_FAILED;
    restarts += event.kind == SUP_EVENT_RESTART_SCHEDULED;
  }
  while (sup_events_next(events, &event) == 1)
    restarts += event.kind == SUP_EVENT_RESTART_SCHEDULED;
  return restarts;
}

/* X6: permanent ones are not started again if their end is hopeless. */
static void X6_a_hopeless_process_is_not_restarted(void **state) {
  static const uint8_t config[] = {78};
  static const int aborted[] = {SIGABRT};
  sup_spec *top = supervisor(), *spec;
  sup_events *events;
  sup_tree *tree;

  (void)state;
  spec = PROCESS("status", NULL, "exit", "78");
  sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, config, 1);
  sup_spec_add(top, spec);
  spec = PROCESS("signal", NULL, "abort");
  sup_spec_set_failure_signals(spec, SUP_FAILURE_HOPELESS, aborted, 1);
  sup_spec_add(top, spec);
  tree = create_tree(top);
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(restarts_until(events, 2), 0);
  assert_int_equal(sup_tree_get_state(tree), SUP_TREE_RUNNING);
  sup_events_close(events);
  end_tree(tree);
}

/* X6 X4: nor one that ends so before it was up again. */
static void X6_a_hopeless_start_is_not_tried_again(void **state) {
  static const uint8_t config[] = {78};
  static const char script[] =
      "if [ -e \"$0\" ]; then exit 78; fi; : > \"$0\"; echo ready; exit 1";
  char file[] = "/tmp/process_tree_test.XXXXXX";
  struct output o = {.lines = GATE_INIT};
  sup_spec *top = supervisor(), *spec;
  sup_event event = {.size = sizeof(event)};
  sup_events *events;
  sup_tree *tree;

  (void)state;
  assert_int_equal(close(mkstemp(file)), 0);
  assert_int_equal(unlink(file), 0);
  spec = process_spec(
      "p", &o, (const char *const[]){"/bin/sh", "-c", script, file, NULL});
  sup_spec_set_failure_statuses(spec, SUP_FAILURE_HOPELESS, config, 1);
  sup_spec_add(top, spec);
  tree = create_tree(top);
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  await_event(events, SUP_EVENT_RESTART_SCHEDULED, "top/p");
  await_event(events, SUP_EVENT_START_FAILED, "top/p");
  while (sup_events_next(events, &event) == 1)
    assert_int_not_equal(event.kind, SUP_EVENT_RESTART_SCHEDULED);
  assert_int_equal(unlink(file), 0);
  sup_events_close(events);
  end_tree(tree);
}

/* X6: a temporary one is started again if its end forces that, and each time
 * counts: the third is one too many. */
static void X6_a_forced_process_is_restarted_and_counted(void **state) {
  static const uint8_t again[] = {75};
  sup_spec *top = supervisor(), *spec;
  sup_events *events;
  sup_report *report;
  sup_tree *tree;

  (void)state;
  sup_spec_set_tolerance(top, 2, 0);
  spec = PROCESS("p", NULL, "exit", "75");
  sup_spec_set_restart(spec, SUP_TEMPORARY);
  sup_spec_set_failure_statuses(spec, SUP_FAILURE_FORCED, again, 1);
  sup_spec_add(top, spec);
  tree = create_tree(top);
  events = open_events(tree);
  assert_int_equal(sup_tree_launch(tree, NULL), 0);
  assert_int_equal(sup_tree_wait(tree, &report), SUP_ETOLERANCE);
  sup_report_unref(report);
  assert_int_equal(restarts_until(events, 3), 2);
  sup_events_close(events);
  sup_tree_unref(tree);
}

#define each_watcher(function)                                                 \
  world_test_with(function, with_pidfd),                                       \
      world_test_with(function, without_pidfd)

int main(void) {
  const struct CMUnitTest tests[] = {
      each_watcher(P3_a_killed_process_is_restarted),
      each_watcher(P2_it_is_up_after_a_time_or_a_connection),
      world_test_with(P2_it_is_up_after_a_time_or_a_connection,
                      with_manual_time),
      each_watcher(P2_who_is_not_up_has_not_started),
      each_watcher(P2_what_it_waited_for_is_told),
      each_watcher(P2_the_line_that_was_seen_last_is_told),
      each_watcher(P1_a_missing_program),
      each_watcher(P11_a_process_goes_down_its_ladder),
      each_watcher(H8_a_stop_waits_for_a_process),
      each_watcher(P10_signals_are_sent_while_it_runs),
      each_watcher(P4_the_group_goes_with_its_leader),
      each_watcher(X6_a_hopeless_process_is_not_restarted),
      each_watcher(X6_a_hopeless_start_is_not_tried_again),
      each_watcher(X6_a_forced_process_is_restarted_and_counted),
  };

  return run_all(tests);
}
