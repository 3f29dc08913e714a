/* SPDX-License-Identifier: Apache-2.0 */
#include "net/testing.h"

struct place {
    uv_loop_t loop;
    int server;
    struct resolver *resolver; /* asks the server, a socket of the test */
    unsigned calls;
    struct resolve_result last;
    struct resolve_query *cancels; /* by the next call */
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct err e = {ERR_NONE};
    char servers[32];
    assert_non_null(p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->server = bound(SOCK_DGRAM, 0);
    snprintf(servers, sizeof servers, "127.0.0.1:%u", (unsigned)port_of(p->server));
    p->resolver = resolver_new(&p->loop, servers, &e);
    assert_int_equal(e.code, ERR_NONE);
    assert_non_null(p->resolver);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    resolver_free(p->resolver);
    close(p->server);
    loop_end(&p->loop);
    free(p);
    return 0;
}

static void on_result(void *user, const struct resolve_result *result) {
    struct place *p = user;
    p->calls++;
    p->last = *result;
    resolve_cancel(p->cancels);
    p->cancels = NULL;
}

static struct resolve_query *ask(struct place *p, const char *host) {
    struct resolve_query *q = resolve_start(p->resolver, host, 8080, on_result, p);
    unsigned before = p->calls;
    assert_non_null(q);
    assert_int_equal(p->calls, before);
    return q;
}

/* Asks and has the name server answer. */
static void look_up(struct place *p, const char *host, const char *const *addresses, size_t n) {
    p->calls = 0;
    ask(p, host);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, addresses, n);
    assert_int_equal(p->calls, 1);
}

static void numeric_addresses_are_found_without_asking(void **state) {
    static const struct {
        const char *host;
        int family;
    } ROWS[] = {{"127.0.0.1", AF_INET}, {"192.0.2.7", AF_INET}, {"::1", AF_INET6}};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[64] = "";
        p->calls = 0;
        ask(p, ROWS[i].host);
        UNTIL(&p->loop, p->calls);
        const union resolve_address *a = &p->last.at[0];
        bool is_v6 = ROWS[i].family == AF_INET6;
        assert_int_equal(p->last.count, 1);
        assert_int_equal(a->any.sa_family, ROWS[i].family);
        assert_int_equal(ntohs(is_v6 ? a->v6.sin6_port : a->v4.sin_port), 8080);
        inet_ntop(a->any.sa_family, is_v6 ? (void *)&a->v6.sin6_addr : (void *)&a->v4.sin_addr,
                  text, sizeof text);
        assert_string_equal(text, ROWS[i].host);
    }
    assert_false(name_server(p->server, NULL, 0));
}

static void a_name_is_asked_of_the_configured_server(void **state) {
    static const char *const ADDRESSES[] = {"10.1.2.3", "10.1.2.4"};
    struct place *p = *state;
    look_up(p, "hr.corp.example", ADDRESSES, 2);
    assert_int_equal(p->last.count, 2);
    assert_int_equal(p->last.at[0].any.sa_family, AF_INET);
    assert_int_equal(ntohs(p->last.at[1].v4.sin_port), 8080);
}

static void an_unknown_name_is_named_with_the_reason(void **state) {
    struct place *p = *state;
    look_up(p, "nowhere.corp.example", NULL, 0);
    assert_int_equal(p->last.count, 0);
    assert_int_equal(p->last.err.code, ERR_BACKEND_UNREACHABLE);
    assert_non_null(strstr(p->last.err.detail, "nowhere.corp.example"));
    assert_non_null(strstr(p->last.err.detail, "not found"));
    assert_non_null(strstr(p->last.err.hint, "connector.dns"));
}

static void more_addresses_than_there_is_room_for_are_left_out(void **state) {
    const char *addresses[RESOLVE_ADDRESSES_MAX + 8];
    char texts[RESOLVE_ADDRESSES_MAX + 8][16];
    struct place *p = *state;
    for (size_t i = 0; i < RESOLVE_ADDRESSES_MAX + 8; i++) {
        snprintf(texts[i], sizeof texts[i], "10.0.0.%zu", i + 1);
        addresses[i] = texts[i];
    }
    look_up(p, "many.corp.example", addresses, RESOLVE_ADDRESSES_MAX + 8);
    assert_int_equal(p->last.count, RESOLVE_ADDRESSES_MAX);
}

/* --- what is known already --- */

/* Asks `count` times at once; how many questions came to the name server until all had answers. */
static unsigned questions(struct place *p, const char *host, unsigned count,
                          const char *const *addresses, size_t n) {
    unsigned asked = 0;
    p->calls = 0;
    for (unsigned i = 0; i < count; i++)
        ask(p, host);
    MEANWHILE(&p->loop, p->calls == count) { asked += name_server_ttl(p->server, addresses, n, 1); }
    settle(&p->loop);
    asked += name_server_ttl(p->server, addresses, n, 1);
    return asked;
}

