/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of redaction share: a table, and what it makes of a text.
 */
#pragma once
#include "doctor/testing.h"

#include "base/buf.h"
#include "doctor/redact_table.h"

#include <stdio.h>

static inline int table_make(void **state) {
    struct redact_table *t = calloc(1, sizeof *t);
    redact_table_init(t);
    *state = t;
    return t->failed;
}

static inline int table_free(void **state) {
    redact_table_fini(*state);
    free(*state);
    return 0;
}

/* What becomes of `text`, until the next call. */
static inline const char *redacted(struct redact_table *t, const char *text) {
    static char shown[4096];
    struct buf out;
    buf_init(&out, sizeof shown - 1);
    redact_sort(t);
    redact_text(t, &out, str_of(text));
    assert_false(t->failed);
    memcpy(shown, buf_str(&out).p, buf_size(&out));
    shown[buf_size(&out)] = 0;
    buf_fini(&out);
    return shown;
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, table_make, table_free)
