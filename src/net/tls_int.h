/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of net/tls share: OpenSSL's objects under our names.
 */
#pragma once
#include "net/tls.h"

#include <openssl/ssl.h>

static inline SSL *tls_ssl(const struct tls *t) { return (SSL *)(void *)t; }

/* A context as every connection of ours wants it; NULL with the reason in OpenSSL's queue. */
SSL_CTX *tls_context(const SSL_METHOD *method);
/* Words for the first error in OpenSSL's queue. */
const char *tls_reason(void);
/* The name the peer's certificate must carry, which is also asked for: a numeric address is matched
 * as one and never sent as SNI (RFC 6066 3). False: memory. */
bool tls_expect_name(SSL *ssl, const char *name);
