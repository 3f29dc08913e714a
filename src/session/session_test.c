/* SPDX-License-Identifier: Apache-2.0 */
#include "session/testing.h"

static const unsigned char HASH[SHA256_SIZE] = {0x0b, 0x1f, 0x6c, 0x5e, 0x6b, 0x0e, 0x4d, 0x58};
static const struct session_limits LIMITS = {.idle_s = 60, .lifetime_s = 600, .rows = 1};

static struct session *made(void) {
    struct identity who = alice();
    struct session *s = session_new(HASH, &who, HOST, 1000);
    assert_non_null(s);
    return s;
}

static void a_session_keeps_copies_of_what_it_was_made_of(void **state) {
    char subject[] = "alice@CORP.EXAMPLE", claims[] = "{\"upn\":\"alice@CORP.EXAMPLE\"}";
    struct identity who = {.provider = subject, .subject = subject, .claims = claims};
    struct session *s = session_new(HASH, &who, HOST, 1000);
    (void)state;
    memset(subject, 'x', sizeof subject - 1);
    memset(claims, 'x', sizeof claims - 1);
    assert_string_equal(session_identity(s)->subject, "alice@CORP.EXAMPLE");
    assert_string_equal(identity_claim(session_identity(s), "upn"), "alice@CORP.EXAMPLE");
    assert_null(session_identity(s)->principal);
    session_unref(s);
}

static void its_public_id_is_the_start_of_the_hash(void **state) {
    struct session *s = made();
    (void)state;
    assert_string_equal(session_public_id(s), "0b1f6c5e6b0e4d58");
    session_unref(s);
}

static void it_lives_until_the_last_reference_is_gone(void **state) {
    struct session *s = made();
    (void)state;
    assert_ptr_equal(session_ref(s), s);
    session_unref(s);
    assert_string_equal(session_identity(s)->subject, "alice@CORP.EXAMPLE");
    session_unref(s);
    session_unref(NULL);
}

static void claims_that_are_no_object_make_no_session(void **state) {
    static const char *const BAD[] = {"[]", "\"text\"", "{", "{\"a\":1,\"a\":2}", ""};
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct identity who = alice();
        who.claims = (char *)BAD[i];
        assert_null(session_new(HASH, &who, HOST, 1000));
    }
}

static void it_is_over_at_the_second_in_which_a_limit_ends(void **state) {
    static const struct {
        const char *what;
        int64_t now_s, used_s;
        bool is_past_lifetime, is_idle;
    } ROWS[] = {
        {"just made", 1000, 1000, false, false},
        {"one second before idle", 1059, 1000, false, false},
        {"idle", 1060, 1000, false, true},
        {"used since", 1060, 1001, false, false},
        {"one second before its lifetime ends", 1599, 1598, false, false},
        {"lifetime, though used", 1600, 1599, true, false},
        {"a clock set back a little", 700, 1000, false, false},
        {"from the future", 699, 1000, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct session *s = made();
        s->used_s = ROWS[i].used_s;
        if (session_is_past_lifetime(s, &LIMITS, ROWS[i].now_s) != ROWS[i].is_past_lifetime ||
            session_is_idle(s, &LIMITS, ROWS[i].now_s) != ROWS[i].is_idle)
            fail_msg("%s", ROWS[i].what);
        session_unref(s);
    }
}

static void one_that_passes_is_over_at_its_own_end(void **state) {
    struct session_store store = {.limits = LIMITS};
    char provider[] = "api", subject[] = "robot", claims[] = "{}";
    struct identity who = {.provider = provider, .subject = subject, .claims = claims};
    int64_t now_s = session_store_now_s(&store);
    (void)state;
    struct session *s = session_passing(&who, STR("hr.example.com"), now_s + 100);
    struct session *again = session_passing(&who, STR("hr.example.com"), now_s + 200);
    struct session *elsewhere = session_passing(&who, STR("pay.example.com"), now_s + 100);
    assert_string_equal(session_public_id(s), session_public_id(again));
    assert_string_not_equal(session_public_id(s), session_public_id(elsewhere));
    session_store_shift_clock(&store, 98);
    assert_false(session_has_ended(&store, s));
    session_store_shift_clock(&store, 3);
    assert_true(session_has_ended(&store, s));
    assert_false(session_has_ended(&store, again));
    session_unref(s);
    session_unref(again);
    session_unref(elsewhere);
}

static void times_only_go_up(void **state) {
    _Atomic int64_t time = 5;
    (void)state;
    session_raise(&time, 4);
    assert_int_equal(time, 5);
    session_raise(&time, 6);
    assert_int_equal(time, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_keeps_copies_of_what_it_was_made_of),
        cmocka_unit_test(its_public_id_is_the_start_of_the_hash),
        cmocka_unit_test(it_lives_until_the_last_reference_is_gone),
        cmocka_unit_test(claims_that_are_no_object_make_no_session),
        cmocka_unit_test(it_is_over_at_the_second_in_which_a_limit_ends),
        cmocka_unit_test(one_that_passes_is_over_at_its_own_end),
        cmocka_unit_test(times_only_go_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
