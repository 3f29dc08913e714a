/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing_message.h"

#include "kerberos/token.h"

static struct arena arena;
static struct telling t;
static struct token token;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, 16 * TESTING_MAX);
    return telling_init(&t) ? 0 : 1;
}

static int end(void **state) {
    (void)state;
    telling_fini(&t);
    arena_fini(&arena);
    return 0;
}

#define A (&arena)
#define KRB5 STR("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")
#define KRB5_WINDOWS STR("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02")
#define NTLM STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")
#define NEGOEX STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e")
#define SPNEGO STR("\x2b\x06\x01\x05\x05\x02")
#define IAKERB STR("\x2b\x06\x01\x05\x02\x05")

static struct str oid(struct str bytes) { return element(A, KRB_OID, bytes); }

static struct str gss(struct str mech, struct str id, struct str message) {
    return element(A, 0x60, ROW(A, oid(mech), id, message));
}

/* NegTokenInit with a list and, if there is one, a token. */
static struct str init_of(struct str mechs, struct str inner) {
    struct str fields = field_of(A, 0, element(A, KRB_SEQUENCE, mechs));
    if (inner.n)
        fields = joined(A, fields, text_field(A, 2, KRB_OCTETS, inner));
    return element(A, 0x60,
                   joined(A, oid(SPNEGO), field_of(A, 0, element(A, KRB_SEQUENCE, fields))));
}

static struct str krb5_token(size_t host_size) {
    char *host = arena_alloc(A, host_size);
    assert_non_null(host);
    memset(host, 'h', host_size);
    return gss(KRB5, STR("\x01\x00"), an_ap_req(A, 0x20000000, str_n(host, host_size)));
}

static void decode(struct str in) {
    telling_fini(&t);
    assert_true(telling_init(&t));
    token_decode(in, &t, &token);
}

static void a_ticket_is_told_whatever_is_around_it(void **state) {
    struct str req = an_ap_req(A, 0x60000000, STR("web.corp.example"));
    struct str framed = gss(KRB5, STR("\x01\x00"), req);
    const struct {
        const char *name;
        struct str in;
        enum token_frame frame;
    } ROWS[] = {
        {"bare", req, TOKEN_BARE},
        {"GSS", framed, TOKEN_GSS},
        {"Windows' OID", gss(KRB5_WINDOWS, STR("\x01\x00"), req), TOKEN_GSS},
        {"SPNEGO", init_of(oid(KRB5), framed), TOKEN_SPNEGO_INIT},
        {"SPNEGO around a bare one", init_of(oid(KRB5), req), TOKEN_SPNEGO_INIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        decode(ROWS[i].in);
        if (token.kind != TOKEN_AP_REQ || token.frame != ROWS[i].frame || token.reading.wrong[0])
            fail_msg("%s: %d, %d, %s", ROWS[i].name, token.kind, token.frame, token.reading.wrong);
        assert_string_equal(token.ticket.service.text, "HTTP/web.corp.example");
        assert_string_equal(token.ticket.realm, "CORP.EXAMPLE");
        assert_int_equal(token.ticket.sealed.kvno, 7);
        assert_true(token.is_user_to_user);
        must_have_line(&t, "ticket for: HTTP/web.corp.example@CORP.EXAMPLE (NT-SRV-INST, 2)");
        must_have_line(&t, "with the service's key: aes256-cts (18), key version 7, 17 bytes");
        must_have_line(&t, "options: use-session-key, mutual-required (0x60000000)");
    }
}

/* "YII" is the base64 of 256 to 16,383 bytes only. */
static void a_ticket_is_one_at_every_length(void **state) {
    static const size_t SIZES[] = {1,   60,    126,   127,   128,   254,   255,
                                   256, 16000, 16384, 65534, 65536, 200000};
    (void)state;
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        decode(init_of(oid(KRB5), krb5_token(SIZES[i])));
        assert_int_equal(token.kind, TOKEN_AP_REQ);
        assert_string_equal(token.reading.wrong, "");
        assert_false(token.is_misfit);
    }
}

