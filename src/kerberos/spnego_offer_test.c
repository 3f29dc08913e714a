/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/spnego_offer.h"

#include "base/encode.h"
#include "kerberos/mint.h"
#include "kerberos/spnego_answer.h"
#include "kerberos/testing_kdc.h"

#define KRB5_OID "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define WINDOWS_OID "\x06\x09\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"
#define NTLM_OID "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"
#define NEGOEX_OID "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e"
#define SPNEGO_OID "\x06\x06\x2b\x06\x01\x05\x05\x02"
#define AP_REP STR("\x6f\x02\x30\x00")

static struct arena arena;
static struct str bare, listed; /* tokens of one ticket, as GSS makes them */

static struct str minted(struct mint *m, struct mint_die *d, enum mint_form form) {
    struct mint_order order = {.form = form};
    struct mint_proof proof;
    struct err e;
    struct buf header, token;
    buf_init_secret(&header, 64 * 1024);
    buf_init_secret(&token, 64 * 1024);
    if (!mint_header(m, d, &order, &header, &proof, &e) ||
        !decode_base64(&token, str_from(buf_str(&header), 10)))
        fail_msg("%s", e.detail);
    struct str kept = arena_str(&arena, buf_str(&token));
    buf_fini(&header);
    buf_fini(&token);
    return kept;
}

static int make_tokens(void **state) {
    (void)state;
    struct err e;
    krb5_keyblock key;
    must(krb5_init_context(&context));
    must(krb5_kt_resolve(context, KEYTAB, &keytab));
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key);
    arena_init(&arena, 1 << 20);
    struct ticket *ticket = issue(ALICE, &key);
    struct mint *m = mint_new(&e);
    struct mint_die *d = mint_die_new(m, ticket, &e);
    bare = minted(m, d, MINT_KRB5);
    listed = minted(m, d, MINT_SPNEGO);
    mint_die_free(d);
    mint_free(m);
    ticket_free(ticket);
    krb5_free_keyblock_contents(context, &key);
    return 0;
}

static int drop_tokens(void **state) {
    (void)state;
    arena_fini(&arena);
    krb5_kt_close(context, keytab);
    krb5_free_context(context);
    return 0;
}

/* A NegTokenInit of these OIDs around a token (none: without). */
static struct str list_of(struct str oids, struct str token) {
    struct str fields = element(&arena, 0xa0, element(&arena, 0x30, oids));
    if (token.n > 0)
        fields = joined(&arena, fields, element(&arena, 0xa2, element(&arena, 0x04, token)));
    struct str init = element(&arena, 0xa0, element(&arena, 0x30, fields));
    return element(&arena, 0x60, joined(&arena, STR(SPNEGO_OID), init));
}

