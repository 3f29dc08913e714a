/* SPDX-License-Identifier: Apache-2.0
 *
 * People's certificates for the tests of this room: what a row says, issued by whom it says.
 */
#pragma once
#include "net/tls_testing_crl.h"
#include "preauth/certificate_trust.h"

#include "base/clock.h"

enum { DAY = 86400 };

struct issue {
    const struct certificate *by; /* NULL: by itself */
    const char *purpose;          /* extendedKeyUsage; NULL: none */
    const char *constraints;      /* basicConstraints */
    long from_s, to_s;            /* from now */
    long serial;
};

/* With a key of its own, unless that is given. */
static inline struct certificate issue_with(const struct issue *i, const char *name,
                                            EVP_PKEY *key) {
    struct certificate c = {.key = key, .x509 = X509_new()};
    X509 *by = i->by ? i->by->x509 : c.x509;
    X509_set_version(c.x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c.x509), i->serial);
    X509_gmtime_adj(X509_getm_notBefore(c.x509), i->from_s);
    X509_gmtime_adj(X509_getm_notAfter(c.x509), i->to_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(c.x509, X509_get_subject_name(by));
    X509_set_pubkey(c.x509, c.key);
    certificate_extend(c.x509, by, NID_basic_constraints,
                       i->constraints ? i->constraints : "CA:FALSE");
    if (i->purpose)
        certificate_extend(c.x509, by, NID_ext_key_usage, i->purpose);
    assert_true(X509_sign(c.x509, i->by ? i->by->key : c.key, EVP_sha256()) > 0);
    return c;
}

static inline struct certificate issue(const struct issue *i, const char *name) {
    return issue_with(i, name, EVP_EC_gen("P-256"));
}

static inline void issue_free(struct certificate *c) {
    EVP_PKEY_free(c->key);
    X509_free(c->x509);
}

static inline struct str der_of(const struct certificate *c) {
    unsigned char *der = NULL;
    int n = i2d_X509(c->x509, &der);
    assert_true(n > 0);
    return str_n((const char *)der, (size_t)n);
}

static inline void der_free(struct str der) { OPENSSL_free((void *)der.p); }
