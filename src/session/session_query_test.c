/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_query.h"

#include "session/testing.h"

enum { NOW_S = 1000000 };

static const struct session_limits LIMITS = {.idle_s = 600, .lifetime_s = 6000, .rows = 3};

struct query {
    struct place *place;
    struct session_file *file;
};

static int make_file(void **state) {
    static struct query q;
    struct err e;
    place_make((void **)&q.place);
    q.file = session_file_open(q.place->file, &e);
    *state = &q;
    return q.file ? 0 : -1;
}

static int remove_file(void **state) {
    struct query *q = *state;
    session_file_close(q->file);
    return place_remove((void **)&q->place);
}

static struct session *numbered(unsigned char n, int64_t created_s) {
    unsigned char hash[SHA256_SIZE] = {n};
    struct identity who = alice();
    struct session *s = session_new(hash, &who, HOST, created_s);
    assert_non_null(s);
    return s;
}

static enum err_code insert(struct query *q, unsigned char n, int64_t created_s, int64_t now_s,
                            struct err *e) {
    struct session *s = numbered(n, created_s);
    *e = (struct err){0};
    bool is_in = session_query_insert(q->file, s, &LIMITS, now_s, e);
    assert_int_equal(is_in, e->code == ERR_NONE);
    session_unref(s);
    return e->code;
}

static struct session *load(struct query *q, unsigned char n) {
    unsigned char hash[SHA256_SIZE] = {n};
    struct session *s;
    struct err e;
    if (!session_query_load(q->file, hash, &s, &e))
        fail_msg("%s", e.detail);
    return s;
}

static bool is_there(struct query *q, unsigned char n) {
    struct session *s = load(q, n);
    session_unref(s);
    return s != NULL;
}

static void what_is_read_is_what_was_written(void **state) {
    struct query *q = *state;
    struct err e;
    assert_int_equal(insert(q, 1, NOW_S, NOW_S, &e), ERR_NONE);
    struct session *s = load(q, 1);
    const struct identity *who = session_identity(s);
    struct identity expected = alice();
    assert_string_equal(s->host, "hr.example.com");
    assert_string_equal(who->provider, expected.provider);
    assert_string_equal(who->subject, expected.subject);
    assert_string_equal(who->principal, expected.principal);
    assert_string_equal(who->claims, expected.claims);
    assert_int_equal(s->created_s, NOW_S);
    assert_int_equal(s->used_s, NOW_S);
    assert_string_equal(session_public_id(s), "0100000000000000");
    session_unref(s);
    assert_false(is_there(q, 2));
}

static void a_principal_that_nobody_proved_stays_absent(void **state) {
    struct query *q = *state;
    struct err e;
    struct session *s = numbered(1, NOW_S);
    free(s->identity.principal);
    s->identity.principal = NULL;
    assert_true(session_query_insert(q->file, s, &LIMITS, NOW_S, &e));
    session_unref(s);
    s = load(q, 1);
    assert_null(session_identity(s)->principal);
    session_unref(s);
}

static void at_the_limit_the_error_names_the_key(void **state) {
    struct query *q = *state;
    struct err e;
    for (unsigned char n = 1; n <= 3; n++)
        assert_int_equal(insert(q, n, NOW_S, NOW_S, &e), ERR_NONE);
    assert_int_equal(insert(q, 4, NOW_S, NOW_S, &e), ERR_BUSY);
    assert_non_null(strstr(e.detail, "gateway.limits.sessions allows 3"));
    assert_non_null(strstr(e.hint, "gateway.session.idle_timeout"));
    assert_false(is_there(q, 4));
    assert_true(is_there(q, 1));
}

static void sessions_that_are_over_make_room(void **state) {
    static const struct {
        const char *what;
        int64_t created_s, used_s, now_s;
        enum err_code expected;
    } ROWS[] = {
        {"alive", NOW_S, NOW_S, NOW_S + 599, ERR_BUSY},
        {"idle, but perhaps used since", NOW_S, NOW_S, NOW_S + 659, ERR_BUSY},
        {"idle", NOW_S, NOW_S, NOW_S + 660, ERR_NONE},
        {"used to the end", NOW_S, NOW_S + 5990, NOW_S + 5999, ERR_BUSY},
        {"past its lifetime", NOW_S, NOW_S + 5990, NOW_S + 6000, ERR_NONE},
        {"from a little in the future", NOW_S + 300, NOW_S + 300, NOW_S, ERR_BUSY},
        {"from the future", NOW_S + 301, NOW_S + 301, NOW_S, ERR_NONE},
    };
    struct query *q = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char sql[128];
        struct err e;
        for (unsigned char n = 1; n <= 3; n++)
            assert_int_equal(insert(q, n, NOW_S, NOW_S, &e), ERR_NONE);
        snprintf(sql, sizeof sql, "UPDATE sessions SET created = %lld, last_used = %lld",
                 (long long)ROWS[i].created_s, (long long)ROWS[i].used_s);
        place_run(q->place, sql);
        if (insert(q, 4, ROWS[i].now_s, ROWS[i].now_s, &e) != ROWS[i].expected)
            fail_msg("%s: %s", ROWS[i].what, e.detail);
        place_run(q->place, "DELETE FROM sessions");
    }
}

