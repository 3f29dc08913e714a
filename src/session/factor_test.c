/* SPDX-License-Identifier: Apache-2.0 */
#include "session/factor.h"

#include "session/factor_pending.h"
#include "session/testing.h"

static const unsigned char KEY[SECRET_BOX_KEY_SIZE] = "one key", OTHER[SECRET_BOX_KEY_SIZE] = "x";
static const struct factor_whose ALICE = {"staff", "alice@CORP.EXAMPLE"};

enum { ATTEMPTS = 3, WINDOW_S = 1800 };

struct begun {
    unsigned count;
    bool is_enrolled;
    struct err err;
};

struct tried {
    unsigned count;
    enum err_code code;
    char who[64], account[64], own[64];
    int64_t retry_after_s;
};

static void on_begun(void *user, bool is_enrolled, const struct err *e) {
    struct begun *b = user;
    *b = (struct begun){b->count + 1, is_enrolled, *e};
}

static void on_tried(void *user, const struct factor_answer *a) {
    struct tried *t = user;
    t->count++;
    t->code = a->err->code;
    t->retry_after_s = a->retry_after_s;
    snprintf(t->account, sizeof t->account, "%s", a->account ? a->account : "");
    snprintf(t->who, sizeof t->who, "%s", a->who ? a->who->principal : "");
    if (a->who)
        snprintf(t->own, sizeof t->own, "%.*s", (int)a->who->own_ticket_size, a->who->own_ticket);
}

static struct factor SECRET = {
    .digest = SECRET_MAC_SHA1, .digits = 6, .secret = "12345678901234567890"};

static void enroll(struct place *p, const struct factor_whose *w) {
    struct err e = {0};
    struct session_file *f = session_file_open(p->file, &e);
    assert_non_null(f);
    assert_true(session_file_begin(f, SESSION_OUTLASTS_POWER, &e));
    assert_int_equal(factor_row_insert(f, KEY, w, &SECRET, &e), FACTOR_NONE);
    assert_true(session_file_end(f, true, &e));
    session_file_close(f);
}

/* The store's clock is at the beginning of a step, so that no step ends during a test. */
static int make_at_a_step(void **state) {
    place_make_store(state);
    struct place *p = *state;
    session_store_shift_clock(p->store, TOTP_STEP_S - clock_wall_s() % TOTP_STEP_S);
    return 0;
}

static int make_enrolled(void **state) {
    make_at_a_step(state);
    enroll(*state, &ALICE);
    return 0;
}

static struct begun begin_as(struct place *p, const struct identity *who,
                             char token[SESSION_TOKEN_SIZE]) {
    struct begun b = {0};
    assert_non_null(factor_begin(p->store, &p->loop, KEY, who, HOST, token, on_begun, &b));
    run_loop(&p->loop);
    assert_int_equal(b.count, 1);
    return b;
}

static void begin(struct place *p, char token[SESSION_TOKEN_SIZE]) {
    struct identity who = alice();
    struct begun b = begin_as(p, &who, token);
    assert_int_equal(b.err.code, ERR_NONE);
    assert_true(b.is_enrolled);
}

static struct tried try(struct place *p, const struct factor_try *t) {
    struct tried got = {0};
    assert_non_null(factor_try(p->store, &p->loop, t, on_tried, &got));
    run_loop(&p->loop);
    assert_int_equal(got.count, 1);
    return got;
}

static struct tried try_code(struct place *p, const char *token, const char *code) {
    return try(p, &(struct factor_try){.key = KEY,
                                       .attempts = ATTEMPTS,
                                       .window_s = WINDOW_S,
                                       .provider = "staff",
                                       .host = HOST,
                                       .token = str_of(token),
                                       .code = str_of(code)});
}

/* What an authenticator shows `steps` from now. */
static const char *code_in(struct place *p, int steps) {
    static char code[TOTP_DIGITS_MAX + 1];
    struct totp t = {SECRET.digest, SECRET.digits, STR("12345678901234567890")};
    totp_code(&t, session_store_now_s(p->store) / TOTP_STEP_S + steps, code);
    return code;
}

