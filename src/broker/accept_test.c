/* SPDX-License-Identifier: Apache-2.0
 *
 * What is let in of the tickets that come: minted as browsers do, by a KDC of the test's. Their
 * PACs and what a real KDC makes of the evidence are in tests/e2e/test_negotiate.py.
 */
#include "kerberos/testing_kdc.h"

#include "config/testing.h"

#include "base/encode.h"
#include "broker/accept.h"
#include "broker/client_ticket.h"
#include "kerberos/mint.h"
#include "kerberos/spnego_offer.h"

#define INSIDE(keys)                                                                               \
    GATEWAY "identity_providers: [{name: inside, type: negotiate, sources: [10.0.0.0/8]" keys      \
            "}, {name: staff, type: form, realm: CORP.EXAMPLE}]\n"                                 \
            "connector: {kerberos: {keytab: k.keytab, principal: svc@CORP.EXAMPLE, deny_users: "   \
            "[mallory]}}\n"                                                                        \
            "apps:\n" AN_APP("hr", "hr.corp.example", "inside")                                    \
                AN_APP("wild", "*.apps.example.com", "[staff, inside]")                            \
                    AN_APP("other", "other.example.com", "staff")
#define AN_APP(name, host, by)                                                                     \
    "- {name: " name ", external_url: \"https://" host "/\", internal_url: \"http://" name         \
    ".corp/\", pre_authentication: " by "}\n"
#define OUR_END_POINT STR("0123456789abcdef0123456789abcdef")
#define ANOTHER_END_POINT STR("1123456789abcdef0123456789abcdef")

enum { USUAL_FLAGS = TKT_FLG_FORWARDABLE | TKT_FLG_PRE_AUTH };

static const struct issue USUAL = {.service = SERVICE, .flags = USUAL_FLAGS, .ends_s = 3600};

static struct mint *mint;
static krb5_keyblock service_key, another_key;
static struct krb k;
static struct accept_tools tools;
static struct config *config;
static unsigned char ours[MINT_BINDINGS_SIZE], anothers[MINT_BINDINGS_SIZE];

static void use(const char *yaml) {
    struct err e;
    config_free(config);
    member_groups_free(tools.members);
    replay_free(tools.replay);
    config = parse_fine(yaml);
    tools = (struct accept_tools){.config = config,
                                  .members = member_groups_new(config, &e),
                                  .replay = replay_new(clock_wall_ms() - 60000)};
    k.config = &config->kerberos;
}

static int start(void **state) {
    (void)state;
    struct err e;
    must(krb5_init_context(&context));
    must(krb5_kt_resolve(context, KEYTAB, &keytab));
    must(krb5_c_make_random_key(context, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &another_key));
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &service_key);
    mint = mint_new(&e);
    k = (struct krb){.context = context, .keytab = keytab, .self = parsed(SERVICE)};
    use(INSIDE(""));
    return !mint_bindings(mint, OUR_END_POINT, ours) ||
           !mint_bindings(mint, ANOTHER_END_POINT, anothers);
}

static int end(void **state) {
    (void)state;
    member_groups_free(tools.members);
    replay_free(tools.replay);
    config_free(config);
    mint_free(mint);
    krb5_free_principal(context, k.self);
    krb5_free_keyblock_contents(context, &service_key);
    krb5_free_keyblock_contents(context, &another_key);
    krb5_kt_close(context, keytab);
    krb5_free_context(context);
    return 0;
}

/* A token as a browser sends it: its AP-REQ is in `token`. */
struct sent {
    struct buf token;
    struct spnego_offer offer;
};

static void send_token(struct sent *s, struct ticket *t, const struct mint_order *o) {
    struct err e = {ERR_NONE};
    struct mint_proof proof;
    struct buf header;
    struct mint_die *die = mint_die_new(mint, t, &e);
    buf_init_secret(&header, 64 * 1024);
    buf_init_secret(&s->token, 64 * 1024);
    if (!die || !mint_header(mint, die, o, &header, &proof, &e) ||
        !decode_base64(&s->token, str_from(buf_str(&header), 10)))
        fail_msg("%s", e.detail);
    spnego_offer_read(buf_str(&s->token), &s->offer);
    assert_int_equal(s->offer.kind, OFFER_TICKET);
    buf_fini(&header);
    mint_die_free(die);
    ticket_free(t);
}

