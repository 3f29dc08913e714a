/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of checks share: facts written as JSON with single quotes, a check run over them,
 * and what it said.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "doctor/checks.h"

#include <stdlib.h>
#include <string.h>

struct checked {
    struct arena arena;
    json_t *facts;
    struct checking c;
};

/* For checked_free. `text`: JSON, single quotes for double ones. */
static inline struct checked *checked(const char *text, enum doctor_link broken,
                                      void (*judge)(struct checking *c)) {
    struct checked *t = calloc(1, sizeof *t);
    assert_non_null(t);
    arena_init(&t->arena, 1 << 20);
    char *json = strdup(text);
    assert_non_null(json);
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_error_t error;
    t->facts = json_loads(json, 0, &error);
    if (!t->facts)
        fail_msg("%s at %d in %s", error.text, error.position, text);
    free(json);
    t->c = (struct checking){.facts = t->facts,
                             .broken = broken,
                             .now_s = 1800000000,
                             .arena = &t->arena,
                             .detail = json_array(),
                             .evidence = json_array(),
                             .remedies = json_array()};
    judge(&t->c);
    return t;
}

static inline void checked_free(struct checked *t) {
    json_decref(t->facts);
    json_decref(t->c.detail);
    json_decref(t->c.evidence);
    json_decref(t->c.remedies);
    arena_fini(&t->arena);
    free(t);
}

/* Whether `word` stands in a sentence, a line of evidence or a command. */
static inline bool says(const struct checked *t, const char *word) {
    const json_t *lists[] = {t->c.detail, t->c.evidence, t->c.remedies};
    bool is_there = false;
    for (size_t i = 0; i < 3; i++) {
        char *text = json_dumps(lists[i], JSON_ENCODE_ANY);
        is_there |= text && strstr(text, word);
        free(text);
    }
    return is_there;
}
