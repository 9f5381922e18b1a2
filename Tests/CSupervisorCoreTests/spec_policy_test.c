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
 * Specs: policies, resources, putting together: N7, P11, the spec's part of C2
 * and C6.
 */

#include "spec_fixture.h"

/* ---- Policies ----------------------------------------------------------- */

static void defaults_N7(void **state) {
  sup_spec *w = worker("w");
  sup_spec *p = process("p");
  sup_spec *s = supervisor("s");
  const struct sup_supervisor_spec *part = s->u.supervisor;
  (void)state;
  assert_int_equal(sup_spec_kind(w), SUP_KIND_CALLBACK);
  assert_int_equal(w->policy->restart, SUP_PERMANENT);
  assert_int_equal(w->policy->start_timeout, SUP_SECONDS(30));
  assert_int_equal(w->policy->step_count, 1);
  assert_int_equal(w->policy->steps[0].action, SUP_STOP_CANCEL);
  assert_int_equal(w->policy->steps[0].timeout, SUP_SECONDS(5));
  assert_false(w->policy->has_backoff);
  assert_false(w->policy->notify_start);

  assert_int_equal(sup_spec_kind(p), SUP_KIND_PROCESS);
  assert_int_equal(p->policy->step_count, 2);
  assert_int_equal(p->policy->steps[0].action, SUP_STOP_CANCEL);
  assert_int_equal(p->policy->steps[0].signal, 0);
  assert_int_equal(p->policy->steps[0].timeout, SUP_SECONDS(5));
  assert_int_equal(p->policy->steps[1].action, SUP_STOP_KILL);

  assert_int_equal(sup_spec_kind(s), SUP_KIND_SUPERVISOR);
  assert_int_equal(s->policy->start_timeout, SUP_INFINITE);
  assert_int_equal(s->policy->shutdown_timeout, SUP_INFINITE);
  assert_int_equal(part->strategy, SUP_ONE_FOR_ONE);
  assert_int_equal(part->order, SUP_LEFT_TO_RIGHT);
  assert_int_equal(part->tolerance_max, 1);
  assert_int_equal(part->tolerance_window, SUP_SECONDS(5));
  assert_int_equal(part->backoff.immediate, 3);
  assert_int_equal(part->backoff.initial, SUP_MILLISECONDS(10));
  assert_int_equal(part->backoff.maximum, SUP_SECONDS(30));
  assert_int_equal(part->backoff.reset_after, SUP_SECONDS(10));
  assert_true(part->backoff.multiplier == 2.0);
  assert_true(part->backoff.jitter == 0.2);
  sup_spec_unref(w);
  sup_spec_unref(p);
  sup_spec_unref(s);
}

static void setters_change_one_spec_only(void **state) {
  const sup_stop_step steps[] = {{SUP_STOP_DRAIN, 0, 7},
                                 {SUP_STOP_CANCEL, 0, forever}};
  sup_backoff backoff = SUP_BACKOFF_NONE;
  sup_spec *a = worker("a");
  sup_spec *b = worker("b");
  struct sup_policy *own;
  (void)state;
  assert_ptr_equal(a->policy, b->policy);
  assert_int_equal(sup_spec_set_restart(a, SUP_TRANSIENT), 0);
  own = a->policy;
  assert_ptr_not_equal(own, b->policy);
  assert_int_equal(b->policy->restart, SUP_PERMANENT);
  assert_int_equal(sup_spec_set_start_timeout(a, 3), 0);
  assert_int_equal(sup_spec_set_notify_start(a, true), 0);
  assert_int_equal(sup_spec_set_backoff(a, &backoff), 0);
  assert_int_equal(sup_spec_set_when_stuck(a, SUP_STUCK_ESCALATE, 9), 0);
  assert_int_equal(sup_spec_set_shutdown_timeout(a, 4), 0);
  assert_ptr_equal(a->policy, own); /* its own already */
  assert_int_equal(own->steps[0].timeout, 4);
  assert_int_equal(sup_spec_set_stop_steps(a, steps, 2), 0);
  own = a->policy;
  assert_int_equal(own->restart, SUP_TRANSIENT);
  assert_int_equal(own->start_timeout, 3);
  assert_true(own->notify_start);
  assert_true(own->has_backoff);
  assert_int_equal(own->backoff.immediate, UINT32_MAX);
  assert_int_equal(own->when_stuck, SUP_STUCK_ESCALATE);
  assert_int_equal(own->stuck_after, 9);
  assert_int_equal(own->step_count, 2);
  assert_int_equal(own->steps[0].timeout, 7);
  assert_int_equal(own->steps[1].timeout, SUP_INFINITE);
  assert_int_equal(sup__default_worker_policy.restart, SUP_PERMANENT);
  assert_int_equal(sup__default_worker_policy.step_count, 1);
  assert_no_faults(a);
  sup_spec_unref(a);
  sup_spec_unref(b);
}

