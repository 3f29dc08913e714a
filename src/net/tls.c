/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* The contexts for back ends and the connections are OpenSSL's own objects under our names. */
static SSL_CTX *client_ctx(struct tls_client *t) { return (SSL_CTX *)(void *)t; }

const char *tls_reason(void) {
    unsigned long code = ERR_peek_error(); /* the first one is the telling one */
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    return text ? text : code ? strerror(ERR_GET_REASON(code)) : "unknown TLS error";
}

SSL_CTX *tls_context(const SSL_METHOD *method) {
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx)
        return NULL;
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    return ctx;
}

struct tls_client *tls_client_new(const char *ca, struct err *e) {
    ERR_clear_error();
    SSL_CTX *ctx = tls_context(TLS_client_method());
    if (ctx && (ca ? SSL_CTX_load_verify_locations(ctx, ca, NULL)
                   : SSL_CTX_set_default_verify_paths(ctx)) == 1) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        return (struct tls_client *)(void *)ctx;
    }
    err_set(e, ERR_CONFIG, "CA file %s: %s", ca ? ca : "of the system", tls_reason());
    SSL_CTX_free(ctx);
    return NULL;
}

void tls_client_free(struct tls_client *t) { SSL_CTX_free(client_ctx(t)); }

bool tls_expect_name(SSL *ssl, const char *name) {
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    /* The subject's common name is nobody's proof (RFC 9110 4.3.4). */
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct tls *tls_connect(struct tls_client *client, int fd, const char *name) {
    static const unsigned char ALPN[] = "\x08http/1.1";
    SSL *ssl = SSL_new(client_ctx(client));
    if (ssl && SSL_set_fd(ssl, fd) == 1 && tls_expect_name(ssl, name) &&
        SSL_set_alpn_protos(ssl, ALPN, sizeof ALPN - 1) == 0) {
        SSL_set_connect_state(ssl);
        return (struct tls *)(void *)ssl;
    }
    SSL_free(ssl);
    return NULL;
}

void tls_free(struct tls *t) { SSL_free(tls_ssl(t)); }

enum tls_protocol tls_protocol(const struct tls *t) {
    const unsigned char *name;
    unsigned n;
    if (!SSL_is_init_finished(tls_ssl(t)))
        return TLS_HANDSHAKES;
    SSL_get0_alpn_selected(tls_ssl(t), &name, &n);
    return str_eq(str_n((const char *)name, n), STR("h2")) ? TLS_HTTP2 : TLS_HTTP1;
}

static ssize_t result(SSL *ssl, int n) {
    if (n > 0)
        return n;
    switch (SSL_get_error(ssl, n)) {
    case SSL_ERROR_WANT_READ:
        return TLS_NEEDS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_NEEDS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        return TLS_FAILED;
    }
}

/* A look at an empty queue costs less than emptying it. */
static void forget_errors(void) {
    if (ERR_peek_error())
        ERR_clear_error();
}

ssize_t tls_handshake(struct tls *t) {
    forget_errors();
    errno = 0;
    ssize_t n = result(tls_ssl(t), SSL_do_handshake(tls_ssl(t)));
    return n == 0 ? TLS_FAILED : n; /* the peer has closed */
}

static size_t end_point(X509 *certificate, unsigned char out[TLS_END_POINT_MAX]) {
    int hash = NID_undef;
    unsigned size = 0;
    if (!certificate || X509_get_signature_info(certificate, &hash, NULL, NULL, NULL) != 1)
        return 0;
    if (hash == NID_md5 || hash == NID_sha1)
        hash = NID_sha256;
    const EVP_MD *md = EVP_get_digestbynid(hash);
    bool fits = md && EVP_MD_get_size(md) > 0 && EVP_MD_get_size(md) <= TLS_END_POINT_MAX;
    return fits && X509_digest(certificate, md, out, &size) == 1 ? size : 0;
}

size_t tls_end_point(const struct tls *t, unsigned char out[TLS_END_POINT_MAX]) {
    return end_point(SSL_get0_peer_certificate(tls_ssl(t)), out);
}

size_t tls_own_end_point(const struct tls *t, unsigned char out[TLS_END_POINT_MAX]) {
    return end_point(SSL_get_certificate(tls_ssl(t)), out);
}

ssize_t tls_read(struct tls *t, char *to, size_t n) {
    forget_errors();
    errno = 0;
    return result(tls_ssl(t), SSL_read(tls_ssl(t), to, n > INT_MAX ? INT_MAX : (int)n));
}

ssize_t tls_write(struct tls *t, struct str bytes) {
    forget_errors();
    errno = 0;
    int n = SSL_write(tls_ssl(t), bytes.p, bytes.n > INT_MAX ? INT_MAX : (int)bytes.n);
    ssize_t moved = result(tls_ssl(t), n);
    return moved == 0 ? TLS_FAILED : moved; /* the peer has closed: nothing was written */
}

bool tls_has_pending(struct tls *t) { return SSL_has_pending(tls_ssl(t)) == 1; }

void tls_shutdown(struct tls *t) {
    ERR_clear_error();
    if (SSL_is_init_finished(tls_ssl(t)))
        SSL_shutdown(tls_ssl(t));
}

bool tls_error(struct tls *t, char *text, size_t size) {
    long verify = SSL_get_verify_result(tls_ssl(t));
    if (verify != X509_V_OK && !SSL_is_server(tls_ssl(t))) {
        snprintf(text, size, "%s", X509_verify_cert_error_string(verify));
        return true;
    }
    if (ERR_peek_error())
        snprintf(text, size, "%s", tls_reason());
    else
        snprintf(text, size, "%s", errno ? strerror(errno) : "connection cut off");
    return false;
}
