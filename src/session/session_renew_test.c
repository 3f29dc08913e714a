/* SPDX-License-Identifier: Apache-2.0
 *
 * Who renews a session, and what is found of it then: in two processes that share a store, and in
 * the store's file.
 */
#include "session/session_renew.h"

#include "session/testing.h"

#define SECRET "rt-7f3a-plain-refresh-token"
enum { LEASE_S = 60 };

static struct session *sign_in(struct place *p, char cookie[SESSION_TOKEN_SIZE]) {
    static char token[] = SECRET;
    struct identity who = alice();
    struct told t = {0};
    who.refresh_token = token;
    assert_non_null(session_create(p->store, &p->loop, &who, HOST, cookie, on_told, &t));
    run_loop(&p->loop);
    assert_non_null(t.session);
    return t.session;
}

struct began {
    unsigned count;
    enum session_renewal what;
    struct session *session;
    struct err err;
};

static void on_begun(void *user, enum session_renewal what, struct session *session,
                     const struct err *e) {
    struct began *b = user;
    *b = (struct began){b->count + 1, what, session, *e};
}

static struct began begin(struct place *p, struct session_store *store, struct session *s) {
    struct began b = {0};
    assert_non_null(session_renewal_begin(store, &p->loop, s, LEASE_S, on_begun, &b));
    run_loop(&p->loop);
    assert_int_equal(b.count, 1);
    assert_int_equal(b.err.code, ERR_NONE);
    return b;
}

/* With new claims and perhaps another token. */
static struct session *renew(struct place *p, struct session *s, const char *cookie,
                             const char *token) {
    static char claims[] = "{\"upn\":\"alice@CORP.EXAMPLE\",\"sub\":\"7\"}";
    struct identity who = alice();
    struct told t = {0};
    who.claims = claims;
    who.refresh_token = (char *)token;
    struct session_renewed r = {s, str_of(cookie), &who};
    assert_non_null(session_renew(p->store, &p->loop, &r, on_told, &t));
    run_loop(&p->loop);
    assert_int_equal(t.err.code, ERR_NONE);
    return t.session;
}

static void check_token(const struct session *s, const char *cookie, const char *expected) {
    struct buf plain;
    buf_init_secret(&plain, SESSION_REFRESH_TOKEN_MAX);
    assert_int_equal(session_unseal(s, str_of(cookie), &plain), expected != NULL);
    if (expected)
        assert_true(str_eq(buf_str(&plain), str_of(expected)));
    buf_fini(&plain);
}

static struct session *find_again(struct place *p, struct session_store *store,
                                  const char *cookie) {
    struct told t;
    return find_on(store, &p->loop, str_of(cookie), HOST, &t);
}

static void the_token_opens_with_the_cookie_alone_and_lies_nowhere_in_the_file(void **state) {
    static const char *const TAILS[] = {"", "-wal"};
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];
    struct session *s = sign_in(p, cookie), *stranger = sign_in(p, other);
    assert_true(session_is_renewable(s));
    check_token(s, cookie, SECRET);
    check_token(s, other, NULL);
    check_token(s, "", NULL);
    for (size_t i = 0; i < 2; i++) {
        char name[128];
        static char content[1 << 20];
        snprintf(name, sizeof name, "%s%s", p->file, TAILS[i]);
        FILE *f = fopen(name, "re");
        assert_non_null(f);
        size_t n = fread(content, 1, sizeof content, f);
        fclose(f);
        assert_null(memmem(content, n, SECRET, strlen(SECRET)));
        assert_null(memmem(content, n, cookie, strlen(cookie)));
    }
    session_unref(s);
    session_unref(stranger);
    place_close(p);
    place_open(p, PLACE_LIMITS);
    s = find_again(p, p->store, cookie);
    check_token(s, cookie, SECRET);
    session_unref(s);
}

static void one_at_a_time_renews_it_also_of_two_processes(void **state) {
    struct place *p = *state;
    struct err e;
    char cookie[SESSION_TOKEN_SIZE];
    struct session *s = sign_in(p, cookie);
    struct session_store *second = session_store_open(p->file, PLACE_LIMITS, &e);
    struct session *there = find_again(p, second, cookie);
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_OURS);
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_BUSY);
    assert_int_equal(begin(p, second, there).what, SESSION_RENEWAL_BUSY);
    struct session *next = renew(p, s, cookie, "second");
    struct began b = begin(p, second, there);
    assert_int_equal(b.what, SESSION_RENEWAL_DONE);
    assert_string_equal(identity_claim(session_identity(b.session), "sub"), "7");
    check_token(b.session, cookie, "second");
    assert_int_equal(begin(p, second, b.session).what, SESSION_RENEWAL_OURS);
    session_unref(b.session);
    session_unref(s);
    session_unref(next);
    session_unref(there);
    session_store_close(second);
}

