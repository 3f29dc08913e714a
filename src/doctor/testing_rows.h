/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of faults for the tests of checks, and what facts about tickets look like.
 */
#pragma once
#include "doctor/testing.h"

/* One fault, or none: what the check says of it, and a word that stands there. */
struct row {
    const char *what, *facts;
    void (*judge)(struct checking *c);
    enum doctor_outcome outcome;
    const char *word, *command; /* NULL: none is looked for */
};

static inline void run(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct checked *t = checked(rows[i].facts, LINKS, rows[i].judge);
        bool is_right = t->c.outcome == rows[i].outcome;
        is_right &= !rows[i].word || says(t, rows[i].word);
        is_right &= !rows[i].command || says(t, rows[i].command);
        if (!is_right) {
            json_t *said = json_pack("[O,O,O]", t->c.detail, t->c.evidence, t->c.remedies);
            fail_msg("%s: outcome %d, %s", rows[i].what, (int)t->c.outcome, json_dumps(said, 0));
        }
        if (t->c.outcome == OUTCOME_FAIL && !json_array_size(t->c.remedies))
            fail_msg("%s: no remedy", rows[i].what);
        checked_free(t);
    }
}
#define RUN(rows) run(rows, sizeof(rows) / sizeof *(rows))

/* One fault, and what the check does not say of it. */
struct unsaid {
    const char *what, *facts;
    void (*judge)(struct checking *c);
    const char *word;
};

static inline void run_unsaid(const struct unsaid *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct checked *t = checked(rows[i].facts, LINKS, rows[i].judge);
        if (t->c.outcome == OUTCOME_NONE || says(t, rows[i].word))
            fail_msg("%s: %s is said, or nothing at all", rows[i].what, rows[i].word);
        checked_free(t);
    }
}
#define RUN_UNSAID(rows) run_unsaid(rows, sizeof(rows) / sizeof *(rows))

#define APP "'app':{'spn':'HTTP/web.corp.example','claim':'upn','realm':'CORP.EXAMPLE'},"
#define REFUSED(step, code, error)                                                                 \
    "{'ok':false,'step':'" step "','kdc':'10.0.0.10:88','code':" #code ",'error':'" error          \
    "','detail':'refused'}"
#define GOOD "{'ok':true,'code':0,'kdc':'10.0.0.10:88','forwardable':true}"
#define BOUND                                                                                      \
    "{'ok':true,'code':0,'kdc':'10.0.0.10:88','forwardable':false,'pac':{'account':'alice'}}"
