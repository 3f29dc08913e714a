/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/sign_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Every spelling that a directory takes for one account must come out as one name, or not at all:
 * the throttle counts by it. */
static void each_spelling_of_an_account_is_one_name_or_none(void **state) {
    (void)state;
    static const struct {
        const char *typed, *name; /* NULL: refused */
    } ROWS[] = {
        {"alice", "alice"},
        {"ALICE", "alice"},
        {"alice@CORP.EXAMPLE", "alice"},
        {"Alice@corp.example", "alice"},
        {"CORP\\alice", "alice"},
        {"corp\\Alice", "alice"},
        {"alice smith", "alice smith"},
        {"alice.smith-1_x$", "alice.smith-1_x$"},
        {"\xc3\xa4lice", "\xc3\xa4lice"},
        {"corp\\ alice", NULL},
        {"corp\\alice ", NULL},
        {" alice", NULL},
        {"alice ", NULL},
        {"alice @CORP.EXAMPLE", NULL},
        {"alice@ CORP.EXAMPLE", NULL},
        {"alice  smith", NULL},
        {"\talice", NULL},
        {"", NULL},
        {"@CORP.EXAMPLE", NULL},
        {"CORP\\", NULL},
        {"alice@OTHER.EXAMPLE", NULL},
        {"OTHER\\alice", NULL},
        {"CORP.EXAMPLE\\alice", NULL},
        {"alice@CORP.EXAMPLE@CORP.EXAMPLE", NULL},
        {"CORP\\alice@CORP.EXAMPLE", NULL},
        {"CORP\\CORP\\alice", NULL},
        {"alice/admin", NULL},
        {"alice\x01", NULL},
        {"alice\x7f", NULL},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct str name;
        arena_init(&a, 4096);
        bool is_one = sign_in_normalise(&a, str_of(ROWS[i].typed), STR("CORP.EXAMPLE"), &name);
        if (is_one != (ROWS[i].name != NULL) || !str_eq(name, str_of(ROWS[i].name)))
            fail_msg("\"%s\" became \"%.*s\"", ROWS[i].typed, STR_ARG(name));
        arena_fini(&a);
    }
}

static void a_name_that_is_too_long_is_none(void **state) {
    (void)state;
    char typed[SIGN_IN_USER_MAX + 1];
    struct arena a;
    struct str name;
    memset(typed, 'a', sizeof typed);
    arena_init(&a, 4096);
    assert_true(sign_in_normalise(&a, str_n(typed, SIGN_IN_USER_MAX), STR("CORP.EXAMPLE"), &name));
    assert_false(
        sign_in_normalise(&a, str_n(typed, SIGN_IN_USER_MAX + 1), STR("CORP.EXAMPLE"), &name));
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_spelling_of_an_account_is_one_name_or_none),
        cmocka_unit_test(a_name_that_is_too_long_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
