/* SPDX-License-Identifier: Apache-2.0
 *
 * A TLS handshake that comes to nothing: it is named, in time, and leaves neither a connection nor
 * a claim behind.
 */
#include "connector/testing_pool.h"

/* A dial to the app whose back end does not speak TLS, which has sent its first words; that end of
 * the connection in `*fd`. */
static struct pool_dial *dial(struct place *p, struct taken *t, int *fd) {
    static struct pool_owner owner;
    struct err e;
    char hello;
    owner = owner_of(p, SEALED, STR("client:1"));
    struct pool_dial *d = pool_connect(p->c->pool, &owner, on_backend, t, &e);
    assert_non_null(d);
    *fd = accept_back(p);
    UNTIL(p, recv(*fd, &hello, 1, MSG_DONTWAIT | MSG_PEEK) == 1);
    assert_int_equal(t->calls, 0);
    assert_int_equal(p->c->pool->open_total, 1);
    return d;
}

static void check_refused(struct place *p, const struct taken *t, const char *words) {
    UNTIL(p, t->calls);
    assert_null(t->backend);
    assert_int_equal(t->err.code, ERR_BACKEND_TLS);
    if (!strstr(t->err.detail, words) || !strstr(t->err.detail, "127.0.0.1"))
        fail_msg("%s", t->err.detail);
    assert_non_null(strstr(t->err.hint, "openssl s_client"));
    assert_int_equal(p->c->pool->open_total, 0);
}

static void a_back_end_that_speaks_something_else_is_named(void **state) {
    struct taken t = {0};
    int fd;
    dial(*state, &t, &fd);
    say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    check_refused(*state, &t, "no TLS handshake");
    close(fd);
}

static void one_that_hangs_up_is_named(void **state) {
    struct taken t = {0};
    int fd;
    dial(*state, &t, &fd);
    close(fd);
    check_refused(*state, &t, "no TLS handshake");
}

static void one_that_is_silent_has_the_time_of_a_connection(void **state) {
    struct taken t = {0};
    int fd;
    dial(*state, &t, &fd);
    fire_long_timers();
    check_refused(*state, &t, "connect_timeout");
    close(fd);
}

static void whoever_waits_for_it_may_go(void **state) {
    struct place *p = *state;
    struct taken t = {0};
    int fd;
    pool_dial_cancel(dial(p, &t, &fd));
    UNTIL(p, is_closed(fd));
    assert_int_equal(t.calls, 0);
    assert_int_equal(p->c->pool->open_total, 0);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_back_end_that_speaks_something_else_is_named),
        TEST(one_that_hangs_up_is_named),
        TEST(one_that_is_silent_has_the_time_of_a_connection),
        TEST(whoever_waits_for_it_may_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
