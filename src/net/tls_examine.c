/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_examine.h"

#include "base/clock.h"
#include "net/tls_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

enum { NAMES_MAX = 64 };

/* By enum tls_fault. */
static const char *const NAMES[] = {
    [TLS_NO_FAULT] = "",
    [TLS_UNKNOWN_ISSUER] = "tls-unknown-issuer",
    [TLS_SELF_SIGNED] = "tls-self-signed",
    [TLS_EXPIRED] = "tls-expired",
    [TLS_NOT_YET_VALID] = "tls-not-yet-valid",
    [TLS_WRONG_NAME] = "tls-wrong-name",
    [TLS_BAD_CERTIFICATE] = "tls-bad-certificate",
    [TLS_IS_PLAIN] = "tls-is-plain",
    [TLS_NO_COMMON] = "tls-no-common",
    [TLS_NO_HTTP1] = "tls-no-http1",
    [TLS_UNKNOWN_HOST] = "tls-unknown-host",
    [TLS_WAS_CLOSED] = "tls-was-closed",
    [TLS_WAS_SILENT] = "tls-was-silent",
    [TLS_OTHER_FAULT] = "tls-other",
};

const char *tls_fault_name(enum tls_fault fault) { return NAMES[fault]; }

static enum tls_fault fault_of_certificate(int error) {
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return TLS_UNKNOWN_ISSUER;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return TLS_SELF_SIGNED;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TLS_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TLS_WRONG_NAME;
    default:
        return TLS_BAD_CERTIFICATE;
    }
}

static enum tls_fault fault_of_handshake(int reason) {
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
        return TLS_IS_PLAIN;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_DH_KEY_TOO_SMALL:
        return TLS_NO_COMMON;
    case SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL:
        return TLS_NO_HTTP1;
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
        return TLS_UNKNOWN_HOST;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return TLS_WAS_CLOSED;
    default:
        return TLS_OTHER_FAULT;
    }
}

static void note(struct tls_examined *out, enum tls_fault fault, const char *why) {
    if (out->fault == TLS_NO_FAULT) {
        out->fault = fault;
        snprintf(out->why, sizeof out->why, "%s", why);
    }
    out->all |= 1U << fault;
}

static struct tls_examined *result_of(const SSL *ssl) { return SSL_get_app_data(ssl); }

/* Every reason is written down, and none ends the handshake. */
static int on_verify(int is_good, X509_STORE_CTX *x) {
    const SSL *ssl = X509_STORE_CTX_get_ex_data(x, SSL_get_ex_data_X509_STORE_CTX_idx());
    int error = X509_STORE_CTX_get_error(x);
    if (!is_good)
        note(result_of(ssl), fault_of_certificate(error), X509_verify_cert_error_string(error));
    return 1;
}

static int on_certificate_request(SSL *ssl, void *user) {
    (void)user;
    result_of(ssl)->asks_certificate = true;
    return 1;
}

static int64_t seconds_of(const ASN1_TIME *t) {
    struct tm tm;
    return t && ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
}

static void name_text(const X509_NAME *name, char out[TLS_TEXT_SIZE]) {
    BIO *b = BIO_new(BIO_s_mem());
    int n = 0;
    if (b && X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        n = BIO_read(b, out, TLS_TEXT_SIZE - 1);
    out[n > 0 ? n : 0] = '\0';
    BIO_free(b);
}

static void add_name(const GENERAL_NAME *g, char out[TLS_NAMES_SIZE]) {
    char address[INET6_ADDRSTRLEN] = "";
    const ASN1_STRING *s = g->type == GEN_DNS     ? g->d.dNSName
                           : g->type == GEN_IPADD ? g->d.iPAddress
                                                  : NULL;
    struct str text =
        s ? str_n((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)) : STR_NONE;
    if (g->type == GEN_IPADD) {
        bool is_v4 = text.n == 4;
        if ((is_v4 || text.n == 16) &&
            inet_ntop(is_v4 ? AF_INET : AF_INET6, text.p, address, sizeof address))
            text = str_of(address);
        else
            text = STR_NONE;
    }
    size_t used = strlen(out);
    if (text.n > 0 && !memchr(text.p, '\n', text.n) && !memchr(text.p, 0, text.n) &&
        used + text.n + 2 < TLS_NAMES_SIZE)
        snprintf(out + used, TLS_NAMES_SIZE - used, "%.*s\n", STR_ARG(text));
}

static void read_certificate(const X509 *x, struct tls_examined *out) {
    name_text(X509_get_subject_name(x), out->subject);
    name_text(X509_get_issuer_name(x), out->issuer);
    out->not_before_s = seconds_of(X509_get0_notBefore(x));
    out->not_after_s = seconds_of(X509_get0_notAfter(x));
    GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(all) && i < NAMES_MAX; i++)
        add_name(sk_GENERAL_NAME_value(all, i), out->names);
    GENERAL_NAMES_free(all);
}

