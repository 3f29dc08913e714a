/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel bindings and mutual authentication, judged by gss_accept_sec_context: what a
 * back end makes of a token, and what we make of its answer.
 */
#include "kerberos/testing_acceptor.h"

#include "base/encode.h"
#include "kerberos/mint.h"
#include "kerberos/spnego_answer.h"

#include <stdio.h>

enum { HEADER_MAX = 64 * 1024 };

#define END_POINT "0123456789abcdef0123456789abcdef" /* as if of SHA-256 */
#define ANOTHER "1123456789abcdef0123456789abcdef"

static struct mint *mint;
static krb5_keyblock service_key;

static int start(void **state) {
    (void)state;
    struct err e;
    must(krb5_init_context(&context));
    must(krb5_kt_resolve(context, KEYTAB, &keytab));
    make_service_key(ENCTYPE_AES256_CTS_HMAC_SHA1_96, &service_key);
    mint = mint_new(&e);
    return mint ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    mint_free(mint);
    krb5_free_keyblock_contents(context, &service_key);
    krb5_kt_close(context, keytab);
    krb5_free_context(context);
    return 0;
}

/* A ticket, what is struck of it, and the token that was struck last. */
struct coin {
    struct ticket *ticket;
    struct mint_die *die;
    struct mint_proof proof;
    struct buf token;
};

static void coin_init(struct coin *c, const struct mint_order *o) {
    struct err e = {ERR_NONE};
    struct buf header;
    c->ticket = issue(ALICE, &service_key);
    c->die = mint_die_new(mint, c->ticket, &e);
    buf_init_secret(&header, HEADER_MAX);
    buf_init_secret(&c->token, HEADER_MAX);
    if (!c->die || !mint_header(mint, c->die, o, &header, &c->proof, &e) ||
        !decode_base64(&c->token, str_from(buf_str(&header), 10)))
        fail_msg("%s", e.detail);
    buf_fini(&header);
}

static void coin_fini(struct coin *c) {
    buf_fini(&c->token);
    mint_die_free(c->die);
    ticket_free(c->ticket);
}

/* What the service says of the token, which it expects to be bound to `end_point` (NULL: to
 * nothing): its flags, and its answer. */
static OM_uint32 judge(struct coin *c, const char *end_point, OM_uint32 *flags,
                       struct buf *answer) {
    static char data[128];
    struct gss_channel_bindings_struct bindings = {0};
    gss_buffer_desc in = {buf_size(&c->token), c->token.data + c->token.start};
    gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
    gss_ctx_id_t established = GSS_C_NO_CONTEXT;
    gss_cred_id_t cred = acceptor();
    OM_uint32 minor, ignored;
    if (end_point) {
        bindings.application_data.length =
            (size_t)snprintf(data, sizeof data, "tls-server-end-point:%s", end_point);
        bindings.application_data.value = data;
    }
    OM_uint32 major = gss_accept_sec_context(&minor, &established, cred, &in,
                                             end_point ? &bindings : GSS_C_NO_CHANNEL_BINDINGS,
                                             NULL, NULL, &out, flags, NULL, NULL);
    buf_init(answer, HEADER_MAX);
    buf_add(answer, str_n(out.value, out.length));
    gss_release_buffer(&ignored, &out);
    gss_delete_sec_context(&ignored, &established, GSS_C_NO_BUFFER);
    gss_release_cred(&ignored, &cred);
    return major;
}

static void the_service_is_asked_for_its_proof_only_when_it_is_to_be(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool is_mutual = i / 2;
        struct mint_order o = {.form = i % 2 ? MINT_KRB5 : MINT_SPNEGO, .is_mutual = is_mutual};
        struct coin c;
        struct buf answer;
        OM_uint32 flags = 0;
        coin_init(&c, &o);
        assert_int_equal(judge(&c, NULL, &flags, &answer), GSS_S_COMPLETE);
        flags &= ~(OM_uint32)(GSS_C_TRANS_FLAG | GSS_C_PROT_READY_FLAG); /* the acceptor's own */
        assert_int_equal(flags, GSS_C_INTEG_FLAG | (is_mutual ? GSS_C_MUTUAL_FLAG : 0));
        buf_fini(&answer);
        coin_fini(&c);
    }
}

static void a_service_sees_the_flags_that_are_asked_for_and_no_others(void **state) {
    (void)state;
    static const struct {
        uint16_t asked;
        OM_uint32 seen;
    } ROWS[] = {
        {0, 0},
        {MINT_REPLAY, GSS_C_REPLAY_FLAG},
        {MINT_SEQUENCE, GSS_C_SEQUENCE_FLAG},
        {MINT_CONF, GSS_C_CONF_FLAG},
        {MINT_IDENTIFY, GSS_C_IDENTIFY_FLAG},
        {MINT_EXTENDED_ERROR, GSS_C_EXTENDED_ERROR_FLAG},
        {MINT_REPLAY | MINT_SEQUENCE | MINT_IDENTIFY,
         GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_IDENTIFY_FLAG},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct mint_order o = {.flags = ROWS[i].asked};
        struct coin c;
        struct buf answer;
        OM_uint32 flags = 0;
        coin_init(&c, &o);
        assert_int_equal(judge(&c, NULL, &flags, &answer), GSS_S_COMPLETE);
        flags &= ~(OM_uint32)(GSS_C_TRANS_FLAG | GSS_C_PROT_READY_FLAG);
        if (flags != (GSS_C_INTEG_FLAG | ROWS[i].seen))
            fail_msg("row %zu: %x", i, flags);
        buf_fini(&answer);
        coin_fini(&c);
    }
}