static void every_cut_is_named_and_told_as_far_as_it_goes(void **state) {
    struct str whole = init_of(oid(KRB5), krb5_token(16));
    (void)state;
    assert_true(whole.n > 130 && whole.n < 1000); /* two octets of length, so a head of three */
    for (size_t n = 3; n < whole.n; n++) {
        char wrong[READING_WRONG_MAX];
        decode(str_head(whole, n));
        snprintf(wrong, sizeof wrong, "the token ends after %zu of %zu bytes", n, whole.n);
        if (strcmp(token.reading.wrong, wrong) != 0 || !token.reading.is_cut)
            fail_msg("%zu: %s", n, token.reading.wrong);
    }
    decode(str_head(whole, whole.n - 20));
    assert_int_equal(token.kind, TOKEN_AP_REQ);
    assert_string_equal(token.ticket.service.text, "HTTP/hhhhhhhhhhhhhhhh");
}

static void mechanisms_are_listed_in_order_and_held_against_the_token(void **state) {
    struct str list = ROW(A, oid(KRB5_WINDOWS), oid(KRB5), oid(NEGOEX), oid(NTLM));
    struct str ntlm = str_n("NTLMSSP\0\1\0\0\0\7\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
    (void)state;
    decode(init_of(list, krb5_token(16)));
    must_have_line(&t, "in order of preference: Kerberos (Windows) (1.2.840.48018.1.2.2), Kerberos "
                       "(1.2.840.113554.1.2.2), NegoEx (1.3.6.1.4.1.311.2.2.30), NTLM "
                       "(1.3.6.1.4.1.311.2.2.10)");
    must_have_line(&t, "the token is of the first mechanism: yes");
    decode(init_of(list, ntlm));
    assert_int_equal(token.kind, TOKEN_NTLM_NEGOTIATE);
    assert_true(token.is_misfit);
    must_have_line(&t, "the token is of the first mechanism: no");
    decode(init_of(list, STR("")));
    assert_int_equal(token.kind, TOKEN_OFFER);
    assert_int_equal(token.offers, TOKEN_OFFERS_KRB5 | TOKEN_OFFERS_NEGOEX | TOKEN_OFFERS_NTLM);
}

static void an_answer_tells_its_state_and_what_is_in_it(void **state) {
    struct str error = gss(KRB5, STR("\x03\x00"), an_error(A, 41, STR("")));
    struct str fields = ROW(A, text_field(A, 0, KRB_ENUM, STR("\x02")),
                            text_field(A, 1, KRB_OID, KRB5), text_field(A, 2, KRB_OCTETS, error));
    (void)state;
    decode(element(A, 0xa1, element(A, KRB_SEQUENCE, fields)));
    assert_int_equal(token.kind, TOKEN_KRB_ERROR);
    assert_int_equal(token.frame, TOKEN_SPNEGO_RESPONSE);
    assert_int_equal(token.state, TOKEN_REJECTED);
    assert_int_equal(token.error.code, 41);
    assert_string_equal(token.mech, "Kerberos");
    must_have_line(&t, "state: reject (2)");
    must_have_line(&t, "error: KRB_AP_ERR_MODIFIED (41)");
    must_have_line(&t, "clock of who answers: 2026-11-29T19:05:01Z");
}

static void an_error_tells_the_status_of_windows(void **state) {
    (void)state;
    decode(an_error(A, 13, status_data(A, 0xC0000272)));
    assert_int_equal(token.error.nt_status, 0xC0000272);
    must_have_line(&t, "NTSTATUS: 0xC0000272, no match");
}

static void user_to_user_and_iakerb_are_known(void **state) {
    struct str request = element(A, KRB_TGT_REQ,
                                 SEQUENCE(A, int_field(A, 0, 5), int_field(A, 1, 16),
                                          name_field(A, 2, 2, STR("HTTP"), STR("web")),
                                          text_field(A, 3, KRB_STRING, STR("CORP.EXAMPLE"))));
    struct str reply = element(A, KRB_TGT_REP,
                               SEQUENCE(A, int_field(A, 0, 5), int_field(A, 1, 17),
                                        field_of(A, 2, a_ticket(A, STR("web")))));
    struct str proxied = joined(A, SEQUENCE(A, text_field(A, 1, KRB_UTF8, STR("CORP.EXAMPLE"))),
                                an_error(A, 25, STR("")));
    (void)state;
    decode(gss(STR("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"), STR("\x04\x00"), request));
    assert_int_equal(token.kind, TOKEN_TGT_REQ);
    must_have_line(&t, "service: HTTP/web@CORP.EXAMPLE (NT-SRV-INST, 2)");
    decode(gss(KRB5, STR("\x04\x01"), reply));
    assert_int_equal(token.kind, TOKEN_TGT_REP);
    decode(gss(IAKERB, STR("\x05\x01"), proxied));
    assert_int_equal(token.kind, TOKEN_IAKERB);
    must_have_line(&t, "realm: CORP.EXAMPLE");
    must_have_line(&t, "error: KDC_ERR_PREAUTH_REQUIRED (25)");
}

static void negoex_tells_its_messages_and_schemes(void **state) {
    static const struct str PKU2U =
        STR("\xad\x69\x5f\x23\xfb\x73\xbc\x4d\x82\x03\x06\x29\xe7\x39\x33\x9b");
    char message[40 + 32 + 24 + 16] = "NEGOEXTS";
    (void)state;
    message[16] = 96;
    message[20] = sizeof message;
    message[80] = 96;
    message[84] = 1;
    memcpy(message + 96, PKU2U.p, PKU2U.n);
    decode(init_of(oid(NEGOEX), str_n(message, sizeof message)));
    assert_int_equal(token.kind, TOKEN_NEGOEX);
    assert_string_equal(token.reading.wrong, "");
    must_have_line(&t, "NegoEx message: initiator-nego");
    must_have_line(&t, "scheme: 235f69ad-73fb-4dbc-8203-0629e739339b (PKU2U)");
    decode(str_n(message, 90));
    assert_string_equal(token.reading.wrong, "the NegoEx message ends after 90 of 112 bytes");
}

static void spnego_inside_spnego_ends_there(void **state) {
    struct str in = krb5_token(3);
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        in = init_of(oid(KRB5), in);
    decode(in);
    assert_string_equal(token.reading.wrong, "there is SPNEGO inside SPNEGO");
}

static void what_is_no_token_is_said_to_be_none(void **state) {
    static const struct {
        struct str in;
        const char *wrong;
    } ROWS[] = {
        {STR(""), "it is empty"},
        {STR("hello"), "it begins with 68656c6c6f, as no token of Kerberos, NTLM or SPNEGO does"},
        {STR("\x05\x02\0\0"), "this is a keytab, with keys in it: show it to nobody"},
        {STR("\x30\x82\x01\x00"), "DER that is no token; a certificate or a key begins like this"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_false(token_decode(ROWS[i].in, &t, &token));
        assert_string_equal(token.reading.wrong, ROWS[i].wrong);
    }
}

static void nothing_encrypted_is_told(void **state) {
    (void)state;
    decode(an_ap_req(A, 0, STR("web")));
    char *text = json_dumps(t.json, 0), *lines = json_dumps(t.lines, 0);
    assert_null(strstr(text, "never to be shown"));
    assert_null(strstr(lines, "never to be shown"));
    free(text);
    free(lines);
}

#define ROW_OF_TESTS(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW_OF_TESTS(a_ticket_is_told_whatever_is_around_it),
        ROW_OF_TESTS(a_ticket_is_one_at_every_length),
        ROW_OF_TESTS(every_cut_is_named_and_told_as_far_as_it_goes),
        ROW_OF_TESTS(mechanisms_are_listed_in_order_and_held_against_the_token),
        ROW_OF_TESTS(an_answer_tells_its_state_and_what_is_in_it),
        ROW_OF_TESTS(an_error_tells_the_status_of_windows),
        ROW_OF_TESTS(user_to_user_and_iakerb_are_known),
        ROW_OF_TESTS(negoex_tells_its_messages_and_schemes),
        ROW_OF_TESTS(spnego_inside_spnego_ends_there),
        ROW_OF_TESTS(what_is_no_token_is_said_to_be_none),
        ROW_OF_TESTS(nothing_encrypted_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
