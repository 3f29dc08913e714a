/* SPDX-License-Identifier: Apache-2.0
 *
 * What the callers of session.h see, of one store and of two on one file.
 */
#include "session/testing.h"

static void a_session_is_found_by_its_token(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t;
    struct session *made = create(p->store, &p->loop, token, &t);
    assert_int_equal(strlen(token), SESSION_TOKEN_SIZE - 1);
    struct session *found = find_on(p->store, &p->loop, str_of(token), HOST, &t);
    assert_string_equal(session_identity(found)->subject, "alice@CORP.EXAMPLE");
    assert_string_equal(session_public_id(found), session_public_id(made));
    assert_int_equal(t.count, 0); /* at once, from the cache */
    session_unref(found);
    session_unref(made);
}

static void two_sessions_have_two_tokens(void **state) {
    struct place *p = *state;
    char one[SESSION_TOKEN_SIZE], two[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, one);
    make(p->store, &p->loop, two);
    assert_string_not_equal(one, two);
    end(p->store, &p->loop, one);
    assert_false(is_found(p->store, &p->loop, one));
    assert_true(is_found(p->store, &p->loop, two));
}

static void a_token_of_wrong_shape_is_none_without_the_disk(void **state) {
    static const struct {
        const char *what;
        struct str token;
    } ROWS[] = {
        {"empty", {"", 0}},
        {"none", {NULL, 0}},
        {"short", STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
        {"long", STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
        {"padded", STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")},
        {"base64", STR("+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
        {"NUL", STR("AAAAAAAAAAAAA\0AAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
        {"not canonical", STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")},
        {"not ASCII", STR("\xc3\xa4"
                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct session *found;
        struct session_call *call;
        if (session_find(p->store, &p->loop, ROWS[i].token, HOST, on_told, NULL, &found, &call) !=
            SESSION_NONE)
            fail_msg("%s", ROWS[i].what);
        assert_null(found);
        assert_null(call);
    }
}

static void an_unknown_token_is_none(void **state) {
    struct place *p = *state;
    assert_false(is_found(p->store, &p->loop, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void on_another_host_it_does_not_count(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t;
    make(p->store, &p->loop, token);
    for (int i = 0; i < 2; i++) { /* from the cache, then from the disk */
        assert_null(find_on(p->store, &p->loop, str_of(token), STR("hr.example.co"), &t));
        assert_null(find_on(p->store, &p->loop, str_of(token), STR("mail.example.com"), &t));
        assert_null(find_on(p->store, &p->loop, str_of(token), STR(""), &t));
        place_close(p);
        place_open(p, PLACE_LIMITS);
    }
    assert_true(is_found(p->store, &p->loop, token));
}

static void it_survives_a_restart(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_true(is_found(p->store, &p->loop, token));
}

static void an_idle_session_ends(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    session_store_shift_clock(p->store, 3590);
    assert_true(is_found(p->store, &p->loop, token)); /* which is a use */
    session_store_shift_clock(p->store, 3590);
    assert_true(is_found(p->store, &p->loop, token));
    session_store_shift_clock(p->store, 3600);
    assert_false(is_found(p->store, &p->loop, token));
}

static void a_use_that_is_not_yet_written_counts(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    session_store_shift_clock(p->store, 55);
    assert_true(is_found(p->store, &p->loop, token));
    session_store_shift_clock(p->store, 3595);
    assert_true(is_found(p->store, &p->loop, token));
}

static void a_session_ends_at_its_lifetime_though_used(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    for (int i = 0; i < 13; i++) {
        assert_true(is_found(p->store, &p->loop, token));
        session_store_shift_clock(p->store, 3300);
    }
    session_store_shift_clock(p->store, 300); /* 43,200 s */
    assert_false(is_found(p->store, &p->loop, token));
}

static void who_holds_a_session_can_see_that_it_has_ended(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t;
    struct session *held = create(p->store, &p->loop, token, &t);
    assert_false(session_has_ended(p->store, held));
    session_store_shift_clock(p->store, PLACE_LIMITS.lifetime_s);
    assert_true(session_has_ended(p->store, held));
    session_store_shift_clock(p->store, -PLACE_LIMITS.lifetime_s);
    end(p->store, &p->loop, token);
    assert_true(session_is_over(held) && session_has_ended(p->store, held));
    session_unref(held);
}

static void limits_that_were_lowered_hold_for_sessions_that_are_there(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    place_close(p);
    place_open(p, (struct session_limits){.idle_s = 3600, .lifetime_s = 60, .rows = 10});
    assert_true(is_found(p->store, &p->loop, token));
    session_store_shift_clock(p->store, 61);
    assert_false(is_found(p->store, &p->loop, token));
}

static void its_use_is_written_behind_the_request_at_most_once_a_minute(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    int64_t made_s = place_number(p, "SELECT last_used FROM sessions");
    for (int i = 0; i < 9; i++) {
        session_store_shift_clock(p->store, 6);
        assert_true(is_found(p->store, &p->loop, token));
    }
    place_close(p); /* which works off what is queued */
    assert_in_range(place_number(p, "SELECT last_used FROM sessions"), made_s, made_s + 1);
    place_open(p, PLACE_LIMITS);
    session_store_shift_clock(p->store, 70);
    assert_true(is_found(p->store, &p->loop, token));
    place_close(p);
    assert_true(place_number(p, "SELECT last_used FROM sessions") >= made_s + 70);
}

static void a_clock_that_was_set_back_does_not_prolong_idling(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    place_run(p, "UPDATE sessions SET last_used = last_used + 1000000");
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_true(is_found(p->store, &p->loop, token));
    place_close(p); /* what was to be written behind the request is written */
    place_open(p, PLACE_LIMITS);
    session_store_shift_clock(p->store, 3700);
    assert_false(is_found(p->store, &p->loop, token));
}

static void an_ended_session_is_gone_here_and_on_the_disk(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    make(p->store, &p->loop, token);
    end(p->store, &p->loop, token);
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 0);
    assert_false(is_found(p->store, &p->loop, token));
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_false(is_found(p->store, &p->loop, token));
}

static void it_is_over_as_soon_as_its_end_is_asked_for(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t, ended = {0};
    struct session *made = create(p->store, &p->loop, token, &t), *found;
    struct session_call *call;
    place_run(p, "PRAGMA wal_checkpoint");
    assert_non_null(session_end(p->store, &p->loop, made, on_told, &ended));
    assert_int_equal(
        session_find(p->store, &p->loop, str_of(token), HOST, on_told, &t, &found, &call),
        SESSION_NONE);
    assert_int_equal(ended.count, 0);
    run_loop(&p->loop);
    assert_int_equal(ended.count, 1);
    session_unref(made);
}

static void an_end_is_done_though_nobody_waits_for_it_any_more(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];
    struct told t, ended = {0};
    struct identity who = alice();
    struct session *made = create(p->store, &p->loop, token, &t);
    sqlite3 *db = place_connect(p); /* holds up the store's thread until it is cancelled */
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    t = (struct told){0};
    assert_non_null(session_create(p->store, &p->loop, &who, HOST, other, on_told, &t));
    session_cancel(session_end(p->store, &p->loop, made, on_told, &ended));
    session_unref(made);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    run_loop(&p->loop);
    session_unref(t.session);
    assert_int_equal(ended.count, 0);
    assert_false(is_found(p->store, &p->loop, token));
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 1);
}

static void ending_it_twice_is_no_error(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t, ended = {0};
    struct session *made = create(p->store, &p->loop, token, &t);
    assert_non_null(session_end(p->store, &p->loop, made, on_told, &ended));
    assert_non_null(session_end(p->store, &p->loop, made, on_told, &ended));
    session_unref(made);
    run_loop(&p->loop);
    assert_int_equal(ended.count, 2);
    assert_int_equal(ended.err.code, ERR_NONE);
    assert_false(is_found(p->store, &p->loop, token));
}

static void an_own_ticket_is_kept_beside_the_texts_and_over_a_restart(void **state) {
    static unsigned char own[96 * 1024] = "sealed";
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct told t = {0};
    struct identity who = alice();
    who.own_ticket = own;
    who.own_ticket_size = sizeof own;
    who.own_ends_s = 7;
    session_create(p->store, &p->loop, &who, HOST, token, on_told, &t);
    run_loop(&p->loop);
    assert_int_equal(t.err.code, ERR_NONE);
    session_unref(t.session);
    for (int i = 0; i < 2; i++) {
        struct session *s = find_on(p->store, &p->loop, str_of(token), HOST, &t);
        const struct identity *found = session_identity(s);
        assert_int_equal(found->own_ticket_size, sizeof own);
        assert_memory_equal(found->own_ticket, own, sizeof own);
        assert_int_equal(found->own_ends_s, 7);
        session_unref(s);
        place_close(p);
        place_open(p, PLACE_LIMITS);
    }
}

static void a_cancelled_call_is_not_told(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];
    struct told t = {0};
    struct session *found;
    struct session_call *call;
    struct identity who = alice();
    make(p->store, &p->loop, token);
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_int_equal(
        session_find(p->store, &p->loop, str_of(token), HOST, on_told, &t, &found, &call),
        SESSION_LOADING);
    session_cancel(call);
    session_cancel(session_create(p->store, &p->loop, &who, HOST, other, on_told, &t));
    session_cancel(NULL);
    run_loop(&p->loop);
    assert_int_equal(t.count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make_store, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_found_by_its_token),
        TEST(two_sessions_have_two_tokens),
        TEST(a_token_of_wrong_shape_is_none_without_the_disk),
        TEST(an_unknown_token_is_none),
        TEST(on_another_host_it_does_not_count),
        TEST(it_survives_a_restart),
        TEST(an_idle_session_ends),
        TEST(a_use_that_is_not_yet_written_counts),
        TEST(a_session_ends_at_its_lifetime_though_used),
        TEST(who_holds_a_session_can_see_that_it_has_ended),
        TEST(limits_that_were_lowered_hold_for_sessions_that_are_there),
        TEST(its_use_is_written_behind_the_request_at_most_once_a_minute),
        TEST(a_clock_that_was_set_back_does_not_prolong_idling),
        TEST(an_ended_session_is_gone_here_and_on_the_disk),
        TEST(it_is_over_as_soon_as_its_end_is_asked_for),
        TEST(an_end_is_done_though_nobody_waits_for_it_any_more),
        TEST(ending_it_twice_is_no_error),
        TEST(an_own_ticket_is_kept_beside_the_texts_and_over_a_restart),
        TEST(a_cancelled_call_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
