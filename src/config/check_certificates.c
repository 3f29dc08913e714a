/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "config/check_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { AUTHORITIES_MAX = 1000, LISTS_MAX = 64 };

static const char *date_of(const ASN1_TIME *t, char text[32]) {
    struct tm at;
    snprintf(text, 32, "a date that cannot be read");
    if (ASN1_TIME_to_tm(t, &at) == 1)
        strftime(text, 32, "%Y-%m-%d %H:%M UTC", &at);
    return text;
}

/* X509_cmp_time of now: above 0 when `t` is in the future. */
static bool is_over(const ASN1_TIME *t) {
    time_t now = (time_t)clock_wall_s();
    return X509_cmp_time(t, &now) <= 0;
}

static void check_authority(const struct named_file *n, X509 *x, int place) {
    char date[32];
    if (X509_check_ca(x) != 1)
        check_error(n,
                    "certificate %d of the file is none of an authority (basicConstraints CA:TRUE, "
                    "keyUsage keyCertSign): with it here, whoever has its key could let people in",
                    place);
    else if (is_over(X509_get0_notAfter(x)))
        check_warning(n, "certificate %d of the file expired on %s", place,
                      date_of(X509_get0_notAfter(x), date));
}

static void check_ca(const struct named_file *n) {
    X509 *x;
    int count = 0;
    FILE *file = check_open(n);
    if (!file)
        return;
    ERR_clear_error();
    while (count < AUTHORITIES_MAX && (x = PEM_read_X509(file, NULL, NULL, NULL))) {
        check_authority(n, x, ++count);
        X509_free(x);
    }
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    fclose(file);
    if (count == 0 || !is_end)
        check_error(n, count ? "there is something broken behind the first certificate"
                             : "there is no certificate (PEM) in it");
}

static void check_list(const struct named_file *n, const X509_CRL *crl) {
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    char date[32];
    if (!next)
        check_warning(n, "the list does not say when the next one comes (nextUpdate), so that it "
                         "is good for ever");
    else if (is_over(next))
        check_warning(n,
                      "the list was good until %s: whoever has a certificate of that authority is "
                      "refused (event 22043) until there is a new one",
                      date_of(next, date));
    if (!is_over(X509_CRL_get0_lastUpdate(crl)))
        check_warning(n, "the list is from the future (%s): compare the clocks",
                      date_of(X509_CRL_get0_lastUpdate(crl), date));
}

/* PEM, perhaps several, or one in DER. */
static void check_crl(const struct named_file *n) {
    X509_CRL *crl;
    int count = 0;
    FILE *file = check_open(n);
    if (!file)
        return;
    ERR_clear_error();
    while (count < LISTS_MAX && (crl = PEM_read_X509_CRL(file, NULL, NULL, NULL))) {
        check_list(n, crl);
        X509_CRL_free(crl);
        count++;
    }
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (count == 0 && fseek(file, 0, SEEK_SET) == 0 && (crl = d2i_X509_CRL_fp(file, NULL))) {
        check_list(n, crl);
        X509_CRL_free(crl);
        count++;
    }
    ERR_clear_error();
    fclose(file);
    if (count == 0 || !is_end)
        check_error(n, count ? "there is something broken behind the first list"
                             : "there is no certificate revocation list (PEM or DER) in it");
}

void check_certificates(const struct config *c, const struct config_provider *p,
                        struct findings *f) {
    const struct config_certificates *x = &p->certificates;
    check_ca(&(struct named_file){c, f, "identity_providers.certificates.ca", &x->ca});
    for (size_t i = 0; i < x->crl_count; i++)
        check_crl(&(struct named_file){c, f, "identity_providers.certificates.crls", &x->crls[i]});
}
