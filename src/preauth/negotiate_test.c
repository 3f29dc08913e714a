/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser is answered that has a ticket, or none. Real tickets are in
 * tests/e2e/test_negotiate.py.
 */
#include "preauth/testing_store.h"

#include "base/encode.h"

#include <arpa/inet.h>

#define AT(name, host, by)                                                                         \
    "- {name: " name ", external_url: \"https://" host "/\", internal_url: \"http://" name         \
    ".corp/\", sso: {mode: kerberos, spn: HTTP/" name ".corp}, pre_authentication: " by "}\n"
#define NEGOTIATE_YAML                                                                             \
    GATEWAY "identity_providers: [{name: inside, type: negotiate, sources: [10.0.0.0/8]}, "        \
            "{name: staff, type: form, realm: CORP.EXAMPLE}, "                                     \
            "{name: partners, type: form, realm: PARTNERS.EXAMPLE}]\n" CONNECTOR                   \
            "apps:\n" AT("hr", "hr.example.com", "[inside, staff]")                                \
                AT("only", "only.example.com", "inside")                                           \
                    AT("late", "late.example.com", "[staff, inside]")                              \
                        AT("many", "many.example.com", "[inside, staff, partners]")

/* A bare token of Kerberos with a ticket for HTTP/hr.e, as far as it is read here. */
#define TICKET                                                                                     \
    "\x60\x7f\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00\x6e\x70\x30\x6e\xa0"             \
    "\x03\x02\x01\x05\xa1\x03\x02\x01\x0e\xa2\x07\x03\x05\x00\x00\x00\x00\x00\xa3\x46"             \
    "\x61\x44\x30\x42\xa0\x03\x02\x01\x05\xa1\x0e\x1b\x0c\x43\x4f\x52\x50\x2e\x45\x58"             \
    "\x41\x4d\x50\x4c\x45\xa2\x17\x30\x15\xa0\x03\x02\x01\x02\xa1\x0e\x30\x0c\x1b\x04"             \
    "\x48\x54\x54\x50\x1b\x04\x68\x72\x2e\x65\xa3\x12\x30\x10\xa0\x03\x02\x01\x12\xa1"             \
    "\x03\x02\x01\x03\xa2\x04\x04\x02\x78\x78\xa4\x11\x30\x0f\xa0\x03\x02\x01\x12\xa2"             \
    "\x08\x04\x06\x79\x79\x79\x79\x79\x79"

static struct {
    unsigned done;
    bool has_page;
    struct page page;
} heard;

static void on_done(void *user, const struct page *page) {
    (void)user;
    heard.done++;
    heard.has_page = page;
    if (page)
        heard.page = *page;
}

static int make(void **state) {
    place_make(state);
    struct place *p = *state;
    memset(&asked, 0, sizeof asked);
    memset(&heard, 0, sizeof heard);
    place_configure(p, NEGOTIATE_YAML);
    p->tools.broker = (struct broker_client *)p; /* only ever passed on */
    return 0;
}

static struct sockaddr_in address;
static char alice[] = "alice@CORP.EXAMPLE";

/* GET of the sign-in address from there, with this for a token ("": without). */
static enum local_result get(struct place *p, const char *app, const char *from, struct str token,
                             struct local_wait **wait) {
    struct buf text;
    ask(p, "GET", "/.kerbgate/sign-in?to=%2Fdeep%3Fx%3D1%26y");
    address = (struct sockaddr_in){.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, from, &address.sin_addr), 1);
    p->request.source = (const struct sockaddr *)&address;
    p->request.app = app_named(p, app);
    p->request.end_point = STR("end point");
    buf_init(&text, 4096);
    buf_add(&text, STR("negotiate "));
    encode_base64(&text, token);
    buf_add_byte(&text, '\0');
    if (token.n > 0)
        say(p, "Authorization", arena_cstr(&p->arena, buf_str(&text)));
    buf_fini(&text);
    return local_answer(&p->tools, &p->request, on_done, p, &p->page, wait);
}

