/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing_message.h"

#include "kerberos/kdc_message.h"

static struct arena arena;
static struct telling t;
static struct kdc_message m;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, TESTING_MAX);
    return telling_init(&t) ? 0 : 1;
}

static int end(void **state) {
    (void)state;
    telling_fini(&t);
    arena_fini(&arena);
    return 0;
}

#define A (&arena)

static void decode(struct str in) {
    telling_fini(&t);
    assert_true(telling_init(&t));
    kdc_message_decode(in, &t, &m);
}

/* A request; `padata` and `more` (of the body, behind the enctypes) may be empty. */
static struct str request(uint8_t tag, struct str padata, uint32_t options, struct str client,
                          struct str service, struct str more) {
    struct str body = flags_field(A, 0, options);
    if (client.n)
        body = joined(A, body, client);
    body = joined(A, body,
                  ROW(A, text_field(A, 2, KRB_STRING, STR("CORP.EXAMPLE")), service,
                      text_field(A, 5, KRB_TIME, STR("20370913024805Z")), int_field(A, 7, 4711),
                      field_of(A, 8, SEQUENCE(A, number_of(A, 18), number_of(A, 23)))));
    if (more.n)
        body = joined(A, body, more);
    struct str fields = ROW(A, int_field(A, 1, 5), int_field(A, 2, 10));
    if (padata.n)
        fields = joined(A, fields, field_of(A, 3, element(A, KRB_SEQUENCE, padata)));
    return element(A, tag,
                   element(A, KRB_SEQUENCE,
                           joined(A, fields, field_of(A, 4, element(A, KRB_SEQUENCE, body)))));
}

static struct str tgt_name(void) { return name_field(A, 3, 2, STR("krbtgt"), STR("CORP.EXAMPLE")); }

static void an_as_req_says_who_asks_for_what(void **state) {
    struct str client = name_field(A, 1, 1, STR("svc-kerbgate"), STR(""));
    struct str proof = padata_of(A, 2, SEQUENCE(A, int_field(A, 0, 18)));
    (void)state;
    decode(request(KRB_AS_REQ, STR(""), 0x40800000, client, tgt_name(), STR("")));
    assert_string_equal(m.reading.wrong, "");
    assert_string_equal(m.headline,
                        "AS-REQ: svc-kerbgate asks the KDC of CORP.EXAMPLE for a ticket "
                        "to krbtgt/CORP.EXAMPLE, without proof yet");
    must_have_line(&t, "options: forwardable, renewable (0x40800000)");
    must_have_line(&t, "until: 2037-09-13T02:48:05Z");
    must_have_line(&t, "encryption types: aes256-cts (18), rc4-hmac (23)");
    decode(request(KRB_AS_REQ, proof, 0, client, tgt_name(), STR("")));
    assert_true(str_ends(str_of(m.headline), STR(", with proof of the password or key")));
    must_have_line(&t, "encrypted with: aes256-cts (18)");
}

static struct str for_user(void) {
    return padata_of(A, 129,
                     SEQUENCE(A, name_field(A, 0, 10, STR("alice@corp.example"), STR("")),
                              text_field(A, 1, KRB_STRING, STR("CORP.EXAMPLE")),
                              field_of(A, 2,
                                       SEQUENCE(A, int_field(A, 0, -138),
                                                text_field(A, 1, KRB_OCTETS, STR("x")))),
                              text_field(A, 3, KRB_STRING, STR("Kerberos"))));
}

static void s4u2self_names_the_person(void **state) {
    struct str header = padata_of(A, 1, an_ap_req(A, 0, STR("dc1")));
    struct str x509 = padata_of(
        A, 130,
        SEQUENCE(A, field_of(A, 0,
                             SEQUENCE(A, int_field(A, 0, 1),
                                      name_field(A, 1, 10, STR("alice@corp.example"), STR("")),
                                      text_field(A, 2, KRB_STRING, STR("CORP.EXAMPLE")),
                                      flags_field(A, 4, 0x20000000)))));
    struct str ours = name_field(A, 3, 1, STR("svc-kerbgate"), STR(""));
    (void)state;
    decode(request(KRB_TGS_REQ, ROW(A, header, x509, for_user()), 0, STR(""), ours, STR("")));
    assert_string_equal(m.reading.wrong, "");
    assert_int_equal(m.step, KDC_STEP_SELF);
    assert_string_equal(m.headline,
                        "TGS-REQ: S4U2Self: a ticket to itself (svc-kerbgate@CORP.EXAMPLE) in "
                        "the name of alice@corp.example@CORP.EXAMPLE");
    must_have_line(&t, "user: alice@corp.example@CORP.EXAMPLE (NT-ENTERPRISE, 10)");
    must_have_line(&t, "options: use-reply-key-usage (0x20000000)");
    must_have_line(&t, "package: Kerberos");
}

static void s4u2proxy_names_the_evidence(void **state) {
    struct str options = padata_of(A, 167, SEQUENCE(A, flags_field(A, 0, 0x10000000)));
    struct str more = field_of(A, 11, element(A, KRB_SEQUENCE, a_ticket(A, STR("kerbgate"))));
    (void)state;
    decode(request(KRB_TGS_REQ, options, 0x00020000, STR(""),
                   name_field(A, 3, 2, STR("HTTP"), STR("web")), more));
    assert_string_equal(m.reading.wrong, "");
    assert_int_equal(m.step, KDC_STEP_PROXY);
    assert_string_equal(m.headline,
                        "TGS-REQ: S4U2Proxy: a ticket to HTTP/web@CORP.EXAMPLE in the name of the "
                        "client of the ticket to HTTP/kerbgate");
    must_have_line(&t, "options: resource-based-constrained-delegation (0x10000000)");
    must_have_line(&t, "options: cname-in-addl-tkt (constrained delegation) (0x20000)");
    must_have_line(&t, "for: HTTP/kerbgate@CORP.EXAMPLE (NT-SRV-INST, 2)");
    assert_int_equal(json_array_size(json_object_get(t.json, "additional_tickets")), 1);
}

