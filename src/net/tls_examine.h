/* SPDX-License-Identifier: Apache-2.0
 *
 * A TLS handshake with a back end for the diagnosis: carried to its end whatever the certificate
 * is, so that the certificate can be shown, while noting everything for which a real connection
 * (tls_connect) would be refused. Nothing is ever sent over it but the handshake. Texts in the
 * result are of strangers. Any thread that may wait.
 */
#pragma once
#include "net/tls.h"

enum tls_fault {
    TLS_NO_FAULT,
    /* The certificate: */
    TLS_UNKNOWN_ISSUER,
    TLS_SELF_SIGNED,
    TLS_EXPIRED,
    TLS_NOT_YET_VALID,
    TLS_WRONG_NAME,
    TLS_BAD_CERTIFICATE, /* another reason */
    /* The handshake: */
    TLS_IS_PLAIN,     /* what answers does not speak TLS */
    TLS_NO_COMMON,    /* no version or cipher in common */
    TLS_NO_HTTP1,     /* it speaks something else than HTTP/1.1 only (ALPN) */
    TLS_UNKNOWN_HOST, /* it has no site of that name (SNI) */
    TLS_WAS_CLOSED,   /* cut off without a word */
    TLS_WAS_SILENT,   /* no answer in time */
    TLS_OTHER_FAULT,
};

enum { TLS_TEXT_SIZE = 256, TLS_NAMES_SIZE = 1024 };

struct tls_examined {
    bool is_over;         /* the handshake came to its end, and what follows is known */
    enum tls_fault fault; /* the first for which the connection would be refused */
    unsigned all;         /* all of them, 1 << fault */
    char why[512];
    char subject[TLS_TEXT_SIZE], issuer[TLS_TEXT_SIZE];
    char names[TLS_NAMES_SIZE]; /* subjectAltName: DNS names and addresses, each followed by '\n' */
    int64_t not_before_s, not_after_s;
    unsigned sent; /* certificates that the server sent */
    char version[16], alpn[16];
    bool asks_certificate; /* the server wants one of the client, too */
};

struct tls_examine {
    struct tls_client *client;
    int fd;            /* connected, non-blocking; stays the caller's */
    const char *name;  /* as tls_connect */
    bool offers_http2; /* h2 before http/1.1; else http/1.1 alone, as real connections */
    int64_t ends_us;   /* clock_mono_us() at which it gives up */
};

/* True when a real connection would be made. Fills `out` in every case. */
bool tls_examine(const struct tls_examine *order, struct tls_examined *out);
/* "tls-expired"; stable. */
const char *tls_fault_name(enum tls_fault fault);