static void a_shared_policy_is_copied_before_a_change(void **state) {
  sup_spec *a = worker("a");
  sup_spec *b = worker("b");
  sup_spec *c = process("c");
  (void)state;
  sup_spec_set_start_timeout(a, 3);
  assert_int_equal(sup_spec_share_policy(b, a), 0);
  assert_int_equal(sup_spec_share_policy(b, b), 0);
  assert_ptr_equal(a->policy, b->policy);
  sup_spec_set_start_timeout(b, 4);
  assert_int_equal(a->policy->start_timeout, 3);
  assert_int_equal(b->policy->start_timeout, 4);
  sup_spec_share_policy(b, a);
  sup_spec_set_start_timeout(a, 5); /* the one that was shared */
  assert_int_equal(b->policy->start_timeout, 3);
  sup_spec_share_policy(a, b);
  sup_spec_unref(b);
  assert_int_equal(a->policy->start_timeout, 3);
  assert_no_faults(a);
  assert_int_equal(sup_spec_share_policy(a, c), SUP_EINVAL);
  assert_one_fault(a, "another kind");
  sup_spec_unref(a);
  sup_spec_unref(c);
}

static void a_supervisor_shares_its_numbers_too(void **state) {
  sup_spec *a = sup_supervisor_spec("a", SUP_ONE_FOR_ALL);
  sup_spec *b = supervisor("b");
  (void)state;
  sup_spec_set_order(a, SUP_RIGHT_TO_LEFT);
  sup_spec_set_tolerance(a, 9, SUP_INFINITE);
  with_backoff(a, 3, 0, 4, 5);
  sup_spec_set_shutdown_timeout(a, 11);
  assert_int_equal(sup_spec_share_policy(b, a), 0);
  assert_int_equal(b->u.supervisor->order, SUP_RIGHT_TO_LEFT);
  assert_int_equal(b->u.supervisor->tolerance_max, 9);
  assert_int_equal(b->u.supervisor->tolerance_window, 0); /* never forgets */
  assert_int_equal(b->u.supervisor->backoff.initial, 4);
  assert_int_equal(b->policy->shutdown_timeout, 11);
  assert_int_equal(b->u.supervisor->strategy, SUP_ONE_FOR_ONE);
  sup_spec_unref(a);
  sup_spec_unref(b);
}

static void the_shutdown_timeout_of_a_process_P11(void **state) {
  sup_stop_step steps[] = {
      {SUP_STOP_DRAIN, 1, 7}, {SUP_STOP_CANCEL, 2, 8}, {SUP_STOP_KILL, 0, 9}};
  sup_spec *p = process("p");
  (void)state;
  assert_int_equal(sup_spec_set_shutdown_timeout(p, 3), 0);
  assert_int_equal(p->policy->step_count, 2);
  assert_int_equal(p->policy->steps[0].timeout, 3);
  assert_int_equal(p->policy->steps[1].timeout, SUP_SECONDS(2));

  assert_int_equal(sup_spec_set_stop_steps(p, steps, 3), 0);
  assert_int_equal(sup_spec_set_shutdown_timeout(p, SUP_INFINITE), 0);
  assert_int_equal(p->policy->step_count, 3);
  assert_int_equal(p->policy->steps[0].timeout, 7);
  assert_int_equal(p->policy->steps[1].timeout, SUP_INFINITE);
  assert_int_equal(p->policy->steps[1].signal, 2);

  /* At once: only the kill is left; and back to asking. */
  assert_int_equal(sup_spec_set_shutdown_timeout(p, 0), 0);
  assert_int_equal(p->policy->step_count, 1);
  assert_int_equal(p->policy->steps[0].action, SUP_STOP_KILL);
  assert_int_equal(p->policy->steps[0].timeout, 9);
  assert_int_equal(sup_spec_set_shutdown_timeout(p, 6), 0);
  assert_int_equal(p->policy->step_count, 2);
  assert_int_equal(p->policy->steps[0].action, SUP_STOP_CANCEL);
  assert_int_equal(p->policy->steps[0].timeout, 6);
  assert_int_equal(p->policy->steps[1].action, SUP_STOP_KILL);
  assert_int_equal(p->policy->steps[1].timeout, 9);

  /* A ladder that never kills keeps to that, unless it is to kill at once. */
  assert_int_equal(sup_spec_set_stop_steps(p, steps, 2), 0);
  assert_int_equal(sup_spec_set_shutdown_timeout(p, 5), 0);
  assert_int_equal(p->policy->step_count, 2);
  assert_int_equal(p->policy->steps[1].timeout, 5);
  assert_int_equal(sup_spec_set_shutdown_timeout(p, 0), 0);
  assert_int_equal(p->policy->step_count, 1);
  assert_int_equal(p->policy->steps[0].action, SUP_STOP_KILL);
  assert_no_faults(p);
  sup_spec_unref(p);
}

