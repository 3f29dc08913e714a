/* SPDX-License-Identifier: Apache-2.0
 *
 * A non-blocking byte stream over a socket, plain or TLS, on one event loop. The owner reads and
 * writes directly and asks to be called when that may go on; a TLS handshake happens inside the
 * first reads and writes. The stream owns the socket; stream_free closes it at once, and no call
 * to the owner follows. Loop thread only.
 */
#pragma once
#include "base/err.h"
#include "net/tls.h"

#include <sys/types.h>
#include <uv.h>

struct stream;

enum {
    STREAM_READABLE = 1,
    STREAM_WRITABLE = 2,
};

/* Called when one of the wanted directions may go on. May free the stream. */
typedef void stream_ready_fn(void *user, unsigned ready);

/* Takes over `fd`, which must be a connected, non-blocking socket. NULL when the loop refuses it or
 * memory is short; `fd` is closed then. */
struct stream *stream_new(uv_loop_t *loop, int fd, stream_ready_fn *ready, void *user);
void stream_free(struct stream *s);
/* Another owner: for a connection that goes idle and is taken again. */
void stream_owner(struct stream *s, stream_ready_fn *ready, void *user);

/* From now on TLS, as server or as client. The client verifies the chain and that the certificate
 * is for `name` (a host name or numeric address), and sends it as SNI. False: memory. */
bool stream_tls_accept(struct stream *s, struct tls_server *tls);
bool stream_tls_connect(struct stream *s, struct tls_client *tls, const char *name);

/* Goes on with the handshake as a client, which the first write would do as well: 1 when it is
 * over, at once without TLS; STREAM_AGAIN: want STREAM_READABLE, and call again; or STREAM_FAILED.
 */
int stream_handshake(struct stream *s);
/* As tls_end_point; 0 without TLS. */
size_t stream_end_point(const struct stream *s, unsigned char out[TLS_END_POINT_MAX]);
/* As tls_own_end_point; 0 without TLS. */
size_t stream_own_end_point(const struct stream *s, unsigned char out[TLS_END_POINT_MAX]);
/* What TLS has agreed on; TLS_HTTP1 without TLS. */
enum tls_protocol stream_protocol(const struct stream *s);
/* As tls_serves_name; true without TLS. */
bool stream_serves_name(const struct stream *s, struct str host);

/* As tls_server_name, or empty without TLS, and as tls_peer, or none. */
struct str stream_server_name(const struct stream *s);
size_t stream_peer(const struct stream *s, struct arena *a, struct str chain[TLS_PEER_MAX]);

/* Which directions the owner waits for; 0 for none. Said anew at the end of each call, for those
 * that are still waited for. Costs a system call only where a write met a full socket and where the
 * loop has reported what nobody waits for: a connection may change its owner, and rest between two
 * requests, for nothing. Also brings the bytes that TLS has already taken from the socket. */
void stream_want(struct stream *s, unsigned directions);

enum {
    STREAM_AGAIN = -1, /* nothing now: stream_want, and wait */
    STREAM_FAILED = -2 /* broken, see stream_error */
};

/* Bytes read (1..n), 0 at the other side's orderly end, STREAM_AGAIN or STREAM_FAILED. Read until
 * stream_is_drained or STREAM_AGAIN, or call stream_want anew: TLS may hold bytes that the socket
 * does not show. */
ssize_t stream_read(struct stream *s, char *to, size_t n);
/* Whether the last stream_read took all that was there: another would only say STREAM_AGAIN, or
 * bring what has come since, which the loop reports too. */
bool stream_is_drained(const struct stream *s);
/* Bytes written (1..n, also fewer), STREAM_AGAIN or STREAM_FAILED. After STREAM_AGAIN the same
 * bytes come first in the next write. */
ssize_t stream_write(struct stream *s, struct str bytes);
enum { STREAM_PIECES_MAX = 16 };
/* The same for several pieces, one behind the other, that are not all empty: in one system call,
 * and TLS puts small ones into one record. Takes the first STREAM_PIECES_MAX. */
ssize_t stream_write_pieces(struct stream *s, const struct str *pieces, size_t count);
/* Tells the other side that nothing more will come (close_notify; FIN). Best effort. */
void stream_shutdown(struct stream *s);
/* What was sent is not all there should be: stream_free will not look like an orderly end, with
 * TLS or without (RST; what the other side has not read may be lost). */
void stream_will_reset(struct stream *s);
/* What STREAM_FAILED was: a short text such as "certificate has expired". Valid until freed. */
const char *stream_error(const struct stream *s);
/* Whether that was a certificate that could not be trusted. */
bool stream_error_is_certificate(const struct stream *s);