static void a_ticket_is_found_bare_and_in_the_lists_of_browsers(void **state) {
    (void)state;
    const struct {
        const char *name;
        struct str token, mech;
        bool is_listed;
    } ROWS[] = {
        {"bare", bare, STR(""), false},
        {"curl, Firefox and Chromium on Unix", listed, STR(KRB5_OID), true},
        {"Windows", list_of(STR(WINDOWS_OID KRB5_OID NEGOEX_OID NTLM_OID), bare), STR(WINDOWS_OID),
         true},
        {"Kerberos and NTLM", list_of(STR(KRB5_OID NTLM_OID), bare), STR(KRB5_OID), true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct spnego_offer o;
        spnego_offer_read(ROWS[i].token, &o);
        if (o.kind != OFFER_TICKET || o.is_listed != ROWS[i].is_listed ||
            !str_eq(o.mech, str_from(ROWS[i].mech, 2)))
            fail_msg("%s: %d, %s", ROWS[i].name, o.kind, o.words);
        assert_string_equal(o.ap_req.service, "HTTP/hr.corp.example");
        assert_true(str_eq(o.ap_req.realm, STR("CORP.EXAMPLE")));
        assert_int_equal(o.ap_req.enctype, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
        assert_int_equal(o.ap_req.kvno, KVNO);
        assert_false(o.ap_req.is_user_to_user);
    }
}

static void what_is_no_ticket_is_called_by_its_name(void **state) {
    (void)state;
    const struct {
        const char *name;
        struct str token;
        enum spnego_offer_kind kind;
        bool has_krb5;
        const char *words;
    } ROWS[] = {
        {"nothing", STR(""), OFFER_UNREADABLE, false, "a token that is none"},
        {"rubbish", STR("rubbish"), OFFER_UNREADABLE, false, "a token that is none"},
        {"NTLM bare", STR("NTLMSSP\0\1\0\0\0"), OFFER_NTLM, false, "NTLM"},
        {"NTLM alone in a list", list_of(STR(NTLM_OID), STR("NTLMSSP\0\1\0\0\0")), OFFER_NTLM,
         false, "NTLM"},
        {"NTLM where Kerberos stands first", list_of(STR(KRB5_OID), STR("NTLMSSP\0\1\0\0\0")),
         OFFER_NTLM, true, "NTLM"},
        {"NTLM before Kerberos", list_of(STR(NTLM_OID KRB5_OID), bare), OFFER_NTLM, true, "NTLM"},
        {"NegoEx before Kerberos", list_of(STR(NEGOEX_OID KRB5_OID), bare), OFFER_OTHER, true,
         "NegoEx"},
        {"a mechanism of another world", list_of(STR("\x06\x02\x2b\x06"), bare), OFFER_OTHER, false,
         "a mechanism that is not known here"},
        {"a list without a ticket", list_of(STR(KRB5_OID), STR("")), OFFER_OTHER, true,
         "a list of mechanisms without a ticket"},
        {"an empty list", list_of(STR(""), bare), OFFER_UNREADABLE, false,
         "a list of mechanisms that cannot be read"},
        {"a second leg", STR("\xa1\x02\x30\x00"), OFFER_OTHER, false,
         "the second leg of a negotiation that was not begun"},
        {"an AP-REP", STR("\x60\x11" KRB5_OID "\x02\x00\x6f\x02\x30\x00"), OFFER_OTHER, false,
         "another message of Kerberos than a ticket"},
        {"a ticket of nothing", STR("\x60\x11" KRB5_OID "\x01\x00\x6e\x02\x30\x00"),
         OFFER_UNREADABLE, false, "a ticket that cannot be read"},
        {"IAKERB bare", STR("\x60\x08\x06\x06\x2b\x06\x01\x05\x02\x05"), OFFER_OTHER, false,
         "IAKERB"},
        {"a byte behind", joined(&arena, bare, STR("x")), OFFER_UNREADABLE, false,
         "a token that is none"},
        {"a byte too few", str_head(listed, listed.n - 1), OFFER_UNREADABLE, false,
         "a token that is none"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct spnego_offer o;
        spnego_offer_read(ROWS[i].token, &o);
        if (o.kind != ROWS[i].kind || strcmp(o.words, ROWS[i].words) != 0 ||
            o.has_krb5 != ROWS[i].has_krb5)
            fail_msg("%s: %d, \"%s\"", ROWS[i].name, o.kind, o.words);
    }
}

static void no_token_that_was_cut_has_a_ticket(void **state) {
    (void)state;
    for (size_t n = 0; n < listed.n; n++) {
        struct spnego_offer o;
        spnego_offer_read(str_head(listed, n), &o);
        assert_int_not_equal(o.kind, OFFER_TICKET);
    }
}

/* As the client reads it. */
static void the_answer_is_in_the_form_of_the_offer(void **state) {
    (void)state;
    const struct {
        struct str token, ap_rep;
        bool says;
        enum spnego_state state;
        enum spnego_mech mech;
    } ROWS[] = {
        {listed, AP_REP, true, SPNEGO_ACCEPTED, SPNEGO_KRB5},
        {listed, STR(""), true, SPNEGO_ACCEPTED, SPNEGO_KRB5},
        {bare, AP_REP, true, SPNEGO_UNSAID, SPNEGO_NO_MECH},
        {bare, STR(""), false, SPNEGO_UNSAID, SPNEGO_NO_MECH},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct spnego_offer o;
        struct spnego_answer a;
        struct buf out;
        buf_init(&out, 8192);
        spnego_offer_read(ROWS[i].token, &o);
        spnego_offer_answer(&o, ROWS[i].ap_rep, &out);
        assert_false(out.failed);
        assert_int_equal(buf_size(&out) > 0, ROWS[i].says);
        assert_int_equal(spnego_answer_read(buf_str(&out), &a), ROWS[i].says);
        assert_int_equal(a.state, ROWS[i].state);
        assert_int_equal(a.mech, ROWS[i].mech);
        assert_true(str_eq(a.message, ROWS[i].ap_rep));
        buf_fini(&out);
    }
}

static void an_answer_that_is_too_large_is_none(void **state) {
    (void)state;
    static char large[5000];
    struct spnego_offer o;
    struct buf out;
    buf_init(&out, 8192);
    spnego_offer_read(listed, &o);
    spnego_offer_answer(&o, str_n(large, sizeof large), &out);
    assert_true(out.failed && buf_size(&out) == 0);
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_is_found_bare_and_in_the_lists_of_browsers),
        cmocka_unit_test(what_is_no_ticket_is_called_by_its_name),
        cmocka_unit_test(no_token_that_was_cut_has_a_ticket),
        cmocka_unit_test(the_answer_is_in_the_form_of_the_offer),
        cmocka_unit_test(an_answer_that_is_too_large_is_none),
    };
    return cmocka_run_group_tests(tests, make_tokens, drop_tokens);
}