static struct broker_request question(const struct sent *s) {
    return (struct broker_request){.kind = BROKER_ACCEPT,
                                   .provider = STR("inside"),
                                   .host = STR("hr.corp.example"),
                                   .ap_req = s->offer.ap_req.message,
                                   .end_point = OUR_END_POINT,
                                   .wants_evidence = true};
}

static enum err_code ask(const struct broker_request *q, struct broker_reply *r, struct err *e) {
    *e = (struct err){.code = ERR_NONE};
    *r = (struct broker_reply){.kind = BROKER_ACCEPT};
    bool is_good = accept_ticket(&k, &tools, q, r, e);
    assert_int_equal(is_good, e->code == ERR_NONE);
    return e->code;
}

static void only_a_good_ticket_of_the_right_people_is_accepted(void **state) {
    (void)state;
    const struct {
        const char *name, *client;
        const krb5_keyblock *key;
        struct issue as;
        const unsigned char *bindings;
        enum err_code code;
        const char *words;
    } ROWS[] = {
        {"alice", ALICE, &service_key, USUAL, NULL, ERR_NONE, ""},
        {"bound to our certificate", ALICE, &service_key, USUAL, ours, ERR_NONE, ""},
        {"bound to another one", ALICE, &service_key, USUAL, anothers, ERR_NEGOTIATE_BINDING,
         "another certificate"},
        {"for another service",
         ALICE,
         &service_key,
         {.service = "HTTP/other.corp.example@CORP.EXAMPLE", .flags = USUAL_FLAGS, .ends_s = 60},
         NULL,
         ERR_NEGOTIATE_SPN,
         "for HTTP/other.corp.example@CORP.EXAMPLE, and not for HTTP/hr.corp.example"},
        {"of another class",
         ALICE,
         &service_key,
         {.service = "host/hr.corp.example@CORP.EXAMPLE", .flags = USUAL_FLAGS, .ends_s = 60},
         NULL,
         ERR_NEGOTIATE_SPN,
         "host/hr.corp.example"},
        {"for a service of another realm",
         ALICE,
         &service_key,
         {.service = "HTTP/hr.corp.example@ELSE.EXAMPLE", .flags = USUAL_FLAGS, .ends_s = 60},
         NULL,
         ERR_NEGOTIATE_SPN,
         "@ELSE.EXAMPLE"},
        {"of another key", ALICE, &another_key, USUAL, NULL, ERR_NEGOTIATE_KEY,
         "no key of the keytab"},
        {"over",
         ALICE,
         &service_key,
         {.service = SERVICE, .flags = USUAL_FLAGS, .starts_s = -7200, .ends_s = -3600},
         NULL,
         ERR_NEGOTIATE_CLOCK,
         "is over"},
        {"of tomorrow",
         ALICE,
         &service_key,
         {.service = SERVICE, .flags = USUAL_FLAGS, .starts_s = 80000, .ends_s = 90000},
         NULL,
         ERR_NEGOTIATE_CLOCK,
         "not good yet"},
        {"of people of another realm", "alice@ELSE.EXAMPLE", &service_key, USUAL, NULL,
         ERR_NEGOTIATE_CLIENT, "alice@ELSE.EXAMPLE, a realm that inside does not let in"},
        {"of a service", "HTTP/web@CORP.EXAMPLE", &service_key, USUAL, NULL, ERR_NEGOTIATE_CLIENT,
         "of a service"},
        {"of a computer", "DESK-17$@CORP.EXAMPLE", &service_key, USUAL, NULL, ERR_NEGOTIATE_CLIENT,
         "of a computer"},
        {"of nobody", "a\\@b@CORP.EXAMPLE", &service_key, USUAL, NULL, ERR_NEGOTIATE_CLIENT,
         "whose name cannot be used"},
        {"of ourselves", "svc@CORP.EXAMPLE", &service_key, USUAL, NULL, ERR_KRB_WRONG_CLIENT, ""},
        {"of somebody who is denied", "Mallory@CORP.EXAMPLE", &service_key, USUAL, NULL,
         ERR_KRB_USER_DENIED, ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct sent s;
        struct broker_reply r;
        struct err e;
        struct mint_order order = {.bindings = ROWS[i].bindings};
        send_token(&s, issue_as(ROWS[i].client, ROWS[i].key, &ROWS[i].as), &order);
        struct broker_request q = question(&s);
        if (ask(&q, &r, &e) != ROWS[i].code || !strstr(e.detail, ROWS[i].words))
            fail_msg("%s: %s: %s", ROWS[i].name, err_info(e.code)->name, e.detail);
        if (ROWS[i].code == ERR_NONE)
            assert_string_equal(r.principal, ALICE);
        else
            assert_null(r.own);
        broker_reply_fini(&r);
        buf_fini(&s.token);
    }
}

static void a_token_counts_once(void **state) {
    (void)state;
    struct sent s;
    struct broker_reply r;
    struct err e;
    struct mint_order order = {0};
    send_token(&s, issue(ALICE, &service_key), &order);
    struct broker_request q = question(&s);
    assert_int_equal(ask(&q, &r, &e), ERR_NONE);
    broker_reply_fini(&r);
    assert_int_equal(ask(&q, &r, &e), ERR_NEGOTIATE_REPLAY);
    assert_null(r.own);
    use(INSIDE(""));
    replay_free(tools.replay); /* a process that began after the token was made */
    tools.replay = replay_new(clock_wall_ms() + 1000);
    assert_int_equal(ask(&q, &r, &e), ERR_NEGOTIATE_REPLAY);
    use(INSIDE(""));
    buf_fini(&s.token);
}

static void a_binding_is_asked_for_where_it_is_required(void **state) {
    (void)state;
    static const struct {
        const char *keys;
        bool is_sent, is_known;
        enum err_code code;
    } ROWS[] = {
        {INSIDE(""), false, true, ERR_NONE},
        {INSIDE(""), true, false, ERR_NONE}, /* TLS ends in front of us */
        {INSIDE(", channel_binding: required"), true, true, ERR_NONE},
        {INSIDE(", channel_binding: required"), false, true, ERR_NEGOTIATE_BINDING},
        {INSIDE(", channel_binding: required"), true, false, ERR_NEGOTIATE_BINDING},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct sent s;
        struct broker_reply r;
        struct err e;
        struct mint_order order = {.bindings = ROWS[i].is_sent ? ours : NULL};
        use(ROWS[i].keys);
        send_token(&s, issue(ALICE, &service_key), &order);
        struct broker_request q = question(&s);
        if (!ROWS[i].is_known)
            q.end_point = STR_NONE;
        if (ask(&q, &r, &e) != ROWS[i].code)
            fail_msg("%zu: %s", i, e.detail);
        broker_reply_fini(&r);
        buf_fini(&s.token);
    }
    use(INSIDE(""));
}

static void a_forwardable_ticket_is_kept_for_its_owner_alone(void **state) {
    (void)state;
    static const struct {
        bool is_wanted;
        krb5_flags flags;
        bool is_kept;
    } ROWS[] = {
        {true, USUAL_FLAGS, true}, {true, TKT_FLG_PRE_AUTH, false}, {false, USUAL_FLAGS, false}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct sent s;
        struct broker_reply r;
        struct err e;
        struct mint_order order = {0};
        struct issue as = USUAL;
        as.flags = ROWS[i].flags;
        send_token(&s, issue_as(ALICE, &service_key, &as), &order);
        struct broker_request q = question(&s);
        q.wants_evidence = ROWS[i].is_wanted;
        assert_int_equal(ask(&q, &r, &e), ERR_NONE);
        assert_int_equal(r.own != NULL, ROWS[i].is_kept);
        if (r.own) {
            struct str sealed = str_n((const char *)r.own, r.own_size), found = sealed;
            krb5_creds *creds = client_ticket_open(&k, sealed, STR(ALICE), &e);
            assert_non_null(creds);
            found = str_n(creds->ticket.data, creds->ticket.length);
            assert_true(str_eq(found, s.offer.ap_req.ticket));
            krb5_free_creds(context, creds);
            assert_null(client_ticket_open(&k, sealed, STR("bob@CORP.EXAMPLE"), &e));
            assert_int_equal(e.code, ERR_KRB_WRONG_CLIENT);
            r.own[r.own_size - 1] ^= 1;
            assert_null(client_ticket_open(&k, sealed, STR(ALICE), &e));
            assert_int_equal(e.code, ERR_SIGN_IN_REQUIRED);
        }
        broker_reply_fini(&r);
        buf_fini(&s.token);
    }
}

static void a_client_that_asks_for_proof_has_it(void **state) {
    (void)state;
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        struct sent s;
        struct broker_reply r;
        struct err e = {ERR_NONE};
        struct mint_proof proof;
        struct mint_order order = {.is_mutual = is_asked};
        struct ticket *t = issue(ALICE, &service_key);
        struct mint_die *die = mint_die_new(mint, t, &e);
        struct buf header;
        buf_init_secret(&header, 64 * 1024);
        buf_init_secret(&s.token, 64 * 1024);
        assert_true(mint_header(mint, die, &order, &header, &proof, &e));
        assert_true(decode_base64(&s.token, str_from(buf_str(&header), 10)));
        spnego_offer_read(buf_str(&s.token), &s.offer);
        struct broker_request q = question(&s);
        assert_int_equal(ask(&q, &r, &e), ERR_NONE);
        assert_int_equal(r.ap_rep != NULL, is_asked);
        if (is_asked)
            assert_true(
                mint_is_proven(mint, die, &proof, str_n((const char *)r.ap_rep, r.ap_rep_size)));
        broker_reply_fini(&r);
        buf_fini(&header);
        buf_fini(&s.token);
        mint_die_free(die);
        ticket_free(t);
    }
}

