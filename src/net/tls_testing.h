/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates for tests, made on the spot in a folder of their own, and a client that is not ours.
 */
#pragma once
#include "net/testing.h"
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

/* A CA, or what it has issued: files in PEM. */
struct certificate {
    EVP_PKEY *key;
    X509 *x509;
    char file[96], key_file[96];
};

static inline void certificate_extend(X509 *to, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
    X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(x);
    assert_int_equal(X509_add_ext(to, x, -1), 1);
    X509_EXTENSION_free(x);
}

static inline FILE *certificate_open(const char *file) {
    FILE *f = fopen(file, "w");
    if (!f)
        abort();
    return f;
}

static inline void certificate_write(struct certificate *c, const char *folder, const char *name) {
    snprintf(c->file, sizeof c->file, "%s/%s.pem", folder, name);
    snprintf(c->key_file, sizeof c->key_file, "%s/%s.key", folder, name);
    FILE *f = certificate_open(c->file);
    assert_true(PEM_write_X509(f, c->x509));
    fclose(f);
    f = certificate_open(c->key_file);
    assert_true(PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL));
    fclose(f);
}

/* As certificate_make, with a key that becomes its own. */
static inline struct certificate certificate_of_key(EVP_PKEY *key, const struct certificate *ca,
                                                    const char *folder, const char *name,
                                                    const char *names, long ends_s) {
    struct certificate c = {.key = key, .x509 = X509_new()};
    assert_true(c.key && c.x509);
    X509 *issuer = ca ? ca->x509 : c.x509;
    X509_set_version(c.x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c.x509), ca ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(c.x509), -2L * 24 * 3600);
    X509_gmtime_adj(X509_getm_notAfter(c.x509), ends_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(c.x509, X509_get_subject_name(issuer));
    X509_set_pubkey(c.x509, c.key);
    if (!ca)
        certificate_extend(c.x509, issuer, NID_basic_constraints, "critical,CA:TRUE");
    if (names)
        certificate_extend(c.x509, issuer, NID_subject_alt_name, names);
    assert_true(X509_sign(c.x509, ca ? ca->key : c.key, EVP_sha256()));
    certificate_write(&c, folder, name);
    return c;
}

/* Issued by `ca`, or a CA of its own when that is NULL; `names` is a subjectAltName. Valid from two
 * days ago until `ends_s` from now. */
static inline struct certificate certificate_make(const struct certificate *ca, const char *folder,
                                                  const char *name, const char *names,
                                                  long ends_s) {
    return certificate_of_key(EVP_EC_gen("P-256"), ca, folder, name, names, ends_s);
}

static inline void certificate_remove(struct certificate *c) {
    unlink(c->file);
    unlink(c->key_file);
    EVP_PKEY_free(c->key);
    X509_free(c->x509);
}

/* A listener with these certificates, NULL behind the last. */
static inline struct tls_server *certificate_server(const struct certificate *const *list,
                                                    bool has_http2, struct err *e) {
    struct tls_pair pairs[8];
    struct tls_server_options o = {.pairs = pairs, .has_http2 = has_http2};
    for (; list[o.pair_count]; o.pair_count++)
        pairs[o.pair_count] =
            (struct tls_pair){list[o.pair_count]->file, list[o.pair_count]->key_file};
    return tls_server_new(&o, e);
}

static inline struct tls_server *certificate_server_one(const struct certificate *c,
                                                        struct err *e) {
    return certificate_server((const struct certificate *const[]){c, NULL}, true, e);
}

/* A client that is not ours, and our end of its connection. */
struct foreign {
    int fds[2];
    SSL *ssl;
    struct tls *ours;
    int reason; /* OpenSSL's, of the client's failure; 0: none */
};

/* `name` NULL: it sends no SNI. */
static inline struct foreign foreign_make(SSL_CTX *ctx, struct tls_server *server,
                                          const char *name) {
    struct foreign f = {.ssl = SSL_new(ctx)};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, f.fds), 0);
    assert_true(f.ssl && SSL_set_fd(f.ssl, f.fds[0]));
    f.ours = tls_accept(server, f.fds[1]);
    assert_true(f.ours && (!name || SSL_set_tlsext_host_name(f.ssl, name)));
    return f;
}

/* Turns both ends until the client has what follows a handshake too. Whether they came to terms. */
static inline bool foreign_shake(struct foreign *f) {
    char byte;
    for (int i = 0; i < 8; i++) {
        (void)SSL_connect(f->ssl);
        f->reason = f->reason ? f->reason : ERR_GET_REASON(ERR_peek_last_error());
        (void)tls_read(f->ours, &byte, 1);
    }
    (void)SSL_read(f->ssl, &byte, 1);
    return SSL_is_init_finished(f->ssl) && tls_protocol(f->ours) != TLS_HANDSHAKES;
}

static inline void foreign_end(struct foreign *f) {
    SSL_set_shutdown(f->ssl, SSL_SENT_SHUTDOWN); /* or its session could not be resumed */
    tls_shutdown(f->ours);
    SSL_free(f->ssl);
    tls_free(f->ours);
    close(f->fds[0]);
    close(f->fds[1]);
}
