/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.2 and 1.3 by OpenSSL, the only file that knows it. Contexts are made once from the
 * configuration and shared by the threads of a process; a connection (struct tls) belongs to one
 * stream and its loop. The socket stays its owner's. OpenSSL writes without MSG_NOSIGNAL: the
 * process must ignore SIGPIPE.
 */
#pragma once
#include "base/err.h"

#include <sys/types.h>

struct tls_server; /* certificate and key of one listener */
struct tls_client; /* trust for connections to back ends */
struct tls;        /* one connection */

/* Reads the chain and the key (PEM). ERR_CONFIG names the file and the reason. */
struct tls_server *tls_server_new(const char *certificate, const char *key, struct err *e);
void tls_server_free(struct tls_server *t);
/* Trusts the CAs of the PEM file `ca`, or the system's when it is NULL. */
struct tls_client *tls_client_new(const char *ca, struct err *e);
void tls_client_free(struct tls_client *t);

/* NULL when memory is short. */
struct tls *tls_accept(struct tls_server *server, int fd);
struct tls *tls_connect(struct tls_client *client, int fd, const char *name);
void tls_free(struct tls *t);

enum tls_need {
    TLS_NEEDS_READ = -1,
    TLS_NEEDS_WRITE = -2,
    TLS_FAILED = -3,
};
/* Bytes moved, 0 (reading: orderly end), or one of enum tls_need. A connection cut off without
 * close_notify fails: what was read may have been truncated. */
ssize_t tls_read(struct tls *t, char *to, size_t n);
ssize_t tls_write(struct tls *t, struct str bytes);
/* Whether bytes were taken from the socket that no tls_read has given out yet. */
bool tls_has_pending(struct tls *t);
void tls_shutdown(struct tls *t);
/* Words for the last TLS_FAILED; true when the peer's certificate was the reason. */
bool tls_error(struct tls *t, char *text, size_t size);
