/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"

#include "base/clock.h"
#include "net/tls_names.h"
#include "config/wildcard.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { DAY_S = 86400, WARN_DAYS = 14, CHAIN_MAX = 1000 };

static void check_time(const struct named_file *n, const X509 *x, int place) {
    time_t now = (time_t)clock_wall_s(), soon = now + WARN_DAYS * DAY_S;
    struct tm end;
    char date[32] = "a date that cannot be read";
    if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &end) == 1)
        strftime(date, sizeof date, "%Y-%m-%d", &end);
    if (X509_cmp_time(X509_get0_notAfter(x), &now) <= 0)
        check_error(n, "certificate %d of the file expired on %s", place, date);
    else if (X509_cmp_time(X509_get0_notAfter(x), &soon) <= 0)
        check_warning(n, "certificate %d of the file expires on %s", place, date);
    if (X509_cmp_time(X509_get0_notBefore(x), &now) > 0)
        check_error(n, "certificate %d of the file is not valid yet", place);
}

/* The first certificate of the file, for the caller to free; NULL after saying why. All of them
 * are parsed, and with `in_time` also compared with the clock. */
static X509 *read_certificates(const struct named_file *n, bool in_time) {
    X509 *first = NULL, *x;
    FILE *file = check_open(n);
    if (!file)
        return NULL;
    ERR_clear_error();
    for (int place = 1; place <= CHAIN_MAX && (x = PEM_read_X509(file, NULL, NULL, NULL));
         place++) {
        if (in_time)
            check_time(n, x, place);
        if (first)
            X509_free(x);
        else
            first = x;
    }
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    fclose(file);
    if (first && is_end)
        return first;
    check_error(n, first ? "there is something broken behind the first certificate"
                         : "there is no certificate (PEM) in it");
    X509_free(first);
    return NULL;
}

/* Instead of OpenSSL's, which would ask at the terminal. */
// NOLINTNEXTLINE(readability-non-const-parameter): because pem_password_cb says so
static int no_passphrase(char *text, int size, int writing, void *asked) {
    (void)text, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

static EVP_PKEY *read_key(const struct named_file *n) {
    bool asked = false;
    char typed[CHECK_TYPED_MAX];
    struct stat st;
    FILE *file = check_open(n);
    if (!file)
        return NULL;
    if (fstat(fileno(file), &st) == 0 && (st.st_mode & S_IRWXO))
        check_warning(n, "everybody on this machine may use the key%s",
                      check_typed(n, "chmod o=", typed));
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_passphrase, &asked);
    ERR_clear_error();
    fclose(file);
    if (!key)
        check_error(n, asked ? "the key has a passphrase, and nobody is there to type it"
                             : "there is no private key (PEM) in it");
    return key;
}

static bool names(X509 *x, struct str host) {
    char text[320];
    bool is_any = wildcard_is(host); /* then the certificate needs a '*' to name this one of them */
    int n = snprintf(text, sizeof text, "%s%.*s", is_any ? "any-label-there-is" : "",
                     STR_ARG(str_from(host, is_any)));
    if (n < 0 || (size_t)n >= sizeof text)
        return false;
    /* As browsers do (RFC 9525 6.3), and net/tls_names.h. */
    unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    return X509_check_host(x, text, (size_t)n, flags, NULL) == 1 ||
           X509_check_ip_asc(x, text, 0) == 1;
}

/* A certificate and its key: what the file calls them, and where they are. */
struct pair {
    const char *certificate_key, *key_key;
    char *const *certificate, *const *key;
    char *names; /* tls_names_of; NULL: it could not be read */
    int kind;    /* of key */
};

/* Of two certificates with the same names only the client's choice of a kind of key could take one
 * or the other (net/tls.h). `p` is behind `first` in one array. */
static void check_twins(const struct named_file *certificate, const struct pair *first,
                        const struct pair *p) {
    for (const struct pair *other = first; p->names && other < p; other++)
        if (other->names && other->kind == p->kind && strcmp(other->names, p->names) == 0) {
            check_error(certificate,
                        "it is for the same names as %s and has the same kind of key: take one "
                        "of them out, which would never be used",
                        *other->certificate);
            return;
        }
}

static void check_pair(const struct config *c, struct pair *first, struct pair *p, bool *covered,
                       struct findings *f) {
    struct named_file certificate = {c, f, p->certificate_key, p->certificate};
    struct named_file key_file = {c, f, p->key_key, p->key};
    X509 *x = read_certificates(&certificate, true);
    EVP_PKEY *key = read_key(&key_file);
    if (x && key && X509_check_private_key(x, key) != 1)
        check_error(&key_file, "the key does not belong to the first certificate of %s",
                    *p->certificate);
    for (size_t i = 0; i < c->app_count; i++)
        covered[i] = covered[i] || !x || names(x, c->apps[i].external.host);
    covered[c->app_count] |= !x || (c->has_home && names(x, c->home.external.host));
    p->names = x ? tls_names_of(x) : NULL;
    p->kind = x ? EVP_PKEY_get_base_id(X509_get0_pubkey(x)) : 0;
    check_twins(&certificate, first, p);
    ERR_clear_error();
    EVP_PKEY_free(key);
    X509_free(x);
}

void check_listener(const struct config *c, const struct config_listen *l, bool *covered,
                    struct findings *f) {
    size_t count = 0;
    struct pair *pairs = calloc(l->certificate_count + 1, sizeof *pairs);
    if (!pairs) {
        findings_error(f, l->mark, "there is not enough memory");
        return;
    }
    if (config_mark_of(c, &l->certificate).line) /* else it is the first of the list */
        pairs[count++] = (struct pair){
            "gateway.listen.certificate", "gateway.listen.key", &l->certificate, &l->key, NULL, 0};
    for (size_t i = 0; i < l->certificate_count; i++)
        pairs[count++] = (struct pair){"gateway.listen.certificates.certificate",
                                       "gateway.listen.certificates.key",
                                       &l->certificates[i].certificate,
                                       &l->certificates[i].key,
                                       NULL,
                                       0};
    for (size_t i = 0; i < count; i++)
        check_pair(c, pairs, &pairs[i], covered, f);
    for (size_t i = 0; i < count; i++)
        free(pairs[i].names);
    free(pairs);
}

void check_authorities(const struct named_file *n) { X509_free(read_certificates(n, false)); }

void check_own_pair(const struct named_file *certificate, const struct named_file *key_file) {
    X509 *x = read_certificates(certificate, true);
    EVP_PKEY *key = read_key(key_file);
    if (x && key && X509_check_private_key(x, key) != 1)
        check_error(key_file, "the key does not belong to the first certificate of %s",
                    *certificate->value);
    ERR_clear_error();
    EVP_PKEY_free(key);
    X509_free(x);
}
