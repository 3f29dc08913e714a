/* SPDX-License-Identifier: Apache-2.0
 *
 * For which hosts a listener asks clients for a certificate, decided by the name in the ClientHello
 * (SNI): afterwards it would be too late, since HTTP/2 has neither renegotiation (RFC 9113 9.2.1)
 * nor authentication behind the handshake (RFC 8740 3). No certificate fails the handshake: the
 * person is to see a page that says what is wrong with it. Filled by one thread; then any may ask.
 */
#pragma once
#include "net/tls.h"
#include "net/tls_names.h"

#include <openssl/ssl.h>

struct tls_asks {
    struct tls_ask_entry *entries;
    unsigned count;
    struct tls_names names;
};

/* False with `e` set (ERR_CONFIG names the file); tls_asks_fini in any case. */
bool tls_asks_init(struct tls_asks *t, const struct tls_ask *asks, size_t count, struct err *e);
void tls_asks_fini(struct tls_asks *t);

/* Once for each context of the listener. */
void tls_asks_prepare(SSL_CTX *ctx);
/* Has this connection ask its client, should `name` be such a host. It is then not resumed: a
 * session would have the certificate without its chain, as it was hours ago. False: memory. */
bool tls_asks_apply(const struct tls_asks *t, SSL *ssl, struct str name);
