/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/testing_pool.h"

static void an_idle_connection_is_its_owners_for_life(void **state) {
    static const struct {
        int app;
        struct str identity;
    } OTHERS[] = {
        {QUIET, STR("client:1")}, {OPEN, STR("client:2")}, {OPEN, STR("client:11")},
        {OPEN, STR("client:")},   {OPEN, STR("Client:1")}, {OPEN, STR("client:1\0")},
        {OPEN, STR("")},          {HR, STR("client:1")},   {OPEN, STR("client:1 ")},
    };
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    int fd;
    struct backend *b = connect_as(p, mine, &fd);
    for (int uses = 0; uses < 3; uses++) {
        pool_give(b);
        for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
            struct pool_owner other = owner_of(p, OTHERS[i].app, OTHERS[i].identity);
            assert_null(pool_take(p->c->pool, &other, false));
        }
        assert_ptr_equal(pool_take(p->c->pool, &mine, false), b);
        assert_true(b->is_reused);
        assert_null(pool_take(p->c->pool, &mine, false)); /* it is in use */
    }
    pool_close(b);
    close(fd);
}

/* Enough of them to meet it wherever the table has put it. */
/* Each label of a wildcard app is another back end, and its app lives as long as a request. */
static void a_host_of_a_wildcard_app_has_connections_of_its_own(void **state) {
    struct place *p = *state;
    struct config_app one = p->config->apps[OPEN], other;
    struct pool_owner mine = {.app = &one, .identity = STR("client:1")},
                      another = {.app = &other, .identity = STR("client:1")};
    int fd;
    one.wildcard = &p->config->apps[OPEN];
    other = one;
    other.internal.host = STR("other.example");
    struct backend *b = connect_as(p, mine, &fd);
    one = (struct config_app){0}; /* the request is over */
    pool_give(b);
    one = other;
    one.internal.host = p->config->apps[OPEN].internal.host;
    assert_null(pool_take(p->c->pool, &another, false));
    assert_ptr_equal(pool_take(p->c->pool, &mine, false), b);
    pool_close(b);
    close(fd);
}

static void thousands_of_others_do_not_get_it(void **state) {
    struct place *p = *state;
    int fd;
    struct backend *b = connect_as(p, owner_of(p, OPEN, STR("client:1")), &fd);
    pool_give(b);
    for (int i = 2; i < 20000; i++) {
        char name[32];
        snprintf(name, sizeof name, "client:%d", i);
        struct pool_owner other = owner_of(p, OPEN, str_of(name));
        assert_null(pool_take(p->c->pool, &other, false));
    }
    assert_true(is_open(fd));
    close(fd);
}

/* The one who waits may be gone, and his memory somebody else's, when the connection is made. */
static void the_owners_name_is_kept_and_not_pointed_at(void **state) {
    struct place *p = *state;
    char name[] = "client:1";
    struct taken t = {0};
    struct err e;
    struct pool_owner mine = owner_of(p, OPEN, str_of(name));
    assert_non_null(pool_connect(p->c->pool, &mine, on_backend, &t, &e));
    name[7] = '2';
    int fd = accept_back(p);
    UNTIL(p, t.calls);
    pool_give(t.backend);
    assert_null(pool_take(p->c->pool, &mine, false));
    name[7] = '1';
    assert_ptr_equal(pool_take(p->c->pool, &mine, false), t.backend);
    pool_close(t.backend);
    close(fd);
}

static void the_youngest_is_taken_first(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    int fds[2];
    struct backend *old = connect_as(p, mine, &fds[0]), *young = connect_as(p, mine, &fds[1]);
    pool_give(old);
    pool_give(young);
    assert_ptr_equal(pool_take(p->c->pool, &mine, false), young);
    assert_ptr_equal(pool_take(p->c->pool, &mine, false), old);
    pool_close(old);
    pool_close(young);
    close(fds[0]);
    close(fds[1]);
}

static void what_cannot_be_sent_twice_gets_no_old_connection(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    int fd;
    struct backend *b = connect_as(p, mine, &fd);
    pool_give(b);
    ahead_us += 3000 * 1000;
    assert_null(pool_take(p->c->pool, &mine, false));
    assert_ptr_equal(pool_take(p->c->pool, &mine, true), b);
    pool_close(b);
    close(fd);
}