static void browsers_inside_are_asked_and_all_others_go_on(void **state) {
    static const struct {
        const char *app, *from;
        int status;
        const char *challenge, *refresh;
    } ROWS[] = {
        {"hr", "10.1.2.3", 401, "Negotiate",
         "0; url=/.kerbgate/sign-in?by=staff&to=%2Fdeep%3Fx%3D1%26y"},
        {"hr", "192.0.2.1", 200, "", ""},
        {"only", "10.1.2.3", 401, "Negotiate", ""},
        {"only", "192.0.2.1", 403, "", ""},
        {"late", "10.1.2.3", 200, "", ""},
        {"many", "10.1.2.3", 401, "Negotiate",
         "0; url=/.kerbgate/sign-in?to=%2Fdeep%3Fx%3D1%26y&choose=1"},
        {"many", "192.0.2.1", 200, "", ""},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct local_wait *wait;
        assert_int_equal(get(p, ROWS[i].app, ROWS[i].from, STR_NONE, &wait), LOCAL_NOW);
        assert_int_equal(p->page.head.status, ROWS[i].status);
        assert_string_equal(told(p, "WWW-Authenticate"), ROWS[i].challenge);
        assert_string_equal(told(p, "Refresh"), ROWS[i].refresh);
        if (ROWS[i].refresh[0])
            assert_true(shows(p, "Sign in another way"));
    }
    assert_int_equal(asked.asked, 0);
}

static void who_is_led_on_to_a_choice_is_not_asked_for_a_ticket_again(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    get(p, "many", "10.1.2.3", STR_NONE, &wait);
    ask(p, "GET", "/.kerbgate/sign-in?to=%2Fdeep&choose=1");
    assert_int_equal(local_answer(&p->tools, &p->request, on_done, p, &p->page, &wait), LOCAL_NOW);
    assert_int_equal(p->page.head.status, 200);
    assert_true(shows(p, "by=staff\"") && shows(p, "by=partners\""));
}

static void what_is_no_ticket_is_refused_without_asking_anybody(void **state) {
    static const struct {
        struct str token;
        enum err_code code;
        const char *words;
    } ROWS[] = {
        {STR("NTLMSSP\0\1\0\0\0"), ERR_NEGOTIATE_NTLM, "offered NTLM"},
        {STR("rubbish"), ERR_NEGOTIATE_TOKEN, "cannot be used"},
        {STR("\xa1\x02\x30\x00"), ERR_NEGOTIATE_TOKEN, "cannot be used"},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct local_wait *wait;
        assert_int_equal(get(p, "hr", "10.1.2.3", ROWS[i].token, &wait), LOCAL_NOW);
        assert_int_equal(p->page.head.status, 403);
        assert_int_equal(p->activity.err.code, ROWS[i].code);
        assert_string_equal(told(p, "WWW-Authenticate"), "");
        assert_true(shows(p, ROWS[i].words) && shows(p, "Sign in another way"));
    }
    assert_int_equal(asked.asked, 0);
}

static void begin(struct place *p, struct local_wait **wait) {
    assert_int_equal(get(p, "hr", "10.1.2.3", STR(TICKET), wait), LOCAL_LATER);
    assert_int_equal(asked.asked, 1);
    assert_int_equal(asked.kind, BROKER_ACCEPT);
    assert_string_equal(asked.provider, "inside");
    assert_string_equal(asked.host, "hr.example.com");
    assert_true(asked.wants_evidence);
}