static void the_right_code_brings_back_what_was_proven(void **state) {
    static unsigned char own[] = "sealed";
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct identity who = alice();
    who.own_ticket = own;
    who.own_ticket_size = strlen("sealed");
    assert_true(begin_as(p, &who, token).is_enrolled);
    struct tried t = try_code(p, token, code_in(p, 0));
    assert_int_equal(t.code, ERR_NONE);
    assert_string_equal(t.who, "alice@CORP.EXAMPLE");
    assert_string_equal(t.account, "alice@CORP.EXAMPLE");
    assert_string_equal(t.own, "sealed");
    assert_int_equal(place_number(p, "SELECT count(*) FROM pending"), 0);
}

static void who_has_none_waits_for_nothing(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct identity who = alice();
    struct begun b = begin_as(p, &who, token);
    assert_int_equal(b.err.code, ERR_NONE);
    assert_false(b.is_enrolled);
    assert_int_equal(place_number(p, "SELECT count(*) FROM pending"), 0);
    assert_int_equal(try_code(p, token, code_in(p, 0)).code, ERR_FACTOR_STATE);
}

static void however_the_directory_spells_the_name(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE], name[] = "Alice@CORP.EXAMPLE";
    struct identity who = alice();
    who.principal = name;
    assert_true(begin_as(p, &who, token).is_enrolled);
}

static void a_code_is_good_once(void **state) {
    struct place *p = *state;
    char first[SESSION_TOKEN_SIZE], second[SESSION_TOKEN_SIZE];
    begin(p, first);
    begin(p, second);
    assert_int_equal(try_code(p, first, code_in(p, 0)).code, ERR_NONE);
    assert_int_equal(try_code(p, second, code_in(p, 0)).code, ERR_FACTOR_USED);
    assert_int_equal(try_code(p, second, code_in(p, -1)).code, ERR_FACTOR_USED);
    int64_t now_s = session_store_now_s(p->store);
    place_close(p); /* also for the next process, in the same step */
    place_open(p, PLACE_LIMITS);
    session_store_shift_clock(p->store, now_s - session_store_now_s(p->store));
    assert_int_equal(try_code(p, second, code_in(p, 0)).code, ERR_FACTOR_USED);
    assert_int_equal(try_code(p, second, code_in(p, 1)).code, ERR_NONE);
}

static void what_waits_is_good_for_one_sign_in(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    begin(p, token);
    assert_int_equal(try_code(p, token, code_in(p, 0)).code, ERR_NONE);
    assert_int_equal(try_code(p, token, code_in(p, 1)).code, ERR_FACTOR_STATE);
}

static void what_is_not_for_this_browser_is_refused(void **state) {
    static const struct {
        const char *description, *provider, *host, *token;
    } ROWS[] = {
        {"another host", "staff", "pay.example.com", NULL},
        {"another provider", "others", "hr.example.com", NULL},
        {"no token", "staff", "hr.example.com", ""},
        {"another token", "staff", "hr.example.com", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    };
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    begin(p, token);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tried t =
            try(p, &(struct factor_try){.key = KEY,
                                        .attempts = ATTEMPTS,
                                        .window_s = WINDOW_S,
                                        .provider = ROWS[i].provider,
                                        .host = str_of(ROWS[i].host),
                                        .token = str_of(ROWS[i].token ? ROWS[i].token : token),
                                        .code = str_of(code_in(p, 0))});
        if (t.code != ERR_FACTOR_STATE || t.who[0])
            fail_msg("%s: %d", ROWS[i].description, t.code);
    }
    assert_int_equal(try_code(p, token, code_in(p, 0)).code, ERR_NONE);
}

static void what_waits_too_long_is_over(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    begin(p, token);
    session_store_shift_clock(p->store, FACTOR_PENDING_S);
    assert_int_equal(try_code(p, token, code_in(p, 0)).code, ERR_FACTOR_STATE);
}

static void so_is_what_a_clock_gone_wrong_has_made(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    begin(p, token);
    session_store_shift_clock(p->store, -TOTP_STEP_S);
    assert_int_equal(try_code(p, token, code_in(p, 1)).code, ERR_FACTOR_STATE);
}