static void all_who_wait_for_a_name_share_one_question(void **state) {
    static const char *const ADDRESSES[] = {"10.1.2.3"};
    struct place *p = *state;
    assert_int_equal(questions(p, "hr.corp.example", 3, ADDRESSES, 1), 2); /* A and AAAA */
    assert_int_equal(p->last.count, 1);
}

static void what_is_known_is_asked_for_again_when_its_time_is_over(void **state) {
    static const char *const ADDRESSES[] = {"10.1.2.3"};
    struct place *p = *state;
    for (size_t fails = 0; fails < 2; fails++) { /* that there is no address is known, too */
        const char *host = fails ? "nowhere.corp.example" : "hr.corp.example";
        const char *const *addresses = fails ? NULL : ADDRESSES;
        int64_t from_us = clock_mono_us();
        unsigned asked = 0;
        assert_int_equal(questions(p, host, 1, addresses, 1), 2);
        MEANWHILE(&p->loop, asked) {
            assert_int_equal(p->last.count, fails ? 0 : 1);
            asked = questions(p, host, 1, addresses, 1);
        }
        assert_int_equal(asked, 2);
        assert_true(clock_mono_us() - from_us >= 1000000);
    }
}

static void answers_begin_with_another_address_each_time(void **state) {
    static const char *const ADDRESSES[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    struct place *p = *state;
    look_up(p, "hr.corp.example", ADDRESSES, 3);
    for (unsigned round = 1; round < 5; round++) {
        struct resolve_result before = p->last;
        p->calls = 0;
        ask(p, "HR.corp.example");
        UNTIL(&p->loop, p->calls);
        assert_int_equal(p->last.count, 3);
        assert_int_equal(ntohs(p->last.at[0].v4.sin_port), 8080);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(p->last.at[i].v4.sin_addr.s_addr,
                             before.at[(i + 1) % 3].v4.sin_addr.s_addr);
    }
}

static void one_who_waits_may_leave_the_others(void **state) {
    static const char *const ADDRESSES[] = {"10.1.2.3"};
    struct place *p = *state;
    struct resolve_query *q = ask(p, "hr.corp.example");
    ask(p, "hr.corp.example");
    p->cancels = ask(p, "hr.corp.example"); /* by the call of the one before */
    resolve_cancel(q);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, ADDRESSES, 1);
    settle(&p->loop);
    assert_int_equal(p->calls, 1);
    assert_int_equal(p->last.count, 1);
}

static void a_cancelled_query_is_not_heard_of_again(void **state) {
    static const char *const ADDRESSES[] = {"10.1.2.3"};
    struct place *p = *state;
    resolve_cancel(ask(p, "127.0.0.1"));       /* found already */
    resolve_cancel(ask(p, "hr.corp.example")); /* on its way */
    UNTIL(&p->loop, name_server(p->server, ADDRESSES, 1));
    settle(&p->loop);
    name_server(p->server, ADDRESSES, 1);
    settle(&p->loop);
    assert_int_equal(p->calls, 0);
}

static void a_call_may_cancel_another_query(void **state) {
    struct place *p = *state;
    ask(p, "127.0.0.1");
    p->cancels = ask(p, "127.0.0.2");
    UNTIL(&p->loop, p->calls);
    settle(&p->loop);
    assert_int_equal(p->calls, 1);
}

static void a_resolver_may_go_while_cancelled_queries_are_on_their_way(void **state) {
    struct place *p = *state;
    resolve_cancel(ask(p, "hr.corp.example"));
    resolve_cancel(ask(p, "127.0.0.1"));
    uv_run(&p->loop, UV_RUN_NOWAIT);
    resolve_cancel(ask(p, "127.0.0.1"));
    resolver_free(p->resolver);
    p->resolver = NULL;
    settle(&p->loop);
    assert_int_equal(p->calls, 0);
}

static void servers_that_are_no_addresses_are_refused(void **state) {
    struct place *p = *state;
    struct err e = {ERR_NONE};
    assert_null(resolver_new(&p->loop, "not an address", &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.detail, "connector.dns"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(numeric_addresses_are_found_without_asking),
        TEST(a_name_is_asked_of_the_configured_server),
        TEST(an_unknown_name_is_named_with_the_reason),
        TEST(more_addresses_than_there_is_room_for_are_left_out),
        TEST(all_who_wait_for_a_name_share_one_question),
        TEST(what_is_known_is_asked_for_again_when_its_time_is_over),
        TEST(answers_begin_with_another_address_each_time),
        TEST(one_who_waits_may_leave_the_others),
        TEST(a_cancelled_query_is_not_heard_of_again),
        TEST(a_call_may_cancel_another_query),
        TEST(a_resolver_may_go_while_cancelled_queries_are_on_their_way),
        TEST(servers_that_are_no_addresses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
