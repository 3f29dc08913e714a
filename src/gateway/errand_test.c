/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads without tickets: who is asked, who is waited for, and what is answered. What happens to
 * tickets is in tickets_test.c, the whole way in tests/e2e/test_tickets.py.
 */
#include "gateway/errand.h"
#include "session/session_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { LANES = 2 };

struct place {
    uv_loop_t loop;
    uv_async_t wakes[LANES];
    unsigned woken[LANES];
    struct errands *errands;
    int client;
};

static void on_wake(uv_async_t *wake) { ++*(unsigned *)wake->data; }

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->errands = errands_new(LANES, &(struct errands_world){.config = NULL});
    assert_non_null(p->errands);
    for (unsigned i = 0; i < LANES; i++) {
        uv_async_init(&p->loop, &p->wakes[i], on_wake);
        p->wakes[i].data = &p->woken[i];
        errands_join(p->errands, i, &p->wakes[i]);
    }
    p->client = -1;
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    for (unsigned i = 0; i < LANES; i++) {
        errands_leave(p->errands, i);
        uv_close((uv_handle_t *)&p->wakes[i], NULL);
    }
    uv_run(&p->loop, UV_RUN_DEFAULT);
    int code = uv_loop_close(&p->loop);
    errands_free(p->errands);
    if (p->client >= 0)
        close(p->client);
    free(p);
    return code;
}

static void ask(struct place *p, struct str asked) {
    int pair[2];
    if (p->client >= 0)
        close(p->client);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    p->client = pair[0];
    errands_ask(p->errands, asked, pair[1]);
}

/* What is there of the answer by now. */
static void assert_told(struct place *p, char what, const char *words) {
    char said[256] = "";
    errands_answer(p->errands);
    ssize_t n = recv(p->client, said, sizeof said - 1, MSG_DONTWAIT);
    if (!what) {
        assert_true(n < 0);
        return;
    }
    assert_true(n > 0 && said[0] == what);
    if (!strstr(said + 1, words))
        fail_msg("%s", said);
    assert_int_equal(recv(p->client, said, sizeof said, MSG_DONTWAIT), 0);
}

static void the_answer_comes_when_the_last_thread_has_done_its_part(void **state) {
    struct place *p = *state;
    ask(p, STR("Palice"));
    uv_run(&p->loop, UV_RUN_NOWAIT);
    assert_true(p->woken[0] && p->woken[1]);
    errands_run(p->errands, 0, NULL);
    errands_run(p->errands, 0, NULL); /* once */
    assert_told(p, 0, NULL);
    errands_run(p->errands, 1, NULL);
    assert_told(p, ERRAND_SAYS_DONE, "0 tickets dropped");
}

static void a_thread_that_leaves_is_not_waited_for(void **state) {
    struct place *p = *state;
    ask(p, STR("L"));
    errands_run(p->errands, 1, NULL);
    errands_leave(p->errands, 0);
    assert_told(p, ERRAND_SAYS_DONE, "");
    errands_leave(p->errands, 1);
    ask(p, STR("L"));
    assert_told(p, ERRAND_SAYS_DONE, "");
}

static void what_is_not_known_or_too_much_is_refused(void **state) {
    struct place *p = *state;
    char name[BROKER_NAME_MAX + 3] = "P";
    ask(p, STR("?"));
    assert_told(p, ERRAND_SAYS_NO, "kerbgate restart");
    ask(p, STR_NONE);
    assert_told(p, ERRAND_SAYS_NO, "kerbgate restart");
    memset(name + 1, 'a', sizeof name - 2);
    ask(p, str_of(name));
    assert_told(p, ERRAND_SAYS_NO, "too long");
    for (int i = 0; i < ERRANDS_MAX; i++)
        ask(p, STR("L"));
    ask(p, STR("L"));
    assert_told(p, ERRAND_SAYS_NO, "too many");
    for (unsigned i = 0; i < LANES; i++)
        errands_run(p->errands, i, NULL);
    ask(p, STR("L")); /* done, but not answered */
    assert_told(p, ERRAND_SAYS_NO, "too many");
    ask(p, STR("Lnobody"));
    for (unsigned i = 0; i < LANES; i++)
        errands_run(p->errands, i, NULL);
    assert_told(p, ERRAND_SAYS_DONE, "");
}

static void many_sessions_that_end_at_once_are_one_errand(void **state) {
    static const unsigned char HASH[SHA256_SIZE];
    char name[] = "alice", claims[] = "{}";
    struct place *p = *state;
    struct identity who = {.provider = name, .subject = name, .claims = claims};
    struct session_ended ended = {.count = 100, .total = 100};
    for (size_t i = 0; i < ended.count; i++)
        assert_non_null(ended.at[i] = session_new(HASH, &who, STR("h"), 0));
    errands_sign_out(p->errands, &ended);
    for (size_t i = 0; i < ended.count; i++)
        session_unref(ended.at[i]);
    for (int i = 0; i < ERRANDS_MAX - 1; i++)
        ask(p, STR("L"));
    assert_told(p, 0, NULL);
    ask(p, STR("L"));
    assert_told(p, ERRAND_SAYS_NO, "too many");
    for (unsigned i = 0; i < LANES; i++)
        errands_run(p->errands, i, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_answer_comes_when_the_last_thread_has_done_its_part),
        TEST(a_thread_that_leaves_is_not_waited_for),
        TEST(what_is_not_known_or_too_much_is_refused),
        TEST(many_sessions_that_end_at_once_are_one_errand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
