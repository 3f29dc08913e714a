/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing_attempt.h"

/* The form is there again, without the password. */
static void check_form_again(struct place *p, int status, const char *notice) {
    assert_int_equal(p->page.head.status, status);
    assert_true(shows(p, notice));
    assert_true(shows(p, "role=\"alert\""));
    assert_false(shows(p, "p &amp;"));
    assert_int_equal(asked.created, 0);
    assert_string_equal(told(p, "Cache-Control"), "no-store");
}

static void the_right_password_leads_to_where_one_wanted_to_go(void **state) {
    struct place *p = *state;
    struct session session = {.identity = {.subject = p->text}};
    struct local_wait *wait;
    post_well(p, FORM(" CORP%5CAlice ", "%2Flist%3Fa"), &wait);
    assert_int_equal(asked.asked, 0); /* written down first */
    reserve_answers(0, ERR_NONE);
    assert_string_equal(asked.account, "alice");
    assert_string_equal(asked.realm, "CORP.EXAMPLE");
    assert_string_equal(asked.password, "p &\xc3\xa4");
    broker_answers(ERR_NONE);
    assert_int_equal(asked.good, 1);
    assert_string_equal(asked.created_for, "staff alice@CORP.EXAMPLE");
    assert_string_equal(asked.created_on, "hr.example.com");
    assert_int_equal(p->page.head.status, 0); /* not before it is on the disk */
    store_answers(&session, ERR_NONE);
    assert_int_equal(p->page.head.status, 303);
    assert_string_equal(told(p, "Location"), "https://hr.example.com/list?a");
    assert_string_equal(told(p, "Set-Cookie"),
                        SESSION_COOKIE "=" GIVEN_TOKEN "; Path=/; Secure; HttpOnly; SameSite=Lax");
    assert_int_equal(asked.event, 21001);
}

static void the_password_is_of_the_realm_of_the_form_that_was_shown(void **state) {
    static const struct {
        const char *by, *realm;
    } ROWS[] = {{"", "CORP.EXAMPLE"},
                {"&by=partners", "PARTNERS.EXAMPLE"},
                {"&by=another", "CORP.EXAMPLE"}};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct session session = {.identity = {.subject = p->text}};
        struct local_wait *wait;
        char body[512];
        memset(&asked, 0, sizeof asked);
        snprintf(body, sizeof body, "%s%s", FORM("alice", "%2F"), ROWS[i].by);
        p->request.app = app_named(p, "both");
        post_well(p, body, &wait);
        reserve_answers(0, ERR_NONE);
        assert_string_equal(asked.realm, ROWS[i].realm);
        broker_answers(ERR_NONE);
        store_answers(&session, ERR_NONE);
    }
}

static void the_session_before_ends(void **state) {
    struct place *p = *state;
    struct session old = {0}, session = {.identity = {.subject = p->text}};
    struct local_wait *wait;
    p->request.session = &old;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_NONE);
    store_answers(&session, ERR_NONE);
    assert_int_equal(asked.ended, 1);
    store_answers(NULL, ERR_NONE);
    assert_int_equal(p->page.head.status, 303);
}

static char url[] = "https://password.example.com/?a&b";

static void a_wrong_password_stays_counted(void **state) {
    struct place *p = *state;
    p->config->providers[0].password_change_url = url;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2Flist"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_SIGN_IN_REFUSED);
    timer_fires();
    assert_int_equal(asked.good + asked.untried, 0);
    check_form_again(p, 401, "The user name or password is not right.");
    assert_true(shows(p, "value=\"alice\""));
    assert_true(shows(p, "value=\"/list\""));
    assert_false(shows(p, "<a "));
    assert_string_equal(told(p, "WWW-Authenticate"), "Kerbgate");
    assert_int_equal(p->activity.err.code, ERR_SIGN_IN_REFUSED);
}

static void an_expired_password_is_told_and_stays_counted(void **state) {
    struct place *p = *state;
    p->config->providers[0].password_change_url = url;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_SIGN_IN_MUST_CHANGE);
    assert_int_equal(asked.good + asked.untried, 0);
    check_form_again(p, 401, "The password is right, but has expired or must be changed.");
    assert_true(
        shows(p, "<a href=\"https://password.example.com/?a&amp;b\">Change the password</a>"));
}

static void a_directory_that_is_down_is_nobodys_failure(void **state) {
    static const struct {
        enum err_code code;
        unsigned untried;
    } ROWS[] = {{ERR_SIGN_IN_UNAVAILABLE, 1}, {ERR_SIGN_IN_KDC_FALSE, 1}, {ERR_BUSY, 1},
                {ERR_NO_MEMORY, 1}, /* the directory may have the password: */
                {ERR_SIGN_IN_SILENT, 0},      {ERR_BROKER_DOWN, 0}};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct local_wait *wait;
        memset(&asked, 0, sizeof asked);
        post_well(p, FORM("alice", "%2F"), &wait);
        reserve_answers(0, ERR_NONE);
        broker_answers(ROWS[i].code);
        assert_int_equal(asked.untried, ROWS[i].untried);
        check_form_again(p, 503, "Sign-in is not possible at the moment.");
        assert_true(shows(p, p->activity.id));
    }
}