/* ---- Resources ---------------------------------------------------------- */

static void the_context_of_a_resource_is_freed_once_C6(void **state) {
  const sup_resource good = {
      .size = sizeof good, .build = build_nothing, .free = count_free};
  sup_resource bad = good;
  sup_spec *spec = supervisor("a");
  (void)state;
  freed = 0;
  assert_int_equal(sup_spec_set_resource(spec, &good, &freed), 0);
  assert_ptr_equal(spec->u.supervisor->resource, &good);
  assert_int_equal(freed, 0);
  assert_no_faults(spec);
  assert_int_equal(sup_spec_set_resource(spec, &good, &freed), SUP_EINVAL);
  assert_int_equal(freed, 1);
  assert_one_fault(spec, "already");
  sup__spec_freeze(spec);
  assert_int_equal(sup_spec_set_resource(spec, &good, &freed), SUP_EFROZEN);
  assert_int_equal(freed, 2);
  sup_spec_unref(spec);
  assert_int_equal(freed, 3);

  refuses(worker("a"), "only a supervisor",
          sup_spec_set_resource(spec, &good, &freed));
  assert_int_equal(freed, 5); /* the worker's context as well */
  bad.build = NULL;
  refuses(supervisor("a"), "build", sup_spec_set_resource(spec, &bad, &freed));
  bad = good;
  bad.flags = SUP_CALLBACKS_REPORT_BEGIN;
  refuses(supervisor("a"), "flag", sup_spec_set_resource(spec, &bad, &freed));
  bad.flags = SUP_CALLBACKS_STOP_MAY_BLOCK;
  refuses(supervisor("a"), "ANY_THREAD",
          sup_spec_set_resource(spec, &bad, &freed));
  bad = good;
  bad.size--;
  refuses(supervisor("a"), "size", sup_spec_set_resource(spec, &bad, &freed));
  assert_int_equal(freed, 9);
  refuses(supervisor("a"), "size",
          sup_spec_set_resource(spec, nothing, &freed));
  assert_int_equal(sup_spec_set_resource(nothing, &good, &freed), SUP_ENOMEM);
  assert_int_equal(freed, 10);
}

/* ---- Putting together --------------------------------------------------- */

static void adding_takes_the_child_even_on_error_C6(void **state) {
  sup_spec *a = worker("a");
  sup_spec *s = supervisor("s");
  (void)state;
  freed = 0;
  assert_int_equal(sup_spec_add(a, worker("b")), SUP_EINVAL);
  assert_int_equal(freed, 1);
  assert_one_fault(a, "the child \"b\" was not added: only a supervisor");
  assert_int_equal(sup_spec_add(NULL, worker("b")), SUP_ENOMEM);
  assert_int_equal(freed, 2);
  sup__spec_freeze(s);
  assert_int_equal(sup_spec_add(s, worker("b")), SUP_EFROZEN);
  assert_int_equal(freed, 3);
  assert_int_equal(sup_spec_add(s, NULL), SUP_EFROZEN);
  assert_no_faults(s);
  sup_spec_unref(a);
  sup_spec_unref(s);

  /* What a constructor without memory gave is not forgotten. */
  s = supervisor("s");
  assert_int_equal(sup_spec_add(s, NULL), SUP_ENOMEM);
  assert_one_fault(s, "not enough memory");
  sup_spec_unref(s);
  assert_int_equal(sup_spec_check(nothing, NULL), SUP_ENOMEM);
  assert_int_equal(sup_spec_set_restart(nothing, SUP_PERMANENT), SUP_ENOMEM);
}