static void a_token_is_good_for_the_connection_that_it_is_bound_to(void **state) {
    (void)state;
    static const struct {
        const char *name, *bound, *expected;
        bool is_accepted, is_bound;
    } ROWS[] = {
        {"to the same", END_POINT, END_POINT, true, true},
        {"to another", ANOTHER, END_POINT, false, false},
        {"to one, where nobody looks", END_POINT, NULL, true, false},
        {"to none, where one is looked for", NULL, END_POINT, true, false},
    };
    for (size_t i = 0; i < 2 * sizeof ROWS / sizeof *ROWS; i++) {
        unsigned char hash[MINT_BINDINGS_SIZE];
        const char *bound = ROWS[i / 2].bound;
        struct mint_order o = {.form = i % 2 ? MINT_KRB5 : MINT_SPNEGO};
        struct coin c;
        struct buf answer;
        OM_uint32 flags = 0;
        if (bound)
            assert_true(mint_bindings(mint, str_of(bound), hash));
        o.bindings = bound ? hash : NULL;
        coin_init(&c, &o);
        OM_uint32 major = judge(&c, ROWS[i / 2].expected, &flags, &answer);
        bool is_bound = flags & GSS_C_CHANNEL_BOUND_FLAG;
        if (major != (ROWS[i / 2].is_accepted ? GSS_S_COMPLETE : GSS_S_BAD_BINDINGS) ||
            (ROWS[i / 2].is_accepted && is_bound != ROWS[i / 2].is_bound))
            fail_msg("%s: %x, flags %x", ROWS[i / 2].name, major, flags);
        buf_fini(&answer);
        coin_fini(&c);
    }
}

static void an_end_point_of_no_hash_binds_to_nothing(void **state) {
    (void)state;
    unsigned char hash[MINT_BINDINGS_SIZE];
    char long_one[65] = "x";
    assert_false(mint_bindings(mint, STR(""), hash));
    assert_false(mint_bindings(mint, str_n(long_one, sizeof long_one), hash));
}

static void who_opened_the_ticket_has_proven_it(void **state) {
    (void)state;
    for (int form = MINT_SPNEGO; form <= MINT_KRB5; form++) {
        struct coin c, other;
        struct buf answer;
        struct spnego_answer said;
        OM_uint32 flags;
        const struct mint_order o = {.form = (enum mint_form)form, .is_mutual = true};
        coin_init(&c, &o);
        coin_init(&other, &o);
        assert_int_equal(judge(&c, NULL, &flags, &answer), GSS_S_COMPLETE);
        assert_true(spnego_answer_read(buf_str(&answer), &said));
        assert_int_equal(said.content, SPNEGO_AP_REP);
        assert_true(mint_is_proven(mint, c.die, &c.proof, said.message));
        /* Of another token, of another ticket, with a bit changed, cut. */
        assert_false(mint_is_proven(mint, c.die, &other.proof, said.message));
        assert_false(mint_is_proven(mint, other.die, &c.proof, said.message));
        assert_false(
            mint_is_proven(mint, c.die, &c.proof, str_head(said.message, said.message.n - 1)));
        for (size_t i = 0; i < said.message.n; i++) {
            char *byte = (char *)said.message.p + i;
            *byte ^= 1;
            assert_false(mint_is_proven(mint, c.die, &c.proof, said.message));
            *byte ^= 1;
        }
        assert_true(mint_is_proven(mint, c.die, &c.proof, said.message));
        buf_fini(&answer);
        coin_fini(&other);
        coin_fini(&c);
    }
}

static void nobody_proves_what_was_not_asked_for(void **state) {
    (void)state;
    struct coin c;
    struct buf answer;
    struct spnego_answer said;
    OM_uint32 flags;
    coin_init(&c, &(struct mint_order){.form = MINT_SPNEGO});
    assert_int_equal(judge(&c, NULL, &flags, &answer), GSS_S_COMPLETE);
    assert_true(spnego_answer_read(buf_str(&answer), &said));
    assert_int_equal(said.content, SPNEGO_NOTHING);
    assert_int_equal(said.state, SPNEGO_ACCEPTED);
    buf_fini(&answer);
    coin_fini(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_is_asked_for_its_proof_only_when_it_is_to_be),
        cmocka_unit_test(a_service_sees_the_flags_that_are_asked_for_and_no_others),
        cmocka_unit_test(a_token_is_good_for_the_connection_that_it_is_bound_to),
        cmocka_unit_test(an_end_point_of_no_hash_binds_to_nothing),
        cmocka_unit_test(who_opened_the_ticket_has_proven_it),
        cmocka_unit_test(nobody_proves_what_was_not_asked_for),
    };
    return cmocka_run_group_tests(tests, start, end);
}
