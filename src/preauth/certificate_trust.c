/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_trust.h"

#include "preauth/certificate_names.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { AUTHORITIES_MAX = 1000, LISTS_MAX = 64 };

struct certificate_trust {
    const struct config_certificates *config;
    X509_STORE *store;
    STACK_OF(X509_CRL) * lists;
};

static bool is_pem_end(void) {
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return is_end;
}

static bool refuse_file(const char *what, const char *file, const char *why, struct err *e) {
    return err_set(e, ERR_CONFIG, "%s %s: %s", what, file, why);
}

static bool read_authorities(struct certificate_trust *t, const char *path, struct err *e) {
    FILE *file = fopen(path, "re");
    X509 *x;
    int count = 0;
    bool ok = true;
    if (!file)
        return refuse_file("CA file", path, "it cannot be opened", e);
    ERR_clear_error();
    while (ok && count < AUTHORITIES_MAX && (x = PEM_read_X509(file, NULL, NULL, NULL))) {
        /* Another one here would be believed in the place of what it is to vouch for. */
        ok = X509_check_ca(x) == 1 && X509_STORE_add_cert(t->store, x) == 1;
        X509_free(x);
        count++;
    }
    fclose(file);
    if (!ok)
        return refuse_file("CA file", path, "a certificate in it is none of an authority", e);
    return (is_pem_end() && count > 0) ||
           refuse_file("CA file", path, "it does not hold certificates (PEM) alone", e);
}

static bool take_list(struct certificate_trust *t, X509_CRL *crl) {
    if (X509_STORE_add_crl(t->store, crl) == 1 && sk_X509_CRL_push(t->lists, crl) > 0)
        return true;
    X509_CRL_free(crl);
    return false;
}

static bool read_lists(struct certificate_trust *t, const char *path, struct err *e) {
    FILE *file = fopen(path, "re");
    X509_CRL *crl;
    int count = 0;
    bool ok = true;
    if (!file)
        return refuse_file("revocation list", path, "it cannot be opened", e);
    ERR_clear_error();
    for (; ok && count < LISTS_MAX && (crl = PEM_read_X509_CRL(file, NULL, NULL, NULL)); count++)
        ok = take_list(t, crl);
    bool is_whole = is_pem_end();
    if (count == 0 && fseek(file, 0, SEEK_SET) == 0 && (crl = d2i_X509_CRL_fp(file, NULL))) {
        ok = take_list(t, crl);
        count++;
    }
    ERR_clear_error();
    fclose(file);
    return (ok && is_whole && count > 0) ||
           refuse_file("revocation list", path, "it does not hold lists (PEM or DER) alone", e);
}

struct certificate_trust *certificate_trust_new(const struct config_certificates *c,
                                                struct err *e) {
    struct certificate_trust *t = calloc(1, sizeof *t);
    if (t) {
        t->config = c;
        t->store = X509_STORE_new();
        t->lists = sk_X509_CRL_new_null();
    }
    bool ok = t && t->store && t->lists;
    if (!ok)
        err_set(e, ERR_NO_MEMORY, "no memory for authorities");
    else
        X509_STORE_set_flags(t->store, X509_V_FLAG_PARTIAL_CHAIN);
    if (ok)
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(t->store), (int)c->strength);
    ok = ok && read_authorities(t, c->ca, e);
    for (size_t i = 0; ok && i < c->crl_count; i++)
        ok = read_lists(t, c->crls[i], e);
    if (ok)
        return t;
    certificate_trust_free(t);
    return NULL;
}

void certificate_trust_free(struct certificate_trust *t) {
    if (!t)
        return;
    X509_STORE_free(t->store);
    sk_X509_CRL_pop_free(t->lists, X509_CRL_free);
    free(t);
}

X509_STORE *certificate_trust_store(const struct certificate_trust *t) { return t->store; }

static bool is_about_list(int error) {
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        return true;
    default:
        return false;
    }
}

/* Who stands in the file is believed as they are; a list of whoever issued them is welcome, and
 * need not be there (RFC 5280 6.1: a trust anchor is not part of the path). */
static int on_verified(int ok, X509_STORE_CTX *ctx) {
    bool is_anchor = X509_STORE_CTX_get_error_depth(ctx) >= X509_STORE_CTX_get_num_untrusted(ctx);
    return ok || (is_anchor && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_UNABLE_TO_GET_CRL);
}

static enum err_code code_of(int error) {
    if (is_about_list(error))
        return ERR_CERTIFICATE_LIST;
    if (error == X509_V_ERR_CERT_REVOKED)
        return ERR_CERTIFICATE_REVOKED;
    if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
        return ERR_CERTIFICATE_TIME;
    return ERR_CERTIFICATE_UNTRUSTED;
}

/* With whose it is, as far as its texts can be read. */
static bool refuse(enum err_code code, X509 *x, const char *why, struct err *e) {
    struct arena a;
    arena_init(&a, 16 * 1024);
    const char *subject = certificate_name_text(&a, X509_get_subject_name(x));
    const char *issuer = certificate_name_text(&a, X509_get_issuer_name(x));
    err_set(e, code, "the certificate of \"%.180s\", issued by \"%.180s\": %s",
            subject ? subject : "?", issuer ? issuer : "?", why);
    arena_fini(&a);
    return false;
}