static void too_many_attempts_never_reach_the_directory(void **state) {
    static const struct {
        int64_t seconds;
        const char *retry_after, *notice;
    } ROWS[] = {
        {1, "1", "try again in a minute."},
        {60, "60", "try again in a minute."},
        {61, "61", "try again in 2 minutes."},
        {1800, "1800", "try again in 30 minutes."},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct local_wait *wait;
        memset(&asked, 0, sizeof asked);
        post_well(p, FORM("alice", "%2F"), &wait);
        reserve_answers(ROWS[i].seconds, ERR_NONE);
        assert_int_equal(asked.asked, 0);
        assert_int_equal(asked.good + asked.untried, 0);
        check_form_again(p, 429, ROWS[i].notice);
        assert_string_equal(told(p, "Retry-After"), ROWS[i].retry_after);
    }
}

static void a_store_that_fails_lets_nobody_try(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_STORE);
    assert_int_equal(asked.asked, 0);
    check_form_again(p, 503, "Sign-in is not possible at the moment.");
}

static void a_session_that_cannot_be_kept_is_none(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_NONE);
    store_answers(NULL, ERR_STORE);
    assert_int_equal(p->page.head.status, 503);
    assert_false(shows(p, GIVEN_TOKEN));
    assert_null(strstr(told(p, "Set-Cookie"), GIVEN_TOKEN));
}

static void a_question_the_broker_does_not_take_was_not_tried(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    asked.is_broker_full = true;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    assert_int_equal(asked.untried, 1);
    check_form_again(p, 503, "Sign-in is not possible at the moment.");
}

static void a_refusal_tells_nothing_by_its_time(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_SIGN_IN_REFUSED);
    assert_int_equal(p->page.head.status, 0);
    assert_in_range(delay.ms, 1, 500);
    timer_fires();
    assert_int_equal(p->page.head.status, 401);
}

struct refused_row {
    const char *description, *body;
    int status;
};

static const struct refused_row REFUSED[] = {
    {"no token", "username=alice&password=p", 403},
    {"another token", "csrf=BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-&username=a&password=p",
     403},
    {"nothing", "", 403},
    {"no password", "csrf=" TOKEN "&username=alice", 401},
    {"an empty password", "csrf=" TOKEN "&username=alice&password=", 401},
    {"two passwords", "csrf=" TOKEN "&username=alice&password=a&password=b", 401},
    {"two passwords, one hidden", "csrf=" TOKEN "&username=alice&password=a&%70assword=b", 401},
    {"a NUL in the password", "csrf=" TOKEN "&username=alice&password=a%00b", 401},
    {"no user", "csrf=" TOKEN "&password=p", 401},
    {"a blank user", "csrf=" TOKEN "&username=+&password=p", 401},
    {"two users", "csrf=" TOKEN "&username=alice&username=bob&password=p", 401},
    {"a service's name", FORM("HTTP%2Fhr", "%2F"), 401},
    {"another realm", FORM("alice%40EVIL.EXAMPLE", "%2F"), 401},
    {"another domain", FORM("EVIL%5Calice", "%2F"), 401},
    {"a line break", FORM("ali%0ace", "%2F"), 401},
};

static void what_cannot_be_an_account_never_reaches_the_directory(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct local_wait *wait;
        enum local_result result = post(p, REFUSED[i].body, &wait);
        if (result != LOCAL_NOW || p->page.head.status != REFUSED[i].status)
            fail_msg("%s: %d", REFUSED[i].description, p->page.head.status);
        assert_int_equal(asked.reserved, 0);
        assert_null(wait);
    }
}

/* A cut name could be somebody else's. */
static void a_name_that_is_too_long_is_not_cut(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    char body[512] = "csrf=" TOKEN "&password=p&username=";
    size_t n = strlen(body);
    memset(body + n, 'a', 257);
    assert_int_equal(post(p, body, &wait), LOCAL_NOW);
    assert_int_equal(p->page.head.status, 401);
    assert_int_equal(asked.reserved, 0);
}

static void an_app_without_the_form_has_no_sign_in(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    p->request.app = app_named(p, "under");
    assert_int_equal(post(p, FORM("alice", "%2Fopen%2F"), &wait), LOCAL_NOW);
    assert_int_equal(p->page.head.status, 503);
    assert_int_equal(asked.reserved, 0);
}

static void no_secret_is_in_the_record(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_SIGN_IN_REFUSED);
    timer_fires();
    assert_null(memmem(&p->activity, sizeof p->activity, "p &", 3));
    assert_null(memmem(&p->activity, sizeof p->activity, TOKEN, 43));
}

/* The broker's client has its own copy, which it wipes. */
static void the_password_is_wiped_when_it_was_passed_on(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    assert_string_equal(asked.password, "p &\xc3\xa4");
    assert_memory_equal(asked.password_at.p, "\0\0\0\0\0", 5);
    broker_answers(ERR_SIGN_IN_REFUSED);
    timer_fires();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_right_password_leads_to_where_one_wanted_to_go),
        TEST(the_password_is_of_the_realm_of_the_form_that_was_shown),
        TEST(the_session_before_ends),
        TEST(a_wrong_password_stays_counted),
        TEST(a_refusal_tells_nothing_by_its_time),
        TEST(an_expired_password_is_told_and_stays_counted),
        TEST(a_directory_that_is_down_is_nobodys_failure),
        TEST(too_many_attempts_never_reach_the_directory),
        TEST(a_store_that_fails_lets_nobody_try),
        TEST(a_session_that_cannot_be_kept_is_none),
        TEST(a_question_the_broker_does_not_take_was_not_tried),
        TEST(what_cannot_be_an_account_never_reaches_the_directory),
        TEST(a_name_that_is_too_long_is_not_cut),
        TEST(an_app_without_the_form_has_no_sign_in),
        TEST(no_secret_is_in_the_record),
        TEST(the_password_is_wiped_when_it_was_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