static void read_session(SSL *ssl, struct tls_examined *out) {
    const unsigned char *alpn;
    unsigned n;
    const X509 *x = SSL_get0_peer_certificate(ssl);
    const STACK_OF(X509) *sent = SSL_get_peer_cert_chain(ssl);
    out->is_over = true;
    out->sent = sent ? (unsigned)sk_X509_num(sent) : 0;
    snprintf(out->version, sizeof out->version, "%s", SSL_get_version(ssl));
    SSL_get0_alpn_selected(ssl, &alpn, &n);
    snprintf(out->alpn, sizeof out->alpn, "%.*s", (int)n, n ? (const char *)alpn : "");
    if (x)
        read_certificate(x, out);
}

/* False when the time was over first. */
static bool wait_for(int fd, short events, int64_t ends_us) {
    int64_t left_ms = (ends_us - clock_mono_us()) / 1000;
    struct pollfd p = {.fd = fd, .events = events};
    return left_ms > 0 && poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms) != 0;
}

static void note_failure(SSL *ssl, int result, struct tls_examined *out) {
    int kind = SSL_get_error(ssl, result), error = errno;
    unsigned long code = ERR_peek_error();
    if (code)
        note(out, fault_of_handshake(ERR_GET_REASON(code)), tls_reason());
    else if (kind == SSL_ERROR_SYSCALL || kind == SSL_ERROR_ZERO_RETURN)
        note(out, TLS_WAS_CLOSED, error ? strerror(error) : "connection cut off");
    else
        note(out, TLS_OTHER_FAULT, "unknown TLS error");
}

static void shake(SSL *ssl, const struct tls_examine *order, struct tls_examined *out) {
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int n = SSL_do_handshake(ssl);
        int kind = n == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, n);
        bool waits = kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE;
        if (n == 1) {
            read_session(ssl, out);
            return;
        }
        if (!waits) {
            note_failure(ssl, n, out);
            return;
        }
        if (!wait_for(order->fd, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, order->ends_us)) {
            note(out, TLS_WAS_SILENT, "no answer in time");
            return;
        }
    }
}

bool tls_examine(const struct tls_examine *order, struct tls_examined *out) {
    static const unsigned char ALPN[] = "\x02h2\x08http/1.1";
    const unsigned char *offer = order->offers_http2 ? ALPN : ALPN + 3;
    *out = (struct tls_examined){0};
    SSL *ssl = SSL_new((SSL_CTX *)(void *)order->client);
    if (ssl && SSL_set_fd(ssl, order->fd) == 1 && tls_expect_name(ssl, order->name) &&
        SSL_set_alpn_protos(ssl, offer, (unsigned)(ALPN + sizeof ALPN - 1 - offer)) == 0 &&
        SSL_set_app_data(ssl, out) == 1) {
        SSL_set_connect_state(ssl);
        SSL_set_verify(ssl, SSL_VERIFY_PEER, on_verify);
        SSL_set_cert_cb(ssl, on_certificate_request, NULL);
        shake(ssl, order, out);
        if (out->is_over)
            SSL_shutdown(ssl);
    } else {
        note(out, TLS_OTHER_FAULT, "no memory");
    }
    SSL_free(ssl);
    return out->is_over && out->fault == TLS_NO_FAULT;
}
