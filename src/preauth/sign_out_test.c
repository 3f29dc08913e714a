/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions end because a person, or a provider, says so, whatever becomes of who said it. The
 * providers' desk answers when the test says so.
 */
#include "preauth/testing_store.h"

#include "preauth/form_page.h"
#include "preauth/oidc_desk.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-"
#define OIDC(name, client)                                                                         \
    "- {name: " name ", type: oidc, issuer: \"https://idp/\", client_id: " client                  \
    ", client_secret_file: s, front_channel_logout: on}\n"

static oidc_done_fn *desk_done;
static void *desk_user;
static unsigned remembered, told_others, cancelled;

struct oidc_call *oidc_ask(struct oidc_desk *d, uv_loop_t *loop, const struct oidc_question *q,
                           oidc_done_fn *done, void *user) {
    static char call;
    (void)d, (void)loop, (void)q;
    desk_done = done;
    desk_user = user;
    return (struct oidc_call *)&call;
}

void oidc_cancel(struct oidc_call *c) { cancelled += c != NULL; }

void oidc_logout_is_done(struct oidc_desk *d, const unsigned char logout[SHA256_SIZE]) {
    (void)d;
    assert_int_equal(logout[0], 7);
    remembered++;
}

static void on_signed_out(void *user, const struct session_ended *ended) {
    (void)user;
    assert_int_equal(ended->count, 1);
    told_others++;
}

static int reset(void **state) {
    memset(&asked, 0, sizeof asked);
    remembered = told_others = cancelled = 0;
    place_make(state);
    ((struct place *)*state)->tools.signed_out = on_signed_out;
    return 0;
}

/* With two providers that are one client of one issuer, and two that are others. */
static int reset_with_providers(void **state) {
    static char desk; /* never looked into */
    reset(state);
    struct place *p = *state;
    config_free(p->config);
    p->config = parse_fine(GATEWAY "identity_providers:\n" OIDC("one", "c") OIDC("other", "d")
                               OIDC("two", "c") CONNECTOR
                           "apps:\n- {name: hr, external_url: \"https://hr.example.com/\", "
                           "internal_url: \"http://hr.corp/\", pre_authentication: one}\n");
    p->tools.config = p->config;
    p->request.app = &p->config->apps[0];
    p->tools.desk = (struct oidc_desk *)&desk;
    return 0;
}

static int check_leftovers(void **state) {
    struct place *p = *state;
    assert_true(LIST_EMPTY(&p->tools.behind));
    assert_false(asked.is_under_way);
    return place_remove(state);
}

static void take_page(void *user, const struct page *page) {
    struct place *p = user;
    assert_non_null(page);
    p->page = *page;
}

static struct local_wait *post(struct place *p, const char *path, struct str body) {
    struct local_wait *wait;
    ask(p, "POST", path);
    say(p, "Cookie", FORM_COOKIE "=" TOKEN);
    p->request.body = body;
    assert_int_equal(local_answer(&p->tools, &p->request, take_page, p, &p->page, &wait),
                     LOCAL_LATER);
    return wait;
}

static struct local_wait *start_sign_out(struct place *p, struct session *session) {
    p->request.session = session;
    struct local_wait *wait = post(p, "/.kerbgate/sign-out", STR("csrf=" TOKEN));
    assert_int_equal(asked.ended, 1);
    return wait;
}

/* The client is gone, and nothing of the request is there any more. */
static void hang_up(struct place *p, struct local_wait *wait) {
    local_cancel(wait);
    memset(&p->request, 0xff, sizeof p->request);
    memset(&p->activity, 0xff, sizeof p->activity);
}

static void signing_out_ends_the_session_before_it_says_so(void **state) {
    struct place *p = *state;
    struct session session = {0};
    start_sign_out(p, &session);
    assert_int_equal(told_others, 0);
    store_answers(NULL, ERR_NONE);
    assert_int_equal(p->page.head.status, 200);
    assert_non_null(strstr(told(p, "Set-Cookie"), "Max-Age=0"));
    assert_int_equal(asked.event, 21008);
    assert_int_equal(told_others, 1);
}

static void a_store_that_fails_does_not_sign_out(void **state) {
    struct place *p = *state;
    struct session session = {0};
    start_sign_out(p, &session);
    store_answers(NULL, ERR_STORE);
    assert_int_equal(p->page.head.status, 503);
    assert_string_equal(told(p, "Set-Cookie"), "");
    assert_int_equal(asked.event, 0);
    assert_int_equal(told_others, 0);
}