static void rubbish_and_cut_messages_are_refused(void **state) {
    (void)state;
    struct sent s;
    struct broker_reply r;
    struct err e;
    struct mint_order order = {0};
    send_token(&s, issue(ALICE, &service_key), &order);
    struct broker_request q = question(&s);
    struct str whole = q.ap_req;
    for (size_t n = 0; n < whole.n; n += 7) {
        q.ap_req = str_head(whole, n);
        assert_int_equal(ask(&q, &r, &e), ERR_NEGOTIATE_TOKEN);
    }
    buf_fini(&s.token);
}

static void a_provider_takes_tickets_at_the_hosts_of_its_apps(void **state) {
    (void)state;
    static const struct {
        const char *name, *host;
        bool takes;
    } ROWS[] = {
        {"inside", "hr.corp.example", true},
        {"inside", "HR.corp.example", true},
        {"inside", "a.apps.example.com", true},
        {"inside", "a.b.apps.example.com", false},
        {"inside", ".apps.example.com", false},
        {"inside", "apps.example.com", false},
        {"inside", "other.example.com", false},
        {"staff", "other.example.com", false},
        {"nobody", "hr.corp.example", false},
        {"", "hr.corp.example", false},
        {"inside", "", false},
        {"inside", "-;.apps.example.com", false},
        {"inside", "a;b.apps.example.com", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct config_provider *p =
            accept_provider(config, str_of(ROWS[i].name), str_of(ROWS[i].host));
        if ((p != NULL) != ROWS[i].takes)
            fail_msg("%s at %s", ROWS[i].name, ROWS[i].host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_good_ticket_of_the_right_people_is_accepted),
        cmocka_unit_test(a_token_counts_once),
        cmocka_unit_test(a_binding_is_asked_for_where_it_is_required),
        cmocka_unit_test(a_forwardable_ticket_is_kept_for_its_owner_alone),
        cmocka_unit_test(a_client_that_asks_for_proof_has_it),
        cmocka_unit_test(rubbish_and_cut_messages_are_refused),
        cmocka_unit_test(a_provider_takes_tickets_at_the_hosts_of_its_apps),
    };
    return cmocka_run_group_tests(tests, start, end);
}