static void a_crowd_that_is_over_goes_also_while_the_limit_is_reached(void **state) {
    struct query *q = *state;
    struct err e;
    place_run(q->place, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        "2500) INSERT INTO sessions SELECT randomblob(32), 'h', 'p', 's', NULL, "
                        "'{}', 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM n");
    assert_int_equal(insert(q, 1, NOW_S, NOW_S, &e), ERR_BUSY);
    assert_int_equal(insert(q, 1, NOW_S, NOW_S, &e), ERR_BUSY);
    assert_int_equal(insert(q, 1, NOW_S, NOW_S, &e), ERR_NONE);
    assert_int_equal(place_number(q->place, "SELECT count(*) FROM sessions"), 1);
}

static void what_was_deleted_is_gone_and_once_more_is_no_error(void **state) {
    struct query *q = *state;
    struct err e;
    unsigned char hash[SHA256_SIZE] = {1};
    insert(q, 1, NOW_S, NOW_S, &e);
    insert(q, 2, NOW_S, NOW_S, &e);
    assert_true(session_query_delete(q->file, hash, &e));
    assert_true(session_query_delete(q->file, hash, &e));
    assert_false(is_there(q, 1));
    assert_true(is_there(q, 2));
}

static void a_refresh_writes_reads_and_tells_who_is_gone(void **state) {
    struct query *q = *state;
    struct err e;
    unsigned char hash[SHA256_SIZE] = {1}, other[SHA256_SIZE] = {2};
    int64_t used_s = 0;
    insert(q, 1, NOW_S, NOW_S, &e);
    assert_true(session_query_refresh(q->file, hash, NOW_S + 100, &used_s, &e));
    assert_int_equal(used_s, NOW_S);
    used_s = NOW_S + 90;
    assert_true(session_query_refresh(q->file, hash, NOW_S + 100, &used_s, &e));
    assert_int_equal(used_s, NOW_S + 90);
    used_s = NOW_S + 10; /* another process knows better */
    assert_true(session_query_refresh(q->file, hash, NOW_S + 100, &used_s, &e));
    assert_int_equal(used_s, NOW_S + 90);
    used_s = 0; /* a clock that was set back meanwhile */
    assert_true(session_query_refresh(q->file, hash, NOW_S + 50, &used_s, &e));
    assert_int_equal(used_s, NOW_S + 50);
    used_s = NOW_S + 40;
    assert_true(session_query_refresh(q->file, hash, NOW_S + 50, &used_s, &e));
    assert_int_equal(place_number(q->place, "SELECT last_used FROM sessions"), NOW_S + 50);
    for (int i = 0; i < 2; i++) {
        used_s = i;
        assert_true(session_query_refresh(q->file, other, NOW_S + 100, &used_s, &e));
        assert_int_equal(used_s, 0);
    }
}

static void a_damaged_row_is_an_error_that_names_the_file(void **state) {
    static const char *const DAMAGE[] = {
        "UPDATE sessions SET claims = '[]'", "UPDATE sessions SET claims = '{'",
        "UPDATE sessions SET claims = '{\"a\":\"' || hex(zeroblob(600000)) || '\"}'"};
    struct query *q = *state;
    unsigned char hash[SHA256_SIZE] = {1};
    struct err e;
    insert(q, 1, NOW_S, NOW_S, &e);
    for (size_t i = 0; i < sizeof DAMAGE / sizeof *DAMAGE; i++) {
        struct session *s;
        place_run(q->place, DAMAGE[i]);
        assert_false(session_query_load(q->file, hash, &s, &e));
        assert_null(s);
        assert_int_equal(e.code, ERR_STORE);
        assert_non_null(strstr(e.detail, q->place->file));
        assert_true(e.hint[0] != 0);
    }
}

static void use_may_be_unwritten_for_a_minute_or_a_quarter_of_the_idle_timeout(void **state) {
    (void)state;
    assert_int_equal(session_query_lag_s(&(struct session_limits){.idle_s = 3600}), 60);
    assert_int_equal(session_query_lag_s(&(struct session_limits){.idle_s = 240}), 60);
    assert_int_equal(session_query_lag_s(&(struct session_limits){.idle_s = 40}), 10);
    assert_int_equal(session_query_lag_s(&(struct session_limits){.idle_s = 1}), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_file, remove_file)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_read_is_what_was_written),
        TEST(a_principal_that_nobody_proved_stays_absent),
        TEST(at_the_limit_the_error_names_the_key),
        TEST(sessions_that_are_over_make_room),
        TEST(a_crowd_that_is_over_goes_also_while_the_limit_is_reached),
        TEST(what_was_deleted_is_gone_and_once_more_is_no_error),
        TEST(a_refresh_writes_reads_and_tells_who_is_gone),
        TEST(a_damaged_row_is_an_error_that_names_the_file),
        cmocka_unit_test(use_may_be_unwritten_for_a_minute_or_a_quarter_of_the_idle_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
