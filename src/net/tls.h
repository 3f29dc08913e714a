/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.2 and 1.3 by OpenSSL, which only the files net/tls* know. Contexts are made once from the
 * configuration and shared by the threads of a process; a connection (struct tls) belongs to one
 * stream and its loop. The socket stays its owner's. OpenSSL writes without MSG_NOSIGNAL: the
 * process must ignore SIGPIPE.
 *
 * A server takes neither renegotiation nor compression nor early data. A session may be resumed by
 * a ticket, for four hours at most, with the process and the listener that gave it, and for the
 * name (SNI) it was made for; never one for a name whose clients are asked for a certificate.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <sys/types.h>

struct tls_server; /* certificates and keys of one listener */
struct tls_client; /* trust for connections to back ends */
struct tls;        /* one connection */

struct tls_pair {
    const char *certificate, *key; /* files, PEM: the chain, its first certificate's key */
};

/* Whether clients that ask for a host (SNI) are asked for a certificate. */
struct tls_ask {
    struct str host; /* in lower case; "*.rest": every host that has no entry of its own */
    const char *ca; /* PEM file of an authority, to be named to the client; NULL: it is not asked */
};

struct tls_server_options {
    const struct tls_pair *pairs;
    size_t pair_count;          /* at least 1 */
    const struct tls_ask *asks; /* any number for a host; who asks for another is not asked */
    size_t ask_count;
    bool has_http2; /* ALPN: "h2" before "http/1.1"; off: only the latter */
};

/* Reads the files. A client is given the certificate whose subjectAltName has the name it asks for,
 * else the one with the wildcard for it, else the first. Certificates with the same names and
 * different kinds of key (RSA, ECDSA) stand together: the client's signature algorithms decide.
 * ERR_CONFIG names the file and the reason. */
struct tls_server *tls_server_new(const struct tls_server_options *o, struct err *e);
/* No connection may be left. NULL is allowed. */
void tls_server_free(struct tls_server *t);
/* Trusts the CAs of the PEM file `ca`, or the system's when it is NULL. */
struct tls_client *tls_client_new(const char *ca, struct err *e);
void tls_client_free(struct tls_client *t);

/* NULL when memory is short, or there is no `server`. */
struct tls *tls_accept(struct tls_server *server, int fd);
struct tls *tls_connect(struct tls_client *client, int fd, const char *name);
void tls_free(struct tls *t);

enum tls_protocol {
    TLS_HANDSHAKES, /* not known yet */
    TLS_HTTP1,      /* agreed on, or the client has not said anything */
    TLS_HTTP2,
};
enum tls_protocol tls_protocol(const struct tls *t);
/* The name the client has asked for (SNI), in any case of letters; empty: none. A server's
 * connection, after the handshake. Valid as long as the connection. */
struct str tls_server_name(const struct tls *t);
/* Whether the listener would have given this connection the same certificates, had it asked for
 * `host` (a name without port): requests for another host are misdirected (RFC 9110 15.5.20). A
 * server's connection, after the handshake. */
bool tls_serves_name(const struct tls *t, struct str host);

enum {
    TLS_PEER_MAX = 8,               /* certificates of a chain that are looked at */
    TLS_PEER_BYTES_MAX = 32 * 1024, /* of a chain; with more the handshake fails */
};
/* The certificates that the client has shown, its own first, as DER in the arena; how many. The
 * client has proven that it has the key of the first one, and nothing else: whether anybody vouches
 * for it is the caller's to find out, also that it is still in its time. 0: none, or no memory. A
 * server's connection, after the handshake. */
size_t tls_peer(const struct tls *t, struct arena *a, struct str chain[TLS_PEER_MAX]);

enum tls_need {
    TLS_NEEDS_READ = -1,
    TLS_NEEDS_WRITE = -2,
    TLS_FAILED = -3,
};
/* Goes on with the handshake, which the first read or write would do as well: 1 when it is over, or
 * one of enum tls_need. */
ssize_t tls_handshake(struct tls *t);
enum { TLS_END_POINT_MAX = 64 };
/* The hash of the peer's certificate that names this end of the connection (RFC 5929 4.1): by the
 * hash of its signature, or SHA-256 for MD5 and SHA-1. Its size; 0 where none is defined, as for
 * Ed25519, which has no hash, and before the handshake is over. */
size_t tls_end_point(const struct tls *t, unsigned char out[TLS_END_POINT_MAX]);
/* The same of our own certificate, which the other end was shown. */
size_t tls_own_end_point(const struct tls *t, unsigned char out[TLS_END_POINT_MAX]);
/* Bytes moved, 0 (reading: orderly end), or one of enum tls_need. A connection cut off without
 * close_notify fails: what was read may have been truncated. */
ssize_t tls_read(struct tls *t, char *to, size_t n);
ssize_t tls_write(struct tls *t, struct str bytes);
/* Whether bytes were taken from the socket that no tls_read has given out yet. They need not be a
 * whole record: after TLS_NEEDS_READ wait for the socket, whatever this says. */
bool tls_has_pending(struct tls *t);
void tls_shutdown(struct tls *t);
/* Words for the last TLS_FAILED; true when the peer's certificate was the reason. */
bool tls_error(struct tls *t, char *text, size_t size);
