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
 * N1 to N6, S11: setters and the check of a whole spec against a reference
 * that compares every pair; without memory nothing is taken for good.
 */

#include "fuzz_spec.h"

static void check_report(const sup_report *report, int code) {
  char text[256];
  size_t i, faults = 0;
  FUZZ_CHECK(report == NULL || sup_report_code(report) == code);
  for (i = 0; report != NULL && i < sup_report_count(report); i++) {
    const sup_error *error = sup_report_error(report, i);
    FUZZ_CHECK(sup_error_path(error) != NULL);
    FUZZ_CHECK(sup_error_text(error)[0] != '\0');
    faults += sup_error_code(error) != 0;
  }
  if (report != NULL)
    sup_report_explain(report, text, sizeof(text));
  FUZZ_CHECK(code != SUP_ESPEC || report == NULL || faults > 0);
}

/* Without memory the check may fail, but not find a spec in order that is
 * not. */
static void check_poorly(struct fuzz *in, sup_spec *spec, bool faulty) {
  sup_report *report = NULL;
  uint64_t from = fuzz_byte(in);
  int code;
  fuzz_refuse(from, from + fuzz_byte(in));
  code = sup_spec_check(spec, &report);
  FUZZ_CHECK(code == SUP_ENOMEM ? fuzz_refused() > 0 : (code != 0) == faulty);
  fuzz_refuse(0, 0);
  sup_report_unref(report);
}

void fuzz_one(struct fuzz *in) {
  sup_report *report = NULL;
  bool tame = fuzz_one_in(in, 4);
  uint64_t from = fuzz_one_in(in, 4) ? fuzz_byte(in) : 0;
  bool refused, faulty;
  sup_spec *spec;
  int code;
  fuzz_refuse(from, from + (from == 0 ? 0 : fuzz_byte(in)));
  spec = fuzz_spec(in, tame);
  refused = fuzz_refused() > 0;
  fuzz_refuse(0, 0);
  if (spec == NULL) {
    FUZZ_CHECK(refused);
    return;
  }
  faulty = fuzz_spec_is_faulty(spec);
  code = sup_spec_check(spec, &report);
  FUZZ_CHECK(code == (faulty ? SUP_ESPEC : 0));
  check_report(report, code);
  sup_report_unref(report);
  check_poorly(in, spec, faulty);
  if (fuzz_one_in(in, 2)) {
    sup__spec_freeze(spec);
    FUZZ_CHECK(sup_spec_set_restart(spec, SUP_PERMANENT) == SUP_EFROZEN);
  }
  sup_spec_unref(spec);
}