static void a_good_ticket_becomes_a_session_with_our_proof(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    struct session session = {.identity = {.subject = alice}};
    unsigned char ap_rep[] = {0x6f, 0x02, 0x30, 0x00};
    struct broker_reply reply = {.kind = BROKER_ACCEPT,
                                 .principal = "alice@CORP.EXAMPLE",
                                 .sid = "S-1-5-21-1-2-3-1104",
                                 .groups = strdup("[\"HR\"]"),
                                 .ap_rep = memcpy(malloc(sizeof ap_rep), ap_rep, sizeof ap_rep),
                                 .ap_rep_size = sizeof ap_rep};
    begin(p, &wait);
    asked.answer(asked.answer_user, &reply);
    assert_string_equal(asked.created_for, "inside alice@CORP.EXAMPLE");
    assert_string_equal(asked.created_on, "hr.example.com");
    assert_string_equal(asked.claims,
                        "{\"user_principal_name\":\"alice@CORP.EXAMPLE\","
                        "\"on_premises_user_principal_name\":\"alice@CORP.EXAMPLE\","
                        "\"on_premises_sam_account_name\":\"alice\",\"amr\":[\"kerberos\"],"
                        "\"groups\":[\"HR\"],\"onprem_sid\":\"S-1-5-21-1-2-3-1104\"}");
    store_answers(&session, ERR_NONE);
    assert_int_equal(heard.done, 1);
    p->page = heard.page;
    assert_int_equal(p->page.head.status, 303);
    assert_string_equal(told(p, "Location"), "https://hr.example.com/deep?x=1&y");
    assert_non_null(strstr(told(p, "Set-Cookie"), GIVEN_TOKEN));
    assert_string_equal(told(p, "WWW-Authenticate"), "Negotiate YBEGCSqGSIb3EgECAgIAbwIwAA==");
    assert_int_equal(asked.event, 21001);
}

static void what_the_broker_refuses_is_told(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    struct broker_reply reply = {.kind = BROKER_ACCEPT};
    begin(p, &wait);
    err_set(&reply.err, ERR_NEGOTIATE_CLOCK, "400 s");
    asked.answer(asked.answer_user, &reply);
    assert_int_equal(heard.done, 1);
    p->page = heard.page;
    assert_int_equal(p->page.head.status, 403);
    assert_true(shows(p, "The clock of this computer may be wrong"));
    assert_int_equal(p->activity.err.code, ERR_NEGOTIATE_CLOCK);
    assert_int_equal(asked.created, 0);
}

static void the_session_before_ends(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    struct session before = {.is_over = false}, session = {.identity = {.subject = alice}};
    struct broker_reply reply = {.kind = BROKER_ACCEPT, .principal = "alice@CORP.EXAMPLE"};
    p->request.session = &before;
    begin(p, &wait);
    asked.answer(asked.answer_user, &reply);
    store_answers(&session, ERR_NONE);
    assert_int_equal(asked.ended, 1);
    assert_int_equal(heard.done, 0);
    store_answers(NULL, ERR_STORE); /* it goes on all the same */
    assert_int_equal(heard.done, 1);
    assert_int_equal(heard.page.head.status, 303);
}

static void who_goes_away_is_forgotten(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    begin(p, &wait);
    local_cancel(wait);
    assert_int_equal(asked.canceled_questions, 1);
    assert_int_equal(heard.done, 0);
}

static void a_broker_that_takes_nothing_is_told(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    asked.is_broker_full = true;
    assert_int_equal(get(p, "hr", "10.1.2.3", STR(TICKET), &wait), LOCAL_NOW);
    assert_int_equal(p->page.head.status, 503);
    assert_int_equal(p->activity.err.code, ERR_BUSY);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(browsers_inside_are_asked_and_all_others_go_on),
        WITH_PLACE(who_is_led_on_to_a_choice_is_not_asked_for_a_ticket_again),
        WITH_PLACE(what_is_no_ticket_is_refused_without_asking_anybody),
        WITH_PLACE(a_good_ticket_becomes_a_session_with_our_proof),
        WITH_PLACE(what_the_broker_refuses_is_told),
        WITH_PLACE(the_session_before_ends),
        WITH_PLACE(who_goes_away_is_forgotten),
        WITH_PLACE(a_broker_that_takes_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
