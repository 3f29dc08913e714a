/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/testing_pool.h"

struct limit_row {
    unsigned all, app, identity;
    int of_app; /* who asks when the limit is reached */
    const char *who, *detail, *key;
};

/* One connection is there, for OPEN and client:1. */
static const struct limit_row LIMITS[] = {
    {9, 1, 9, OPEN, "client:2", "app open has 1 connections", "connections_per_app,"},
    {9, 9, 1, OPEN, "client:1", "one person has 1 connections", "connections_per_identity,"},
    {1, 9, 9, QUIET, "client:2", "all apps together have 1 connections", "connections,"},
};

static void set_limits(struct place *p, const struct limit_row *row) {
    p->config->limits.backend_connections = row->all;
    p->config->limits.backend_connections_per_app = row->app;
    p->config->limits.backend_connections_per_identity = row->identity;
}

static void who_meets_a_limit_waits_and_is_told_which(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        const struct limit_row *row = &LIMITS[i];
        struct pool_owner next = owner_of(p, row->of_app, str_of(row->who));
        struct taken t = {0};
        struct err e;
        int fd;
        set_limits(p, row);
        struct backend *b = connect_as(p, owner_of(p, OPEN, STR("client:1")), &fd);
        assert_non_null(pool_connect(p->c->pool, &next, on_backend, &t, &e));
        settle(p);
        assert_int_equal(t.calls, 0);
        fire_long_timers();
        assert_int_equal(t.calls, 1);
        assert_int_equal(t.err.code, ERR_BUSY);
        assert_non_null(strstr(t.err.detail, row->detail));
        assert_non_null(strstr(t.err.hint, row->key));
        pool_close(b);
        close(fd);
    }
}

static void who_waits_gets_what_is_given_back(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    struct taken first = {0}, second = {0};
    struct err e;
    int fd, fd2;
    set_limits(p, &LIMITS[1]);
    struct backend *b = connect_as(p, mine, &fd);
    assert_non_null(pool_connect(p->c->pool, &mine, on_backend, &first, &e));
    struct pool_dial *d = pool_connect(p->c->pool, &mine, on_backend, &second, &e);
    pool_give(b);
    assert_int_equal(first.calls, 0); /* not from inside the call of somebody else */
    UNTIL(p, first.calls);
    assert_ptr_equal(first.backend, b);
    settle(p);
    assert_int_equal(second.calls, 0);
    pool_close(b);
    fd2 = accept_back(p);
    UNTIL(p, second.calls);
    assert_non_null(d);
    pool_close(second.backend);
    close(fd);
    close(fd2);
}

static void those_that_wait_are_limited_and_may_leave(void **state) {
    static struct taken t;
    static struct pool_dial *dials[POOL_WAITS];
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    struct err e;
    int fd;
    set_limits(p, &LIMITS[1]);
    struct backend *b = connect_as(p, mine, &fd);
    for (int i = 0; i < POOL_WAITS; i++)
        assert_non_null(dials[i] = pool_connect(p->c->pool, &mine, on_backend, &t, &e));
    assert_null(pool_connect(p->c->pool, &mine, on_backend, &t, &e));
    assert_int_equal(e.code, ERR_BUSY);
    for (int i = 0; i < POOL_WAITS; i++)
        pool_dial_cancel(dials[i]);
    pool_close(b);
    settle(p);
    assert_int_equal(t.calls, 0);
    close(fd);
}

static void another_back_end_takes_the_part_of_one_that_is_gone(void **state) {
    static char host[] = "127.0.0.1";
    struct place *p = *state;
    struct config_app *app = &p->config->apps[OPEN];
    struct config_backend *alone = app->backends;
    struct config_backend two[2] = {{host, 1}, *alone}; /* nobody listens at port 1 */
    int fd;
    app->backends = two;
    app->backend_count = 2;
    balance_free(p->c->pool->balance);
    p->c->pool->balance = balance_new(p->config);
    for (int i = 0; i < 8; i++) { /* also when it would have been their turn */
        struct backend *b = connect_as(p, owner_of(p, OPEN, STR("client:1")), &fd);
        assert_int_equal(b->index, 1);
        pool_close(b);
        close(fd);
    }
    two[1].port = 1;
    struct taken t = {0};
    struct err e;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:2"));
    assert_non_null(pool_connect(p->c->pool, &mine, on_backend, &t, &e));
    UNTIL(p, t.calls);
    assert_int_equal(t.err.code, ERR_BACKEND_UNREACHABLE);
    assert_non_null(strstr(t.err.detail, "2 of the 2 back ends of app open were tried"));
    app->backends = alone;
    app->backend_count = 1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(who_meets_a_limit_waits_and_is_told_which),
        TEST(who_waits_gets_what_is_given_back),
        TEST(those_that_wait_are_limited_and_may_leave),
        TEST(another_back_end_takes_the_part_of_one_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