static int64_t seconds_of(const ASN1_TIME *t) {
    struct tm at;
    return t && ASN1_TIME_to_tm(t, &at) == 1 ? (int64_t)timegm(&at) : INT64_MAX;
}

/* The first end of a certificate of the chain, or of a list that still counts. */
static int64_t end_of(const struct certificate_trust *t, const STACK_OF(X509) * chain,
                      int64_t now_s) {
    int64_t first = INT64_MAX;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t s = seconds_of(X509_get0_notAfter(sk_X509_value(chain, i)));
        first = s < first ? s : first;
    }
    for (int i = 0; i < sk_X509_CRL_num(t->lists); i++) {
        int64_t s = seconds_of(X509_CRL_get0_nextUpdate(sk_X509_CRL_value(t->lists, i)));
        first = s > now_s && s < first ? s : first;
    }
    return first;
}

static bool is_issuer_allowed(const struct config_certificates *c, X509 *x) {
    struct arena a;
    bool is_allowed = c->issuer_count == 0;
    arena_init(&a, 16 * 1024);
    const char *issuer = certificate_name_text(&a, X509_get_issuer_name(x));
    for (size_t i = 0; issuer && i < c->issuer_count; i++)
        is_allowed |= strcmp(issuer, c->issuers[i]) == 0;
    arena_fini(&a);
    return is_allowed;
}

/* What a certificate of a person has to be besides; a purpose that is not said is any to OpenSSL.
 */
static const char *why_not_person(const struct certificate_trust *t, X509 *x) {
    if (X509_check_ca(x) != 0)
        return "it is an authority's, and not a person's";
    if (X509_get_extended_key_usage(x) == UINT32_MAX)
        return "it does not say that it is for proving who somebody is (extendedKeyUsage "
               "clientAuth)";
    if (!is_issuer_allowed(t->config, x))
        return "its issuer is not among certificates.issuers";
    return NULL;
}

static void set_rules(const struct certificate_trust *t, X509_STORE_CTX *ctx, int64_t now_s) {
    X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_CLIENT);
    X509_VERIFY_PARAM_set_time(p, (time_t)now_s);
    X509_VERIFY_PARAM_set_depth(p, (int)t->config->depth);
    if (sk_X509_CRL_num(t->lists) > 0)
        X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_STORE_CTX_set_verify_cb(ctx, on_verified);
}

static bool verify(const struct certificate_trust *t, STACK_OF(X509) * shown, int64_t now_s,
                   struct certificate_verified *out, struct err *e) {
    X509 *own = sk_X509_value(shown, 0);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const char *why = NULL;
    enum err_code code = ERR_CERTIFICATE_UNTRUSTED;
    if (!ctx || X509_STORE_CTX_init(ctx, t->store, own, shown) != 1) {
        X509_STORE_CTX_free(ctx);
        return err_set(e, ERR_NO_MEMORY, "no memory to verify a certificate");
    }
    set_rules(t, ctx, now_s);
    if (X509_verify_cert(ctx) != 1) {
        int error = X509_STORE_CTX_get_error(ctx);
        code = code_of(error);
        why = X509_verify_cert_error_string(error);
    } else {
        why = why_not_person(t, own);
    }
    if (!why)
        out->chain = X509_STORE_CTX_get1_chain(ctx);
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    if (why)
        return refuse(code, own, why, e);
    out->ends_s = end_of(t, out->chain, now_s);
    if (sk_X509_num(out->chain) > 1)
        return true;
    certificate_verified_fini(out);
    return refuse(code, own, "nobody has issued it", e);
}

bool certificate_trust_verify(const struct certificate_trust *t, const struct str *ders,
                              size_t count, int64_t now_s, struct certificate_verified *out,
                              struct err *e) {
    STACK_OF(X509) *shown = sk_X509_new_null();
    bool ok = shown && count > 0 && count <= CERTIFICATE_CHAIN_MAX;
    *out = (struct certificate_verified){0};
    for (size_t i = 0; ok && i < count; i++) {
        const unsigned char *at = (const unsigned char *)ders[i].p;
        X509 *x = d2i_X509(NULL, &at, (long)ders[i].n);
        ok = x && at == (const unsigned char *)ders[i].p + ders[i].n;
        if (x && sk_X509_push(shown, x) <= 0)
            X509_free(x);
    }
    if (!ok || ders[0].n > CERTIFICATE_DER_MAX)
        ok = err_set(e, ERR_CERTIFICATE_UNTRUSTED,
                     "the certificate cannot be read, or is larger than %d bytes",
                     CERTIFICATE_DER_MAX);
    else
        ok = verify(t, shown, now_s, out, e);
    ERR_clear_error();
    sk_X509_pop_free(shown, X509_free);
    return ok;
}

void certificate_verified_fini(struct certificate_verified *v) {
    sk_X509_pop_free(v->chain, X509_free);
    *v = (struct certificate_verified){0};
}
