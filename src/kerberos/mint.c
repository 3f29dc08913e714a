/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint.h"

#include "base/encode.h"
#include "kerberos/spnego.h"

#include <krb5.h>
#include <profile.h>
#include <stdlib.h>

enum {
    CHECKSUM_GSS = 0x8003, /* RFC 4121 4.1.1 */
    CHECKSUM_SIZE = 24,
    BINDINGS_SIZE = 16,
    FLAGS_AT = 4 + BINDINGS_SIZE,
    FLAG_INTEG = 0x20,
    TOKEN_MAX = 256 * 1024,
};

struct mint {
    krb5_context context;
};

static bool fail(krb5_context context, krb5_error_code code, struct err *e) {
    const char *text = krb5_get_error_message(context, code);
    err_set(e, ERR_INTERNAL, "no token can be made: %s", text);
    krb5_free_error_message(context, text);
    return false;
}

struct mint *mint_new(struct err *e) {
    struct mint *m = calloc(1, sizeof *m);
    profile_t profile = NULL;
    if (!m) {
        err_set(e, ERR_NO_MEMORY, "no memory for libkrb5");
        return NULL;
    }
    /* An empty profile and SECURE: neither a file nor a variable of the system has a say. */
    krb5_error_code code = (krb5_error_code)profile_init(NULL, &profile);
    if (code == 0)
        code = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, &m->context);
    if (profile)
        profile_release(profile);
    if (code == 0)
        return m;
    fail(NULL, code, e);
    mint_free(m);
    return NULL;
}

void mint_free(struct mint *m) {
    if (!m)
        return;
    if (m->context)
        krb5_free_context(m->context);
    free(m);
}

/* The checksum field is no checksum but what GSS has to say (RFC 4121 4.1.1): length and hash of
 * the channel bindings, here none, and the flags, little-endian. Integrity is the one flag every
 * SPNEGO initiator sets (RFC 4178 5), so the one every acceptor is used to; replay and sequence
 * detection, confidentiality, delegation and mutual authentication are not asked for. */
static void write_checksum(unsigned char out[CHECKSUM_SIZE]) {
    memset(out, 0, CHECKSUM_SIZE);
    out[0] = BINDINGS_SIZE;
    out[FLAGS_AT] = FLAG_INTEG;
}

static krb5_error_code parse_names(struct mint *m, const struct ticket *t, krb5_creds *creds) {
    int flags = KRB5_PRINCIPAL_PARSE_REQUIRE_REALM; /* there is no default one */
    krb5_error_code code = krb5_parse_name_flags(m->context, t->client, flags, &creds->client);
    return code ? code : krb5_parse_name_flags(m->context, t->server, flags, &creds->server);
}

/* A new authenticator, with a time no other of this process has (krb5_us_timeofday sees to that),
 * a new subkey and a new sequence number. */
static krb5_error_code make_ap_req(struct mint *m, const struct ticket *t, krb5_data *ap_req) {
    unsigned char checksum[CHECKSUM_SIZE];
    krb5_data content = {.length = sizeof checksum, .data = (char *)checksum};
    krb5_auth_context auth = NULL;
    krb5_creds creds = {
        .keyblock = {.enctype = t->enctype, .length = (unsigned)t->key_size, .contents = t->key},
        .times = {.starttime = (krb5_timestamp)t->starts_s, .endtime = (krb5_timestamp)t->ends_s},
        .ticket = {.length = (unsigned)t->der_size, .data = (char *)t->der},
    };
    if (!krb5_c_valid_enctype(t->enctype)) /* libkrb5 would refuse it too, but leaks a little */
        return KRB5_BAD_ENCTYPE;
    krb5_error_code code = parse_names(m, t, &creds);
    write_checksum(checksum);
    if (code == 0)
        code = krb5_auth_con_init(m->context, &auth);
    if (code == 0)
        code = krb5_auth_con_setflags(m->context, auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    if (code == 0)
        code = krb5_auth_con_set_req_cksumtype(m->context, auth, CHECKSUM_GSS);
    if (code == 0)
        code =
            krb5_mk_req_extended(m->context, &auth, AP_OPTS_USE_SUBKEY, &content, &creds, ap_req);
    if (auth)
        krb5_auth_con_free(m->context, auth);
    krb5_free_principal(m->context, creds.client);
    krb5_free_principal(m->context, creds.server);
    return code;
}

static void write_header(struct buf *out, struct str ap_req, enum mint_form form) {
    struct buf bare, wrapped;
    buf_init_secret(&bare, TOKEN_MAX);
    buf_init_secret(&wrapped, TOKEN_MAX);
    spnego_wrap_krb5(&bare, ap_req);
    if (form == MINT_SPNEGO)
        spnego_wrap_init(&wrapped, buf_str(&bare));
    out->failed |= bare.failed || wrapped.failed;
    buf_add(out, STR("Negotiate "));
    encode_base64(out, buf_str(form == MINT_SPNEGO ? &wrapped : &bare));
    buf_fini(&wrapped);
    buf_fini(&bare);
}

bool mint_header(struct mint *m, const struct ticket *t, enum mint_form form, struct buf *out,
                 struct err *e) {
    krb5_data ap_req = {0};
    krb5_error_code code = make_ap_req(m, t, &ap_req);
    if (code != 0)
        return fail(m->context, code, e);
    write_header(out, str_n(ap_req.data, ap_req.length), form);
    krb5_free_data_contents(m->context, &ap_req);
    return !out->failed || err_set(e, ERR_NO_MEMORY, "the token does not fit");
}