static void a_spec_cannot_contain_itself_C6(void **state) {
  sup_spec *a = supervisor("a");
  sup_spec *b = supervisor("b");
  sup_spec *c = supervisor("c");
  (void)state;
  assert_int_equal(sup_spec_add(a, sup_spec_ref(a)), SUP_EINVAL);
  assert_one_fault(a, "child of itself");
  assert_int_equal(sup_spec_add(a, a), SUP_EINVAL); /* is still there */
  sup_spec_unref(a);

  a = supervisor("a");
  assert_int_equal(sup_spec_add(b, sup_spec_ref(c)), 0);
  assert_int_equal(sup_spec_add(a, sup_spec_ref(b)), 0);
  assert_int_equal(sup_spec_add(c, sup_spec_ref(a)), SUP_EINVAL);
  assert_one_fault(c, "the child \"a\" was not added: it contains this");
  assert_int_equal(c->u.supervisor->child_count, 0);
  /* Nothing of the search is left, and others can still be added. */
  assert_null(a->u.supervisor->next);
  assert_null(b->u.supervisor->next);
  assert_null(c->u.supervisor->next);
  assert_int_equal(sup_spec_add(a, sup_spec_ref(c)), 0);
  sup_spec_unref(a);
  sup_spec_unref(b);
  sup_spec_unref(c);
}

static void a_circle_ends_the_check_N5(void **state) {
  /* Adding refuses it, so it is made by hand. */
  sup_spec *a = supervisor("a");
  sup_spec *b = supervisor("b");
  sup_spec *w = worker("w");
  (void)state;
  sup_spec_add(a, b);
  sup_spec_add(b, w);
  b->u.supervisor->children[0] = sup_spec_ref(a);
  assert_faults(a, SUP_ESPEC,
                "the spec has faults:\n"
                "  a/b/a: the supervisor contains itself, so the tree would "
                "have no end; make another spec");
  b->u.supervisor->children[0] = w;
  sup_spec_unref(a);
  sup_spec_unref(a);
}

static void a_frozen_spec_does_not_change_C6(void **state) {
  const sup_stop_step step = {SUP_STOP_CANCEL, 0, 1};
  sup_backoff backoff = SUP_BACKOFF_NONE;
  sup_spec *root = supervisor("root");
  sup_spec *inner = supervisor("inner");
  sup_spec *w = worker("w");
  (void)state;
  sup_spec_add(inner, sup_spec_ref(w));
  sup_spec_add(root, sup_spec_ref(inner));
  sup__spec_freeze(root);
  sup__spec_freeze(root);
  assert_int_equal(sup_spec_set_restart(w, SUP_TEMPORARY), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_shutdown_timeout(w, 1), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_stop_steps(w, &step, 1), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_start_timeout(w, 0), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_notify_start(w, true), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_backoff(w, &backoff), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_when_stuck(w, SUP_STUCK_WAIT, 0), SUP_EFROZEN);
  assert_int_equal(sup_spec_share_policy(w, w), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_order(inner, SUP_LEFT_TO_RIGHT), SUP_EFROZEN);
  assert_int_equal(sup_spec_set_tolerance(inner, 70000, 1), SUP_EFROZEN);
  assert_int_equal(sup_spec_add(inner, sup_spec_ref(inner)), SUP_EFROZEN);
  assert_ptr_equal(w->policy, &sup__default_worker_policy);
  assert_no_faults(root);
  sup_spec_unref(root);

  /* Frozen, they can be part of another tree. */
  root = supervisor("another");
  assert_int_equal(sup_spec_add(root, inner), 0);
  assert_no_faults(root);
  sup__spec_freeze(root);
  sup_spec_unref(root);
  sup_spec_unref(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      counted_test(defaults_N7),
      counted_test(setters_change_one_spec_only),
      counted_test(a_shared_policy_is_copied_before_a_change),
      counted_test(a_supervisor_shares_its_numbers_too),
      counted_test(the_shutdown_timeout_of_a_process_P11),
      counted_test(the_context_of_a_resource_is_freed_once_C6),
      counted_test(adding_takes_the_child_even_on_error_C6),
      counted_test(a_spec_cannot_contain_itself_C6),
      counted_test(a_circle_ends_the_check_N5),
      counted_test(a_frozen_spec_does_not_change_C6),
  };
  return cmocka_run_group_tests_name("spec policy", tests, NULL, NULL);
}