static void who_hangs_up_is_signed_out_all_the_same(void **state) {
    struct place *p = *state;
    struct session session = {0};
    hang_up(p, start_sign_out(p, &session));
    assert_true(asked.is_under_way);
    store_answers(NULL, ERR_NONE);
    assert_int_equal(asked.event, 21008);
    assert_int_equal(told_others, 1);
    assert_int_equal(p->page.head.status, 0);
}

static void that_it_failed_is_written_down_when_nobody_waits(void **state) {
    struct place *p = *state;
    struct session session = {0};
    hang_up(p, start_sign_out(p, &session));
    store_answers(NULL, ERR_STORE);
    assert_int_equal(asked.event, err_info(ERR_STORE)->event);
    assert_int_equal(told_others, 0);
}

static void what_goes_on_behind_ends_with_the_loop(void **state) {
    struct place *p = *state;
    struct session session = {0};
    hang_up(p, start_sign_out(p, &session));
    local_fini(&p->tools);
}

static struct local_wait *send_logout(struct place *p) {
    return post(p, "/.kerbgate/backchannel-logout", STR("logout_token=x"));
}

static void desk_answers(struct place *p) {
    struct oidc_answer a = {.provider = &p->config->providers[0], .sub = "alice", .logout = {7, 0}};
    desk_done(desk_user, &a);
}

static const struct session_ended *one_ended(void) {
    static struct session session;
    static struct session_ended ended;
    ended = (struct session_ended){.at = {&session}, .count = 1, .total = 1};
    return &ended;
}

static void
a_logout_token_is_for_every_name_of_its_client_and_counts_when_it_is_done(void **state) {
    struct place *p = *state;
    send_logout(p);
    desk_answers(p);
    assert_string_equal(asked.whose, "alice of one, alice of two, ");
    assert_int_equal(remembered, 0);
    store_ended(one_ended(), ERR_NONE);
    assert_int_equal(p->page.head.status, 200);
    assert_int_equal(asked.event, 22008);
    assert_int_equal(told_others, 1);
    assert_int_equal(remembered, 1);
}

static void a_logout_that_the_store_fails_may_be_sent_again(void **state) {
    struct place *p = *state;
    send_logout(p);
    desk_answers(p);
    store_ended(one_ended(), ERR_STORE);
    assert_int_equal(p->page.head.status, 503);
    assert_int_equal(told_others, 1); /* of those that have ended */
    assert_int_equal(remembered, 0);
}

static void a_provider_that_hangs_up_ends_sessions_and_may_send_it_again(void **state) {
    struct place *p = *state;
    struct local_wait *wait = send_logout(p);
    desk_answers(p);
    hang_up(p, wait);
    store_ended(one_ended(), ERR_NONE);
    assert_int_equal(told_others, 1);
    assert_int_equal(asked.event, 22008);
    assert_int_equal(remembered, 0);
}

#define SID "0123456789abcdefghij"
#define FRAME "/.kerbgate/frontchannel-logout?iss=https%3A%2F%2Fidp%2F&sid="

/* A session of that provider's and sid, which the cookie is of. */
static struct session *bring(struct place *p, char *provider, const char *sid) {
    static struct session session;
    char claims[64];
    snprintf(claims, sizeof claims, "{\"sid\":\"%s\"}", sid);
    struct identity who = {.provider = provider, .subject = provider, .claims = claims};
    assert_true(identity_copy(&session.identity, &who));
    p->request.session = &session;
    return &session;
}

static enum local_result frame(struct place *p, const char *target, struct local_wait **wait) {
    p->page = (struct page){.body = STR_NONE};
    ask(p, "GET", target);
    return local_answer(&p->tools, &p->request, take_page, p, &p->page, wait);
}

