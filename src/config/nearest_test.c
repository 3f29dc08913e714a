/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/nearest.h"

static void proposes_what_was_meant(void **state) {
    (void)state;
    static const char *const NAMES[] = {"listen", "session", "threads", "run_as", "limits", "spn"};
    static const struct {
        const char *typed, *expected;
    } ROWS[] = {
        {"listen", "listen"},
        {"listn", "listen"},
        {"lsiten", "listen"},
        {"liisten", "listen"},
        {"Sessions", "session"},
        {"thraeds", "threads"},
        {"run-as", "run_as"},
        {"limit", "limits"},
        {"spm", "spn"},
        {"xyz", NULL},
        {"", NULL},
        {"certificate", NULL},
        {"lmts", NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct nearest n;
        nearest_init(&n, str_of(ROWS[i].typed));
        for (size_t j = 0; j < sizeof NAMES / sizeof *NAMES; j++)
            nearest_offer(&n, NAMES[j]);
        const char *want = ROWS[i].expected;
        if (!n.best != !want || (want && strcmp(n.best, want) != 0))
            fail_msg("%s: %s", ROWS[i].typed, n.best ? n.best : "nothing");
    }
}

static void long_text_is_not_measured(void **state) {
    (void)state;
    char typed[1000];
    struct nearest n;
    memset(typed, 'a', sizeof typed);
    nearest_init(&n, str_n(typed, sizeof typed));
    nearest_offer(&n, "aaaa");
    assert_null(n.best);
    nearest_init(&n, STR("aaaaaaaaa"));
    typed[sizeof typed - 1] = 0;
    nearest_offer(&n, typed);
    assert_null(n.best);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposes_what_was_meant),
        cmocka_unit_test(long_text_is_not_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
