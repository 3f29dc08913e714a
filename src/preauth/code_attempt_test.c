/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/code_attempt.h"

#include "preauth/testing_store.h"

#include "preauth/factor_keys.h"
#include "preauth/form_page.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-"
#define CODE(code, to) "csrf=" TOKEN "&code=" code "&by=staff&to=" to

static struct broker_client *const BROKER = (struct broker_client *)&asked; /* never looked into */

/* A provider that asks for a code, with its key in a file. */
static int reset(void **state) {
    char file[] = "/tmp/code_attempt_test.XXXXXX";
    struct err e = {0};
    memset(&asked, 0, sizeof asked);
    place_make(state);
    struct place *p = *state;
    int fd = mkstemp(file);
    assert_true(fd >= 0 && dprintf(fd, "%s\n", TOKEN) > 0);
    close(fd);
    p->config->providers[0].second_factor.type = FACTOR_TOTP;
    p->config->providers[0].second_factor.key_file = file;
    p->tools.broker = BROKER;
    p->tools.factor_keys = factor_keys_new(p->config, &e);
    assert_non_null(p->tools.factor_keys);
    unlink(file);
    return 0;
}

static int check_leftovers(void **state) {
    struct place *p = *state;
    assert_false(asked.is_under_way);
    factor_keys_free((struct factor_keys *)p->tools.factor_keys);
    return place_remove(state);
}

static void take_page(void *user, const struct page *page) {
    struct place *p = user;
    assert_non_null(page);
    p->page = *page;
}

static enum local_result send_form(struct place *p, const char *path, const char *body,
                                   struct local_wait **wait) {
    ask(p, "POST", path);
    say(p, "Cookie", FORM_COOKIE "=" TOKEN);
    say(p, "Cookie", CODE_COOKIE "=" GIVEN_TOKEN);
    p->request.body = str_of(body);
    p->page = (struct page){0};
    return local_answer(&p->tools, &p->request, take_page, p, &p->page, wait);
}

static void send_code(struct place *p, const char *body, struct local_wait **wait) {
    assert_int_equal(send_form(p, "/.kerbgate/code", body, wait), LOCAL_LATER);
    assert_int_equal(asked.tried, 1);
}

static void type_password(struct place *p) {
    struct local_wait *wait;
    assert_int_equal(send_form(p, "/.kerbgate/sign-in",
                               "csrf=" TOKEN "&username=alice&password=p&by=staff&to=%2Flist%3Fa",
                               &wait),
                     LOCAL_LATER);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_NONE);
    assert_int_equal(asked.begun, 1);
    assert_int_equal(asked.good, 1);
}

static void the_password_leads_to_the_page_for_the_code_and_to_no_session(void **state) {
    struct place *p = *state;
    type_password(p);
    factor_answers(true, ERR_NONE);
    assert_int_equal(asked.created, 0);
    assert_int_equal(p->page.head.status, 303);
    assert_string_equal(told(p, "Location"),
                        "https://hr.example.com/.kerbgate/code?to=%2Flist%3Fa&by=staff");
    assert_string_equal(told(p, "Set-Cookie"),
                        CODE_COOKIE "=" GIVEN_TOKEN "; Path=/; Secure; HttpOnly; SameSite=Lax");
}

static void who_has_none_does_not_get_in(void **state) {
    struct place *p = *state;
    type_password(p);
    factor_answers(false, ERR_NONE);
    assert_int_equal(asked.created, 0);
    assert_int_equal(p->page.head.status, 403);
    assert_true(shows(p, "none is set up for you"));
    assert_int_equal(p->activity.err.code, ERR_FACTOR_MISSING);
}

static void but_where_it_is_for_those_enrolled(void **state) {
    struct place *p = *state;
    struct session session = {.identity = {.subject = p->text}};
    p->config->providers[0].second_factor.is_for_enrolled = true;
    type_password(p);
    factor_answers(false, ERR_NONE);
    assert_int_equal(asked.created, 1);
    store_answers(&session, ERR_NONE);
    assert_int_equal(p->page.head.status, 303);
    assert_non_null(strstr(asked.claims, "\"amr\":[\"pwd\"],\"acr\":\"pwd\""));
}

static void a_store_that_fails_lets_nobody_in(void **state) {
    struct place *p = *state;
    p->config->providers[0].second_factor.is_for_enrolled = true;
    type_password(p);
    factor_answers(false, ERR_STORE);
    assert_int_equal(asked.created, 0);
    assert_int_equal(p->page.head.status, 503);
}

static void the_code_leads_to_where_one_wanted_to_go(void **state) {
    struct place *p = *state;
    struct session session = {.identity = {.subject = p->text}};
    struct local_wait *wait;
    send_code(p, CODE("123+456", "%2Flist%3Fa"), &wait);
    assert_string_equal(asked.code, "123 456");
    assert_string_equal(asked.code_token, GIVEN_TOKEN);
    assert_string_equal(asked.code_provider, "staff");
    assert_string_equal(asked.code_host, "hr.example.com");
    code_answers(ERR_NONE, 0);
    assert_string_equal(asked.created_for, "staff alice@CORP.EXAMPLE");
    assert_non_null(strstr(asked.claims, "\"amr\":[\"pwd\",\"otp\"],\"acr\":\"mfa\""));
    store_answers(&session, ERR_NONE);
    assert_int_equal(p->page.head.status, 303);
    assert_string_equal(told(p, "Location"), "https://hr.example.com/list?a");
    assert_string_equal(told(p, "Set-Cookie"),
                        SESSION_COOKIE "=" GIVEN_TOKEN "; Path=/; Secure; HttpOnly; SameSite=Lax");
    assert_int_equal(asked.event, 21001);
}

