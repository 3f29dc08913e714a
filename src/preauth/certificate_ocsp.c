/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

static OCSP_CERTID *id_of(const struct certificate_verified *v) {
    /* SHA-1, as the only one that every responder knows (RFC 5019 2.1.1): it only names. */
    return OCSP_cert_to_id(EVP_sha1(), sk_X509_value(v->chain, 0), sk_X509_value(v->chain, 1));
}

bool certificate_ocsp_ask(struct arena *a, const struct config_ocsp *c,
                          const struct certificate_verified *v, struct ocsp_question *out) {
    OCSP_REQUEST *of = OCSP_REQUEST_new();
    OCSP_CERTID *id = id_of(v);
    *out = (struct ocsp_question){0};
    bool ok = of && id && OCSP_request_add0_id(of, id);
    if (!ok)
        OCSP_CERTID_free(id);
    ok = ok && (c->nonce == NONCE_OFF || OCSP_request_add1_nonce(of, NULL, 32) == 1);
    int n = ok ? i2d_OCSP_REQUEST(of, NULL) : 0;
    unsigned char *der = n > 0 ? arena_alloc(a, (size_t)n) : NULL;
    out->der = str_n((const char *)der, (size_t)(der ? n : 0));
    if (der && i2d_OCSP_REQUEST(of, &der) == n) {
        out->of = of;
        return true;
    }
    OCSP_REQUEST_free(of);
    return false;
}

void certificate_ocsp_fini(struct ocsp_question *q) {
    OCSP_REQUEST_free(q->of);
    *q = (struct ocsp_question){0};
}

const char *certificate_ocsp_url(struct arena *a, const struct config_ocsp *c, X509 *x,
                                 struct err *e) {
    const char *found = c->responder;
    STACK_OF(OPENSSL_STRING) *urls = found ? NULL : X509_get1_ocsp(x);
    for (int i = 0; !found && i < sk_OPENSSL_STRING_num(urls); i++) {
        struct str url = str_of(sk_OPENSSL_STRING_value(urls, i));
        if (str_starts(url, STR("http://")) || str_starts(url, STR("https://")))
            found = arena_cstr(a, url);
    }
    X509_email_free(urls);
    if (found)
        return found;
    err_set(e, ERR_CERTIFICATE_SILENT, "the certificate names no responder to be asked about it");
    err_hint(e, "Name one as certificates.ocsp.responder, or let the authority put it into its "
                "certificates (authority information access)");
    return NULL;
}

static bool no(struct err *e, const char *why) {
    ERR_clear_error();
    return err_set(e, ERR_CERTIFICATE_ANSWER, "the answer of the responder %s", why);
}

static int64_t seconds_of(const ASN1_GENERALIZEDTIME *t) {
    struct tm at;
    return t && ASN1_TIME_to_tm(t, &at) == 1 ? (int64_t)timegm(&at) : 0;
}

/* RFC 6960 3.2, 4 to 6. Without nextUpdate there is newer word at any time: then only what was said
 * just now counts, and only for as long as a clock may be wrong. */
static bool is_in_time(int64_t this_s, int64_t next_s, int64_t now_s) {
    int64_t end_s = next_s ? next_s : this_s;
    return this_s <= now_s + OCSP_SKEW_S && end_s >= now_s - OCSP_SKEW_S &&
           (!next_s || next_s >= this_s);
}

static bool read_status(OCSP_BASICRESP *basic, const struct config_ocsp *c,
                        const struct certificate_verified *v, int64_t now_s, int64_t *until_s,
                        struct err *e) {
    int status, reason;
    ASN1_GENERALIZEDTIME *revoked, *from, *next;
    OCSP_CERTID *id = id_of(v);
    bool is_found =
        id && OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &from, &next);
    OCSP_CERTID_free(id);
    if (!is_found)
        return no(e, "is about another certificate");
    int64_t this_s = seconds_of(from), next_s = seconds_of(next);
    if (!this_s || (next && !next_s) || !is_in_time(this_s, next_s, now_s))
        return no(e, "is out of its time, old or from the future");
    if (status == V_OCSP_CERTSTATUS_REVOKED)
        return err_set(e, ERR_CERTIFICATE_REVOKED, "the responder says that it was revoked (%s)",
                       reason < 0 ? "no reason is given" : OCSP_crl_reason_str(reason));
    if (status != V_OCSP_CERTSTATUS_GOOD)
        return no(e, "says that it does not know the certificate");
    *until_s = now_s + c->keep_s;
    if (!next_s)
        *until_s = now_s + (c->keep_s < OCSP_SKEW_S ? c->keep_s : OCSP_SKEW_S);
    else if (next_s < *until_s)
        *until_s = next_s > now_s ? next_s : now_s + 1;
    return true;
}

static bool check_nonce(const struct ocsp_question *q, OCSP_BASICRESP *basic,
                        const struct config_ocsp *c, struct err *e) {
    int same = c->nonce == NONCE_OFF ? 1 : OCSP_check_nonce(q->of, basic);
    if (same == 0)
        return no(e, "has another nonce than the question: it was one to somebody else");
    return same == 1 || c->nonce == NONCE_OPTIONAL || no(e, "has no nonce");
}

/* That the issuer has signed it, or somebody whom the issuer has given OCSPSigning; nobody is
 * trusted for it beyond that. */
static bool is_signed(const struct certificate_trust *t, const struct certificate_verified *v,
                      OCSP_BASICRESP *basic) {
    return OCSP_basic_verify(basic, v->chain, certificate_trust_store(t),
                             OCSP_NOEXPLICIT | OCSP_PARTIAL_CHAIN) == 1;
}

bool certificate_ocsp_read(const struct certificate_trust *t, const struct config_ocsp *c,
                           const struct certificate_verified *v, const struct ocsp_question *q,
                           struct str answer, int64_t now_s, int64_t *until_s, struct err *e) {
    const unsigned char *at = (const unsigned char *)answer.p;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)answer.n);
    int status = response ? OCSP_response_status(response) : -1;
    OCSP_BASICRESP *basic =
        status == OCSP_RESPONSE_STATUS_SUCCESSFUL ? OCSP_response_get1_basic(response) : NULL;
    bool ok = false;
    if (!response)
        no(e, "is none (RFC 6960 4.2)");
    else if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        err_set(e, ERR_CERTIFICATE_SILENT, "the responder answers with an error: %s",
                OCSP_response_status_str(status));
    else if (!basic)
        no(e, "is of a kind that is not known");
    else if (!is_signed(t, v, basic))
        no(e, "is not signed by who issued the certificate, nor by whom they have charged with it");
    else
        ok = check_nonce(q, basic, c, e) && read_status(basic, c, v, now_s, until_s, e);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return ok;
}