static void a_reply_names_client_server_and_keys(void **state) {
    struct str reply = element(A, KRB_TGS_REP,
                               SEQUENCE(A, int_field(A, 0, 5), int_field(A, 1, 13),
                                        text_field(A, 3, KRB_STRING, STR("CORP.EXAMPLE")),
                                        name_field(A, 4, 1, STR("alice"), STR("")),
                                        field_of(A, 5, a_ticket(A, STR("web"))),
                                        sealed_field(A, 6, 17, 2, STR("of the session"))));
    (void)state;
    decode(reply);
    assert_string_equal(m.reading.wrong, "");
    assert_string_equal(m.headline,
                        "TGS-REP: a ticket for alice@CORP.EXAMPLE to HTTP/web@CORP.EXAMPLE");
    must_have_line(&t, "for who asked: aes128-cts (17), key version 2, 14 bytes");
}

static void an_error_tells_its_status_and_what_to_prove_oneself_with(void **state) {
    struct str salt = SEQUENCE(A, int_field(A, 0, 18),
                               text_field(A, 1, KRB_STRING, STR("CORP.EXAMPLEsvc-kerbgate")));
    struct str methods = SEQUENCE(A, padata_of(A, 19, element(A, KRB_SEQUENCE, salt)),
                                  padata_of(A, 2, STR("")), padata_of(A, 133, STR("cookie")));
    (void)state;
    decode(an_error(A, 25, methods));
    assert_string_equal(m.headline, "KRB-ERROR: KDC_ERR_PREAUTH_REQUIRED (25): pre-authentication "
                                    "is needed, which is no failure");
    must_have_line(&t, "encryption type: aes256-cts (18), salt CORP.EXAMPLEsvc-kerbgate");
    must_have_line(&t, "PA-ENC-TIMESTAMP (2): asked for or supported");
    must_have_line(&t, "PA-FX-COOKIE (133): 6 bytes");
    decode(an_error(A, 13, status_data(A, 0xC0000272)));
    assert_int_equal(m.nt_status, 0xC0000272);
    assert_string_equal(m.headline,
                        "KRB-ERROR: KDC_ERR_BADOPTION (13): the KDC cannot do what was asked for, "
                        "NTSTATUS 0xC0000272, no match");
    decode(an_error(A, 18,
                    element(A, KRB_SEQUENCE,
                            padata_of(A, 3,
                                      str_n("\x72\0\0\xc0\0\0\0\0"
                                            "\1\0\0\0",
                                            12)))));
    assert_int_equal(m.nt_status, 0xC0000072);
}

static void a_hostile_name_stays_on_one_line(void **state) {
    struct str client = name_field(A, 1, 1, STR("eve\nOutcome: \x1b[32mfine\0"), STR(""));
    (void)state;
    decode(request(KRB_AS_REQ, STR(""), 0, client, tgt_name(), STR("")));
    assert_non_null(strstr(m.headline, "eve\\x0aOutcome: \\x1b[32mfine\\x00"));
    must_have_line(&t,
                   "client: eve\\x0aOutcome: \\x1b[32mfine\\x00@CORP.EXAMPLE (NT-PRINCIPAL, 1)");
}

static void a_salt_as_long_as_a_status_is_a_salt(void **state) {
    struct str salts[] = {STR("CORP.EXAMPLE"), STR("CORP\0\0\0\0name"), STR("CORPname\1\0\0\0")};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        decode(an_error(A, 25, element(A, KRB_SEQUENCE, padata_of(A, 3, salts[i]))));
        assert_int_equal(m.nt_status, 0);
        assert_non_null(
            json_object_get(json_array_get(json_object_get(t.json, "padata"), 0), "salt"));
    }
}

static void what_is_no_message_is_refused_and_what_is_cut_is_told(void **state) {
    struct str whole = an_error(A, 13, STR(""));
    (void)state;
    assert_false(kdc_message_decode(STR("\x60\x01x"), &t, &m));
    assert_string_equal(m.reading.wrong, "it begins with 0x60, as no message of a KDC does");
    for (size_t n = 3; n < whole.n; n++) {
        char wrong[READING_WRONG_MAX];
        kdc_message_decode(str_head(whole, n), &t, &m);
        snprintf(wrong, sizeof wrong, "the message ends after %zu of %zu bytes", n, whole.n);
        assert_string_equal(m.reading.wrong, wrong);
    }
}

#define ROW_OF_TESTS(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW_OF_TESTS(an_as_req_says_who_asks_for_what),
        ROW_OF_TESTS(s4u2self_names_the_person),
        ROW_OF_TESTS(s4u2proxy_names_the_evidence),
        ROW_OF_TESTS(a_reply_names_client_server_and_keys),
        ROW_OF_TESTS(an_error_tells_its_status_and_what_to_prove_oneself_with),
        ROW_OF_TESTS(a_hostile_name_stays_on_one_line),
        ROW_OF_TESTS(a_salt_as_long_as_a_status_is_a_salt),
        ROW_OF_TESTS(what_is_no_message_is_refused_and_what_is_cut_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
