/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificate revocation lists for tests.
 */
#pragma once
#include "net/tls_testing.h"

struct crl_make {
    const struct certificate *ca;
    long from_s, to_s; /* from now; to_s 0: it does not say */
    long revoked;      /* a serial number; 0: none */
    bool is_der;
};

static inline void crl_write(const char *file, const struct crl_make *m) {
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *at = ASN1_TIME_new();
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(m->ca->x509));
    X509_CRL_set1_lastUpdate(crl, X509_gmtime_adj(at, m->from_s));
    if (m->to_s)
        X509_CRL_set1_nextUpdate(crl, X509_gmtime_adj(at, m->to_s));
    if (m->revoked) {
        X509_REVOKED *one = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(serial, m->revoked);
        X509_REVOKED_set_serialNumber(one, serial);
        X509_REVOKED_set_revocationDate(one, X509_gmtime_adj(at, m->from_s));
        X509_CRL_add0_revoked(crl, one);
        ASN1_INTEGER_free(serial);
    }
    assert_true(X509_CRL_sign(crl, m->ca->key, EVP_sha256()) > 0);
    FILE *f = certificate_open(file);
    assert_true(m->is_der ? i2d_X509_CRL_fp(f, crl) : PEM_write_X509_CRL(f, crl));
    fclose(f);
    ASN1_TIME_free(at);
    X509_CRL_free(crl);
}