static void a_lease_ends_when_it_is_given_up_or_over(void **state) {
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE];
    struct session *s = sign_in(p, cookie);
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_OURS);
    assert_false(session_renewal_has_failed(p->store, s));
    session_renewal_give_up(p->store, s);
    assert_true(session_renewal_has_failed(p->store, s));
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_OURS);
    session_store_shift_clock(p->store, LEASE_S - 1);
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_BUSY);
    session_store_shift_clock(p->store, 2);
    assert_false(session_renewal_has_failed(p->store, s));
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_OURS);
    session_unref(s);
}

static void what_is_new_is_on_disk_and_found_at_once(void **state) {
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE];
    struct session *s = sign_in(p, cookie);
    int64_t created_s = session_created_s(s);
    session_store_shift_clock(p->store, 100);
    begin(p, p->store, s);
    struct session *next = renew(p, s, cookie, "second");
    assert_true(session_renewed_s(next) >= created_s + 100);
    assert_int_equal(session_created_s(next), created_s);
    assert_string_equal(session_public_id(next), session_public_id(s));
    assert_false(session_is_over(s));
    struct session *found = find_again(p, p->store, cookie);
    assert_ptr_equal(found, next);
    session_unref(found);
    session_unref(next);
    session_unref(s);
    place_close(p);
    place_open(p, PLACE_LIMITS);
    found = find_again(p, p->store, cookie);
    assert_string_equal(identity_claim(session_identity(found), "sub"), "7");
    check_token(found, cookie, "second");
    session_unref(found);
}

static void a_token_that_is_not_replaced_stays(void **state) {
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE];
    struct session *s = sign_in(p, cookie);
    begin(p, p->store, s);
    struct session *next = renew(p, s, cookie, NULL);
    check_token(next, cookie, SECRET);
    session_unref(next);
    session_unref(s);
}

/* A WebSocket may hold what was said hours ago. */
static void who_holds_an_earlier_one_hears_that_it_is_outdated_or_over(void **state) {
    enum { GENERATIONS = 4 };
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE];
    struct session *all[GENERATIONS] = {sign_in(p, cookie)};
    for (size_t i = 1; i < GENERATIONS; i++) {
        begin(p, p->store, all[i - 1]);
        all[i] = renew(p, all[i - 1], cookie, "next");
    }
    session_outdate(all[1], all[2]);
    for (size_t i = 0; i < GENERATIONS; i++)
        assert_int_equal(session_is_over(all[i]), i < 2);
    end(p->store, &p->loop, cookie);
    for (size_t i = 0; i < GENERATIONS; i++) {
        assert_true(session_is_over(all[i]));
        session_unref(all[i]);
    }
}

static void a_session_that_ended_meanwhile_does_not_come_back(void **state) {
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE];
    struct session *s = sign_in(p, cookie);
    begin(p, p->store, s);
    end(p->store, &p->loop, cookie);
    assert_null(renew(p, s, cookie, "second"));
    assert_false(is_found(p->store, &p->loop, cookie));
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_OVER);
    session_unref(s);
}

static void one_without_a_token_is_not_renewed(void **state) {
    struct place *p = *state;
    char cookie[SESSION_TOKEN_SIZE];
    struct told t;
    struct session *s = create(p->store, &p->loop, cookie, &t);
    assert_false(session_is_renewable(s));
    assert_int_equal(begin(p, p->store, s).what, SESSION_RENEWAL_BUSY);
    session_unref(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make_store, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_token_opens_with_the_cookie_alone_and_lies_nowhere_in_the_file),
        TEST(one_at_a_time_renews_it_also_of_two_processes),
        TEST(a_lease_ends_when_it_is_given_up_or_over),
        TEST(what_is_new_is_on_disk_and_found_at_once),
        TEST(a_token_that_is_not_replaced_stays),
        TEST(who_holds_an_earlier_one_hears_that_it_is_outdated_or_over),
        TEST(a_session_that_ended_meanwhile_does_not_come_back),
        TEST(one_without_a_token_is_not_renewed),
    };
    return cmocka_run_group_tests_name("session/session_renew", tests, NULL, NULL);
}