static void a_connection_with_bytes_left_over_is_not_kept(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    int fd;
    struct backend *b = connect_as(p, mine, &fd);
    buf_add(&b->in, STR("HTTP/1.1 200 OK"));
    pool_give(b);
    assert_null(pool_take(p->c->pool, &mine, false));
    UNTIL(p, is_closed(fd));
    close(fd);
}

static void an_idle_connection_that_speaks_or_ends_is_closed(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    /* What the back end does, and whether the loop sees it before somebody takes. */
    for (int i = 0; i < 6; i++) {
        int fd;
        pool_give(connect_as(p, mine, &fd));
        settle(p);
        if (i / 2 == 0)
            say(fd, "HTTP/1.1 408 Request Timeout\r\n\r\n");
        else if (i / 2 == 1)
            shutdown(fd, SHUT_WR);
        else
            cut(fd);
        if (i % 2)
            settle(p);
        assert_null(pool_take(p->c->pool, &mine, false));
        if (i / 2 < 2)
            close(fd);
    }
}

static void an_idle_connection_is_closed_after_a_minute(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    int fds[2];
    pool_give(connect_as(p, mine, &fds[0]));
    ahead_us += 40 * INT64_C(1000000);
    pool_give(connect_as(p, mine, &fds[1]));
    ahead_us += 19 * INT64_C(1000000);
    fire_long_timers();
    assert_true(is_open(fds[0]) && is_open(fds[1]));
    ahead_us += 2 * INT64_C(1000000);
    fire_long_timers();
    assert_true(is_closed(fds[0]) && is_open(fds[1]));
    ahead_us += 40 * INT64_C(1000000);
    fire_long_timers(); /* it was set for the second one */
    assert_true(is_closed(fds[1]));
    close(fds[0]);
    close(fds[1]);
}

static void at_the_limit_the_longest_idle_makes_room(void **state) {
    struct place *p = *state;
    int fds[3];
    struct backend *made;
    p->config->limits.backend_connections_per_app = 2;
    pool_give(connect_as(p, owner_of(p, OPEN, STR("client:1")), &fds[0]));
    pool_give(connect_as(p, owner_of(p, OPEN, STR("client:2")), &fds[1]));
    made = connect_as(p, owner_of(p, OPEN, STR("client:3")), &fds[2]);
    assert_true(is_closed(fds[0]));
    assert_true(is_open(fds[1]));
    pool_close(made);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void a_failed_dial_says_why_and_does_not_count(void **state) {
    struct place *p = *state;
    struct pool_owner mine = owner_of(p, OPEN, STR("client:1"));
    p->config->limits.backend_connections_per_app = 1;
    close(p->listener);
    p->listener = dup(0);
    for (int i = 0; i < 3; i++) {
        struct taken t = {0};
        struct err e;
        assert_non_null(pool_connect(p->c->pool, &mine, on_backend, &t, &e));
        UNTIL(p, t.calls);
        assert_int_equal(t.err.code, ERR_BACKEND_UNREACHABLE);
    }
}

static void a_ca_file_that_is_not_there_is_named(void **state) {
    struct place *p = *state;
    static char ca[] = "/nowhere/internal-ca.pem";
    struct err e = {ERR_NONE};
    p->config->apps[QUIET].internal.scheme = STR("https");
    p->config->apps[QUIET].backend_ca = ca;
    assert_null(trust_new(p->config, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.detail, "/nowhere/internal-ca.pem: No such file"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_idle_connection_is_its_owners_for_life),
        TEST(a_host_of_a_wildcard_app_has_connections_of_its_own),
        TEST(thousands_of_others_do_not_get_it),
        TEST(the_owners_name_is_kept_and_not_pointed_at),
        TEST(the_youngest_is_taken_first),
        TEST(what_cannot_be_sent_twice_gets_no_old_connection),
        TEST(a_connection_with_bytes_left_over_is_not_kept),
        TEST(an_idle_connection_that_speaks_or_ends_is_closed),
        TEST(an_idle_connection_is_closed_after_a_minute),
        TEST(at_the_limit_the_longest_idle_makes_room),
        TEST(a_failed_dial_says_why_and_does_not_count),
        TEST(a_ca_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
