/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_names.h"

#include "base/encode.h"
#include "base/sid.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool no_memory(struct err *e) {
    return err_set(e, ERR_NO_MEMORY, "no memory for the names of a certificate");
}

static struct str bytes_of(const ASN1_STRING *s) {
    return str_n((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

#define ALTERNATIVE "2.5.29.17"
#define SID_EXTENSION "1.3.6.1.4.1.311.25.2"
#define SID_NAME "1.3.6.1.4.1.311.25.2.1"

/* Printable UTF-8 of a length that somebody's name has. */
static bool is_readable(struct str s) {
    if (s.n == 0 || s.n > CERTIFICATE_NAME_MAX)
        return false;
    for (size_t i = 0; i < s.n;) {
        struct str rest = str_from(s, i);
        size_t n = str_utf8(rest);
        unsigned char c = (unsigned char)rest.p[0];
        bool is_c1 = n == 2 && c == 0xc2 && (unsigned char)rest.p[1] < 0xa0;
        if (n == 0 || c < 0x20 || c == 0x7f || is_c1)
            return false;
        i += n;
    }
    return true;
}

/* Room is for all names there may be. */
static bool keep(struct arena *a, struct certificate_texts *to, const char *text) {
    if (!to->at && !(to->at = arena_array(a, CERTIFICATE_NAMES_MAX, sizeof *to->at)))
        return false;
    if (text)
        to->at[to->count++] = text;
    return text != NULL;
}

static bool add(struct arena *a, struct certificate_texts *to, const char *kind, struct str text,
                struct err *e) {
    if (!is_readable(text))
        return err_set(e, ERR_CERTIFICATE_NAME,
                       "the certificate has a name of kind %s that is empty, longer than %d bytes, "
                       "or has something in it that is no printable UTF-8",
                       kind, CERTIFICATE_NAME_MAX);
    return keep(a, to, arena_cstr(a, text)) || no_memory(e);
}

/* With its kind, for `san`. */
static bool add_any(struct arena *a, struct certificate_names *out, const char *kind,
                    struct str text, struct err *e) {
    struct certificate_texts unused = {0};
    return add(a, &unused, kind, text, e) &&
           (keep(a, &out->san, arena_printf(a, "%s:%.*s", kind, STR_ARG(text))) || no_memory(e));
}

/* The only form in which it is written is UTF8String ([MS-WCCE] 2.2.2.7.7.3); another one is not
 * guessed at. */
static bool add_other(struct arena *a, struct certificate_names *out, const OTHERNAME *other,
                      struct err *e) {
    if (OBJ_obj2nid(other->type_id) != NID_ms_upn)
        return true;
    struct str text = STR_NONE;
    if (other->value && other->value->type == V_ASN1_UTF8STRING)
        text = bytes_of(other->value->value.utf8string);
    return add(a, &out->upn, "upn", text, e) && add_any(a, out, "upn", text, e);
}

static bool add_general(struct arena *a, struct certificate_names *out, const GENERAL_NAME *g,
                        struct err *e) {
    switch (g->type) {
    case GEN_OTHERNAME:
        return add_other(a, out, g->d.otherName, e);
    case GEN_EMAIL:
        return add(a, &out->email, "email", bytes_of(g->d.rfc822Name), e) &&
               add_any(a, out, "email", bytes_of(g->d.rfc822Name), e);
    case GEN_DNS:
        return add_any(a, out, "dns", bytes_of(g->d.dNSName), e);
    case GEN_URI:
        return add_any(a, out, "uri", bytes_of(g->d.uniformResourceIdentifier), e);
    default:
        return true; /* nothing that we could pass on as a text */
    }
}

bool certificate_read_alternative(struct arena *a, struct str der, struct certificate_names *out,
                                  struct err *e) {
    const unsigned char *at = (const unsigned char *)der.p;
    const unsigned char *end = at + der.n;
    GENERAL_NAMES *all = d2i_GENERAL_NAMES(NULL, &at, (long)der.n);
    bool ok = all && at == end && sk_GENERAL_NAME_num(all) <= CERTIFICATE_NAMES_MAX;
    ERR_clear_error();
    if (!ok)
        err_set(e, ERR_CERTIFICATE_NAME,
                "the subjectAltName of the certificate cannot be read, or has more than %d names",
                CERTIFICATE_NAMES_MAX);
    for (int i = 0; ok && i < sk_GENERAL_NAME_num(all); i++)
        ok = add_general(a, out, sk_GENERAL_NAME_value(all, i), e);
    GENERAL_NAMES_free(all);
    return ok;
}

static bool is_named(const ASN1_OBJECT *o, const char *oid) {
    char text[64];
    int n = OBJ_obj2txt(text, sizeof text, o, 1);
    return n > 0 && strcmp(text, oid) == 0;
}

bool certificate_read_sid(struct arena *a, struct str der, struct certificate_names *out,
                          struct err *e) {
    const unsigned char *at = (const unsigned char *)der.p;
    const unsigned char *end = at + der.n;
    GENERAL_NAMES *all = d2i_GENERAL_NAMES(NULL, &at, (long)der.n);
    const GENERAL_NAME *one = sk_GENERAL_NAME_num(all) == 1 ? sk_GENERAL_NAME_value(all, 0) : NULL;
    const ASN1_TYPE *value = one && one->type == GEN_OTHERNAME ? one->d.otherName->value : NULL;
    struct str text = STR_NONE;
    struct sid sid;
    if (at == end && value && value->type == V_ASN1_OCTET_STRING &&
        is_named(one->d.otherName->type_id, SID_NAME))
        text = bytes_of(value->value.octet_string);
    bool ok = sid_parse(text, &sid);
    if (ok)
        out->sid = arena_cstr(a, text);
    ERR_clear_error();
    GENERAL_NAMES_free(all);
    if (!ok)
        return err_set(e, ERR_CERTIFICATE_NAME, "the SID in the certificate cannot be read");
    return out->sid || no_memory(e);
}

/* There is one of it at most (RFC 5280 4.2); `*value` empty: none. */
static bool find_extension(const X509 *x, const char *oid, struct str *value, struct err *e) {
    ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
    int at = o ? X509_get_ext_by_OBJ(x, o, -1) : -1;
    bool is_twice = at >= 0 && X509_get_ext_by_OBJ(x, o, at) >= 0;
    *value = at < 0 ? STR_NONE : bytes_of(X509_EXTENSION_get_data(X509_get_ext(x, at)));
    ASN1_OBJECT_free(o);
    return !is_twice || err_set(e, ERR_CERTIFICATE_NAME,
                                "the certificate has the extension %s twice (RFC 5280 4.2)", oid);
}

static bool read_common_names(struct arena *a, const X509_NAME *subject,
                              struct certificate_names *out, struct err *e) {
    bool ok = true;
    for (int i = -1;
         ok && (i = X509_NAME_get_index_by_NID((X509_NAME *)subject, NID_commonName, i)) >= 0;) {
        unsigned char *text = NULL;
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);
        int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
        ok = out->cn.count < CERTIFICATE_NAMES_MAX &&
             add(a, &out->cn, "common_name", str_n((const char *)text, n > 0 ? (size_t)n : 0), e);
        OPENSSL_free(text);
        if (out->cn.count == CERTIFICATE_NAMES_MAX)
            return err_set(e, ERR_CERTIFICATE_NAME, "the certificate has too many common names");
    }
    return ok;
}

const char *certificate_name_text(struct arena *a, const X509_NAME *name) {
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;
    /* UTF-8 as it is; control characters, and a NUL, are escaped. */
    const unsigned long how = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    if (out && X509_NAME_print_ex(out, name, 0, how) >= 0) {
        long n = BIO_get_mem_data(out, &text);
        bool fits = n >= 0 && n <= CERTIFICATE_SUBJECT_MAX;
        text = fits ? arena_cstr(a, str_n(n ? text : "", (size_t)n)) : NULL;
    }
    BIO_free(out);
    return text;
}

static const char *hex(struct arena *a, struct str bytes) {
    struct buf out;
    buf_init(&out, 2 * CERTIFICATE_NAME_MAX);
    encode_hex(&out, bytes);
    char *text = out.failed ? NULL : arena_cstr(a, buf_str(&out));
    buf_fini(&out);
    return text;
}

static bool read_facts(struct arena *a, X509 *x, struct certificate_names *out) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    out->subject = certificate_name_text(a, X509_get_subject_name(x));
    out->issuer = certificate_name_text(a, X509_get_issuer_name(x));
    out->serial = hex(a, bytes_of(X509_get0_serialNumber(x)));
    if (X509_digest(x, EVP_sha256(), digest, &n) == 1)
        out->fingerprint = hex(a, str_n((const char *)digest, n));
    return out->subject && out->issuer && out->serial && out->fingerprint;
}

bool certificate_read_names(struct arena *a, X509 *x, struct certificate_names *out,
                            struct err *e) {
    *out = (struct certificate_names){0};
    struct str alternative, sid;
    if (!read_facts(a, x, out))
        return err_set(e, ERR_CERTIFICATE_NAME,
                       "the subject, the issuer or the serial number of the certificate is too "
                       "long");
    return read_common_names(a, X509_get_subject_name(x), out, e) &&
           find_extension(x, ALTERNATIVE, &alternative, e) &&
           find_extension(x, SID_EXTENSION, &sid, e) &&
           (!alternative.p || certificate_read_alternative(a, alternative, out, e)) &&
           (!sid.p || certificate_read_sid(a, sid, out, e));
}