struct answer_row {
    enum err_code code;
    int64_t retry_after_s;
    int status;
    const char *notice, *field;
};

static void a_code_that_is_not_taken_is_told_why(void **state) {
    static const struct answer_row ROWS[] = {
        {ERR_FACTOR_WRONG, 0, 401, "The code is not right.", "id=\"code\""},
        {ERR_FACTOR_USED, 0, 401, "used already", "id=\"code\""},
        {ERR_FACTOR_THROTTLED, 1800, 429, "Too many wrong codes. Please try again in 30 minutes.",
         "id=\"code\""},
        {ERR_FACTOR_UNREADABLE, 0, 503, "not possible at the moment", "id=\"code\""},
        {ERR_STORE, 0, 503, "not possible at the moment", "id=\"code\""},
        {ERR_FACTOR_STATE, 0, 403, "Please sign in again.", "id=\"password\""},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct answer_row *row = &ROWS[i];
        struct local_wait *wait;
        memset(&asked, 0, sizeof asked);
        send_code(p, CODE("123456", "%2Flist"), &wait);
        code_answers(row->code, row->retry_after_s);
        assert_int_equal(asked.created, 0);
        assert_int_equal(p->page.head.status, row->status);
        assert_int_equal(p->activity.err.code, row->code);
        if (!shows(p, row->notice) || !shows(p, row->field) || !shows(p, "value=\"/list\""))
            fail_msg("row %zu", i);
        assert_false(shows(p, "123456"));
        assert_string_equal(told(p, "Retry-After"), row->retry_after_s ? "1800" : "");
        if (row->code == ERR_FACTOR_STATE)
            assert_non_null(strstr(told(p, "Set-Cookie"), FORM_COOKIE));
    }
}

static void what_no_page_of_ours_has_sent_is_not_looked_at(void **state) {
    static const struct {
        const char *description, *path, *body, *cookie;
        int status;
    } ROWS[] = {
        {"another site's form", "/.kerbgate/code", "code=123456&to=%2F", CODE_COOKIE "=x", 403},
        {"another token", "/.kerbgate/code", "csrf=B" TOKEN "&code=123456", CODE_COOKIE "=x", 403},
        {"no password before", "/.kerbgate/code", CODE("123456", "%2F"), "a=b", 403},
        {"two passwords before", "/.kerbgate/code", CODE("123456", "%2F"),
         CODE_COOKIE "=x; " CODE_COOKIE "=y", 403},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct local_wait *wait;
        ask(p, "POST", ROWS[i].path);
        say(p, "Cookie", FORM_COOKIE "=" TOKEN);
        say(p, "Cookie", ROWS[i].cookie);
        p->request.body = str_of(ROWS[i].body);
        if (local_answer(&p->tools, &p->request, take_page, p, &p->page, &wait) != LOCAL_NOW ||
            p->page.head.status != ROWS[i].status || asked.tried)
            fail_msg("%s: %d", ROWS[i].description, p->page.head.status);
    }
}

static void the_page_is_the_same_for_everybody(void **state) {
    static const char *const PARTS[] = {
        "<form method=\"post\" action=\"/.kerbgate/code\">",
        "<label for=\"code\">",
        "id=\"code\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\"",
        "name=\"to\" value=\"/list?a\"",
        "name=\"by\" value=\"staff\"",
        "href=\"/.kerbgate/sign-in?to=%2Flist%3Fa&amp;by=staff\"",
    };
    struct place *p = *state;
    struct local_wait *wait;
    ask(p, "GET", "/.kerbgate/code?to=%2Flist%3Fa&by=staff");
    assert_int_equal(local_answer(&p->tools, &p->request, take_page, p, &p->page, &wait),
                     LOCAL_NOW);
    assert_int_equal(p->page.head.status, 200);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (!shows(p, PARTS[i]))
            fail_msg("%s", PARTS[i]);
    assert_false(shows(p, "role=\"alert\""));
}

static void there_is_none_where_no_code_is_asked_for(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    p->config->providers[0].second_factor.type = FACTOR_NOTHING;
    ask(p, "GET", "/.kerbgate/code");
    assert_int_equal(local_answer(&p->tools, &p->request, take_page, p, &p->page, &wait),
                     LOCAL_NOW);
    assert_int_equal(p->page.head.status, 404);
    assert_int_equal(send_form(p, "/.kerbgate/code", CODE("123456", "%2F"), &wait), LOCAL_NOW);
    assert_int_equal(p->page.head.status, 403);
    assert_int_equal(asked.tried, 0);
}

static void who_hangs_up_is_forgotten(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    send_code(p, CODE("123456", "%2F"), &wait);
    local_cancel(wait);
    send_form(p, "/.kerbgate/code", CODE("123456", "%2F"), &wait);
    code_answers(ERR_NONE, 0);
    local_cancel(wait);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, check_leftovers)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_password_leads_to_the_page_for_the_code_and_to_no_session),
        TEST(who_has_none_does_not_get_in),
        TEST(but_where_it_is_for_those_enrolled),
        TEST(a_store_that_fails_lets_nobody_in),
        TEST(the_code_leads_to_where_one_wanted_to_go),
        TEST(a_code_that_is_not_taken_is_told_why),
        TEST(what_no_page_of_ours_has_sent_is_not_looked_at),
        TEST(the_page_is_the_same_for_everybody),
        TEST(there_is_none_where_no_code_is_asked_for),
        TEST(who_hangs_up_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
