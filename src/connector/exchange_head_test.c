/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests whose heads are larger than their back end takes.
 */
#include "connector/testing_person.h"

/* The answer itself is passed on. */
static void a_head_that_is_too_large_for_the_back_end_is_written_down(void **state) {
    static char target[8000] = "/";
    static const struct {
        const char *said; /* NULL: the connection ends */
        bool is_long, is_told;
    } ROWS[] = {
        {"400 Bad Request", true, true},
        {"400 Bad Request", false, false},
        {"413 Too Large", true, true},
        {"414 Too Long", true, true},
        {"431 Too Large", false, true},
        {"494 Too Large", false, true},
        {"404 Not Found", true, false},
        {"200 OK", true, false},
        {NULL, true, true},
        {NULL, false, false},
    };
    struct place *p = *state;
    struct person alice;
    person_make(&alice, "alice");
    memset(target + 1, 'x', sizeof target - 2);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct side s = side_of(p, 1, "POST"); /* is not sent again */
        char answer[128];
        s.r.app = &p->config->apps[HR];
        s.r.identity = &alice.identity;
        if (ROWS[i].is_long)
            s.request.target = str_of(target);
        side_start(&s);
        if (i == 0)
            give_ticket(p, LONG_S);
        int fd = accept_back(p);
        read_head(p, fd);
        snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
                 ROWS[i].said ? ROWS[i].said : "");
        if (ROWS[i].said)
            say(fd, answer);
        close(fd);
        UNTIL(p, is_over(&s.told));
        assert_int_equal(s.told.ends, ROWS[i].said != NULL);
        const struct err *e = ROWS[i].said ? &s.activity.err : &s.told.err;
        if (ROWS[i].said)
            assert_int_equal(e->code, ROWS[i].is_told ? ERR_BACKEND_HEAD_TOO_LARGE : ERR_NONE);
        if ((strstr(e->hint, "LimitRequestFieldSize") != NULL) != ROWS[i].is_told)
            fail_msg("row %zu: %s", i, e->hint);
        side_end(&s);
    }
    identity_fini(&alice.identity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_head_that_is_too_large_for_the_back_end_is_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