static void a_frame_ends_whom_issuer_and_sid_name_and_is_for_the_issuers_pages(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    assert_int_equal(frame(p, FRAME SID, &wait), LOCAL_LATER);
    assert_string_equal(asked.whose, "anybody of one, anybody of other, anybody of two, ");
    store_ended(one_ended(), ERR_NONE);
    assert_int_equal(p->page.head.status, 200);
    assert_string_equal(told(p, "Cache-Control"), "no-store");
    assert_string_equal(told(p, "Content-Security-Policy"),
                        "default-src 'none'; frame-ancestors https://idp");
    assert_string_equal(told(p, "Set-Cookie"), "");
    assert_int_equal(asked.event, 22008);
    assert_int_equal(told_others, 1);
    assert_int_equal(remembered, 0);
    asked.event = 0;
    assert_int_equal(frame(p, FRAME SID, &wait), LOCAL_LATER);
    store_ended(&(struct session_ended){.count = 0}, ERR_NONE);
    assert_int_equal(p->page.head.status, 200); /* whether there was one is told to nobody */
    assert_int_equal(asked.event, 0);
}

static void a_frame_that_anybody_could_have_made_up_ends_nothing(void **state) {
    static const char *const ROWS[] = {
        "/.kerbgate/frontchannel-logout",
        "/.kerbgate/frontchannel-logout?iss=https%3A%2F%2Fidp%2F",
        "/.kerbgate/frontchannel-logout?sid=" SID,
        "/.kerbgate/frontchannel-logout?iss=https%3A%2F%2Fevil%2F&sid=" SID,
        "/.kerbgate/frontchannel-logout?iss=https%3A%2F%2Fidp&sid=" SID,
        FRAME,
        FRAME "0123456789abcdefghi",
        FRAME SID "%00",
        FRAME SID "%0a",
        FRAME SID "&sid=" SID,
        FRAME SID "&iss=x",
    };
    struct place *p = *state;
    struct local_wait *wait;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (frame(p, ROWS[i], &wait) != LOCAL_NOW)
            fail_msg("%s", ROWS[i]);
        assert_int_equal(p->page.head.status, 400);
    }
}

static void a_sid_that_can_be_guessed_needs_the_cookie_of_its_session(void **state) {
    static const struct {
        const char *provider, *sid;
        bool counts;
    } ROWS[] = {{"one", "7", true}, {"two", "7", true}, {"one", "8", false}, {"staff", "7", false}};
    struct place *p = *state;
    struct local_wait *wait;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct session *s = bring(p, (char *)ROWS[i].provider, ROWS[i].sid);
        assert_int_equal(frame(p, FRAME "7", &wait), ROWS[i].counts ? LOCAL_LATER : LOCAL_NOW);
        if (ROWS[i].counts)
            store_ended(one_ended(), ERR_NONE);
        assert_int_equal(strstr(told(p, "Set-Cookie"), "Max-Age=0") != NULL, ROWS[i].counts);
        identity_fini(&s->identity);
    }
}

static void no_frame_counts_where_it_is_not_configured(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    for (size_t i = 0; i < p->config->provider_count; i++)
        p->config->providers[i].oidc.front_channel_logout = false;
    assert_int_equal(frame(p, FRAME SID, &wait), LOCAL_NOW);
    assert_int_equal(p->page.head.status, 400);
}

static void a_token_that_nobody_waits_for_is_not_even_read(void **state) {
    struct place *p = *state;
    hang_up(p, send_logout(p));
    assert_int_equal(cancelled, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, check_leftovers)
#define TEST_OIDC(f) cmocka_unit_test_setup_teardown(f, reset_with_providers, check_leftovers)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(signing_out_ends_the_session_before_it_says_so),
        TEST(a_store_that_fails_does_not_sign_out),
        TEST(who_hangs_up_is_signed_out_all_the_same),
        TEST(that_it_failed_is_written_down_when_nobody_waits),
        TEST(what_goes_on_behind_ends_with_the_loop),
        TEST_OIDC(a_logout_token_is_for_every_name_of_its_client_and_counts_when_it_is_done),
        TEST_OIDC(a_logout_that_the_store_fails_may_be_sent_again),
        TEST_OIDC(a_provider_that_hangs_up_ends_sessions_and_may_send_it_again),
        TEST_OIDC(a_frame_ends_whom_issuer_and_sid_name_and_is_for_the_issuers_pages),
        TEST_OIDC(a_frame_that_anybody_could_have_made_up_ends_nothing),
        TEST_OIDC(a_sid_that_can_be_guessed_needs_the_cookie_of_its_session),
        TEST_OIDC(no_frame_counts_where_it_is_not_configured),
        TEST_OIDC(a_token_that_nobody_waits_for_is_not_even_read),
    };
    return cmocka_run_group_tests_name("preauth/sign_out", tests, NULL, NULL);
}
