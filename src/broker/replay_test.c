/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

enum { BEGAN = 1000000000, MS = 1000 };

static void an_authenticator_counts_once(void **state) {
    static const struct {
        const char *name, *authenticator;
        int made_s, now_s;
        enum replay_verdict verdict;
    } ROWS[] = {
        {"the first", "a", 10, 10, REPLAY_NEW},
        {"the same", "a", 10, 10, REPLAY_SEEN},
        {"the same, later", "a", 10, 300, REPLAY_SEEN},
        {"another", "b", 10, 10, REPLAY_NEW},
        {"of a clock behind", "c", 1, 301, REPLAY_NEW},
        {"of a clock ahead", "d", 600, 301, REPLAY_NEW},
        {"the same, at the end of its time", "d", 600, 900, REPLAY_SEEN},
        {"too old", "e", 1, 302, REPLAY_SKEWED},
        {"too new", "f", 602, 301, REPLAY_SKEWED},
        {"from before the start", "g", -1, 10, REPLAY_EARLIER},
        {"of the moment of the start", "h", 0, 10, REPLAY_EARLIER},
        {"one from before is not remembered", "g", 700, 700, REPLAY_NEW},
    };
    struct replay *r = replay_new(BEGAN);
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        enum replay_verdict got =
            replay_judge(r, str_of(ROWS[i].authenticator), BEGAN + MS * ROWS[i].made_s,
                         BEGAN + MS * ROWS[i].now_s);
        if (got != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, got);
    }
    replay_free(r);
}

static void what_cannot_be_remembered_is_refused_until_there_is_room(void **state) {
    struct replay *r = replay_new(BEGAN);
    char text[32];
    (void)state;
    for (int i = 0; i < REPLAY_MAX; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_int_equal(replay_judge(r, str_of(text), BEGAN + MS, BEGAN + MS), REPLAY_NEW);
    }
    assert_int_equal(replay_judge(r, STR("x"), BEGAN + MS, BEGAN + MS), REPLAY_FULL);
    assert_int_equal(replay_judge(r, STR("7"), BEGAN + MS, BEGAN + MS), REPLAY_SEEN);
    assert_int_equal(replay_judge(r, STR("x"), BEGAN + 700 * MS, BEGAN + 700 * MS), REPLAY_NEW);
    replay_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authenticator_counts_once),
        cmocka_unit_test(what_cannot_be_remembered_is_refused_until_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