static void guessing_is_slowed_down_for_the_person(void **state) {
    struct place *p = *state;
    char token[2][SESSION_TOKEN_SIZE];
    begin(p, token[0]);
    begin(p, token[1]);
    for (int i = 0; i < ATTEMPTS; i++)
        assert_int_equal(try_code(p, token[i % 2], "wrong").code, ERR_FACTOR_WRONG);
    for (int i = 0; i < 2; i++) {
        struct tried t = try_code(p, token[i], code_in(p, 0));
        assert_int_equal(t.code, ERR_FACTOR_THROTTLED);
        assert_int_equal(t.retry_after_s, WINDOW_S);
        assert_string_equal(t.who, "");
    }
    session_store_shift_clock(p->store, WINDOW_S);
    begin(p, token[0]);
    assert_int_equal(try_code(p, token[0], code_in(p, 0)).code, ERR_NONE);
    assert_int_equal(place_number(p, "SELECT failed FROM factors"), 0);
}

static void a_password_is_good_for_few_codes(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    begin(p, token);
    for (int i = 0; i < FACTOR_TRIES; i++) {
        assert_int_equal(try_code(p, token, "000000").code, ERR_FACTOR_WRONG);
        place_run(p, "UPDATE factors SET failed = 0");
    }
    assert_int_equal(try_code(p, token, code_in(p, 0)).code, ERR_FACTOR_STATE);
}

static void only_so_many_wait_for_one_person(void **state) {
    struct place *p = *state;
    char first[SESSION_TOKEN_SIZE], token[SESSION_TOKEN_SIZE];
    begin(p, first);
    session_store_shift_clock(p->store, 1);
    for (int i = 0; i < FACTOR_PENDING_PER_PERSON; i++)
        begin(p, token);
    assert_int_equal(place_number(p, "SELECT count(*) FROM pending"), FACTOR_PENDING_PER_PERSON);
    assert_int_equal(try_code(p, first, code_in(p, 0)).code, ERR_FACTOR_STATE);
    assert_int_equal(try_code(p, token, code_in(p, 0)).code, ERR_NONE);
}

static void a_row_cannot_become_somebody_elses(void **state) {
    static const struct {
        const char *sql;
        enum err_code code;
    } ROWS[] = {
        {"UPDATE factors SET account = 'bob@CORP.EXAMPLE';"
         "UPDATE pending SET account = 'bob@CORP.EXAMPLE'",
         ERR_FACTOR_UNREADABLE},
        {"UPDATE factors SET secret = zeroblob(50)", ERR_FACTOR_UNREADABLE},
        {"UPDATE pending SET state = zeroblob(50)", ERR_FACTOR_STATE},
        {"DELETE FROM factors", ERR_FACTOR_STATE},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char token[SESSION_TOKEN_SIZE];
        place_run(p, "DELETE FROM factors; DELETE FROM pending");
        enroll(p, &ALICE);
        begin(p, token);
        place_run(p, ROWS[i].sql);
        struct tried t = try_code(p, token, code_in(p, 0));
        if (t.code != ROWS[i].code || t.who[0])
            fail_msg("%s: %d", ROWS[i].sql, t.code);
    }
}

static void another_key_opens_nothing(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    begin(p, token);
    struct tried t = try(p, &(struct factor_try){.key = OTHER,
                                                 .attempts = ATTEMPTS,
                                                 .window_s = WINDOW_S,
                                                 .provider = "staff",
                                                 .host = HOST,
                                                 .token = str_of(token),
                                                 .code = str_of(code_in(p, 0))});
    assert_int_equal(t.code, ERR_FACTOR_UNREADABLE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_enrolled, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_right_code_brings_back_what_was_proven),
        cmocka_unit_test_setup_teardown(who_has_none_waits_for_nothing, make_at_a_step,
                                        place_remove),
        TEST(however_the_directory_spells_the_name),
        TEST(a_code_is_good_once),
        TEST(what_waits_is_good_for_one_sign_in),
        TEST(what_is_not_for_this_browser_is_refused),
        TEST(what_waits_too_long_is_over),
        TEST(so_is_what_a_clock_gone_wrong_has_made),
        TEST(guessing_is_slowed_down_for_the_person),
        TEST(a_password_is_good_for_few_codes),
        TEST(only_so_many_wait_for_one_person),
        TEST(a_row_cannot_become_somebody_elses),
        TEST(another_key_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
