/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "directory/directory.h"

#include <sys/socket.h>
#include <unistd.h>

static unsigned steps;

static bool step(void *user, struct str in, struct buf *out, bool *is_done, struct err *e) {
    (void)user, (void)in, (void)out, (void)e;
    *is_done = false;
    steps++;
    return true;
}

/* Answers to the binds 1 to `count`, all said before they are asked for: more proof is wanted. */
static int server(unsigned count) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (unsigned i = 1; i <= count; i++) {
        char answer[] = "\x30\x0c\x02\x01?\x61\x07\x0a\x01\x0e\x04\x00\x04\x00";
        answer[4] = (char)i;
        assert_int_equal(write(pair[1], answer, sizeof answer - 1), sizeof answer - 1);
    }
    shutdown(pair[1], SHUT_WR);
    return pair[0];
}

static void a_server_that_says_ever_more_is_left_at_the_end_of_the_wait(void **state) {
    (void)state;
    static const struct directory_security security = {.step = step};
    static const struct {
        int64_t wait_us;
        const char *why;
        unsigned steps;
    } ROWS[] = {
        {60 * (int64_t)1000000, "asks for no end of proof", 8},
        {0, "no answer in time", 1},
        {-1, "no answer in time", 1},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct directory_open o = {.fd = server(16),
                                   .host = "dc1.corp.example",
                                   .security = &security,
                                   .until_us = clock_mono_us() + ROWS[i].wait_us};
        struct err e = {ERR_NONE};
        steps = 0;
        assert_null(directory_open(&o, &e));
        if (!strstr(e.detail, ROWS[i].why) || steps != ROWS[i].steps)
            fail_msg("row %zu: %u steps, %s", i, steps, e.detail);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_says_ever_more_is_left_at_the_end_of_the_wait),
    };
    directory_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
