/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/ldap_gss.h"

#include <gssapi/gssapi_krb5.h>
#include <stdlib.h>

static gss_buffer_desc buffer_of(struct str s) {
    return (gss_buffer_desc){.length = s.n, .value = (void *)s.p};
}

static bool fail(const struct ldap_gss *g, OM_uint32 major, OM_uint32 minor, struct err *e) {
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 unused, more = 0;
    bool has_minor = minor != 0;
    gss_display_status(&unused, has_minor ? minor : major,
                       has_minor ? GSS_C_MECH_CODE : GSS_C_GSS_CODE, gss_mech_krb5, &more, &text);
    err_set(e, ERR_DIRECTORY, "the directory at %s cannot prove who it is: %.*s", g->host,
            (int)text.length, text.length ? (const char *)text.value : "");
    gss_release_buffer(&unused, &text);
    return false;
}

static bool step(void *user, struct str in, struct buf *out, bool *is_done, struct err *e) {
    struct ldap_gss *g = user;
    const OM_uint32 wanted = GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG |
                             GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;
    gss_buffer_desc said = buffer_of(in), token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, unused, flags = 0;
    OM_uint32 major =
        gss_init_sec_context(&minor, g->credential, &g->context, g->server, gss_mech_krb5, wanted,
                             0, GSS_C_NO_CHANNEL_BINDINGS, &said, NULL, &token, &flags, NULL);
    buf_add(out, str_n(token.value, token.length));
    gss_release_buffer(&unused, &token);
    *is_done = major == GSS_S_COMPLETE;
    if (GSS_ERROR(major) || (*is_done && (flags & wanted) != wanted))
        return fail(g, major, minor, e);
    return true;
}

static bool wrap(void *user, struct str in, bool is_sealed, struct buf *out) {
    const struct ldap_gss *g = user;
    gss_buffer_desc plain = buffer_of(in), sealed = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    int how = 0;
    OM_uint32 major =
        gss_wrap(&minor, g->context, is_sealed, GSS_C_QOP_DEFAULT, &plain, &how, &sealed);
    buf_add(out, str_n(sealed.value, sealed.length));
    gss_release_buffer(&minor, &sealed);
    return major == GSS_S_COMPLETE && (how || !is_sealed);
}

/* A piece that came twice, late or out of its turn is no piece (RFC 2743 1.2.3). */
static bool unwrap(void *user, struct str in, struct buf *out, bool *is_sealed) {
    const struct ldap_gss *g = user;
    gss_buffer_desc sealed = buffer_of(in), plain = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    int how = 0;
    OM_uint32 major = gss_unwrap(&minor, g->context, &sealed, &plain, &how, NULL);
    buf_add(out, str_n(plain.value, plain.length));
    gss_release_buffer(&minor, &plain);
    *is_sealed = how != 0;
    return major == GSS_S_COMPLETE;
}

void ldap_gss_init(const char *krb5_conf) {
    if (krb5_conf)
        setenv("KRB5_CONFIG", krb5_conf, 1);
}

static bool fail_ticket(struct krb *k, const char *host, krb5_error_code code, struct err *e) {
    char text[256];
    krb_text(k->context, code, text, sizeof text);
    err_set(e, ERR_DIRECTORY, "there is no ticket to ldap/%s: %s", host, text);
    if (code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN)
        err_hint(e,
                 "Domain controllers have to be named as they name themselves, in krb5.conf or "
                 "connector.directory.servers: type setspn -Q ldap/%s in the domain.",
                 host);
    e->kdc = k->evidence.last;
    return false;
}

/* Puts the ticket into the thread's cache. It is to ldap/ and nothing else: every computer of the
 * domain is HOST/, and only a domain controller is ldap/. */
static bool get_ticket(struct krb *k, const char *host, char **name, struct err *e) {
    krb5_principal server = NULL;
    krb5_creds *ticket = NULL;
    krb5_error_code code = krb5_build_principal(k->context, &server, k->self->realm.length,
                                                k->self->realm.data, "ldap", host, (char *)NULL);
    evidence_begin(&k->evidence, "LDAP ticket");
    krb_use_own_clock(k);
    krb5_creds in = {.client = k->self, .server = server};
    if (code == 0)
        code = krb5_get_credentials(k->context, 0, k->ccache, &in, &ticket);
    if (code == 0)
        code = krb5_unparse_name(k->context, server, name);
    krb5_free_creds(k->context, ticket);
    krb5_free_principal(k->context, server);
    return code == 0 || fail_ticket(k, host, code, e);
}

bool ldap_gss_open(struct ldap_gss *g, struct krb *k, const char *host, struct err *e) {
    char *name = NULL;
    OM_uint32 minor = 0;
    *g = (struct ldap_gss){.security = {.user = g, .step = step, .wrap = wrap, .unwrap = unwrap},
                           .host = host};
    if (!get_ticket(k, host, &name, e))
        return false;
    gss_buffer_desc text = buffer_of(str_of(name));
    OM_uint32 major = gss_import_name(&minor, &text, GSS_KRB5_NT_PRINCIPAL_NAME, &g->server);
    krb5_free_unparsed_name(k->context, name);
    if (major == GSS_S_COMPLETE)
        major = gss_krb5_import_cred(&minor, k->ccache, NULL, NULL, &g->credential);
    return major == GSS_S_COMPLETE || fail(g, major, minor, e);
}

void ldap_gss_close(struct ldap_gss *g) {
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &g->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &g->credential);
    gss_release_name(&minor, &g->server);
}
