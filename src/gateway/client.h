/* SPDX-License-Identifier: Apache-2.0
 *
 * One client's connection: reads requests one after the other, writes their answers, in bounded
 * memory and time. What a request means is the walk's business (walk.h); this file knows only
 * heads, bodies and deadlines. A walk never ends its client from inside a call: what happened is
 * marked, and looked at by the server in its next turn.
 */
#pragma once
#include "gateway/server.h"

#include <netinet/in.h>

enum client_state {
    CLIENT_IDLE,    /* waits for the first byte of a request; TLS handshake included */
    CLIENT_HEAD,    /* a part of a head is here */
    CLIENT_REQUEST, /* body in, answer out */
    CLIENT_CLOSING, /* the last answer is on its way; what comes is thrown away */
};

struct client {
    struct server *server;
    struct stream *stream;
    struct timer *deadline;
    struct h1_parser *parser;
    struct buf in, out;
    enum client_state state;
    struct walk *walk; /* from the first byte of a request to the turn after its answer */
    union resolve_address peer;
    char peer_text[INET6_ADDRSTRLEN];
    uint64_t id;
    enum body_kind body, answer_body; /* of the request and the answer under way */
    uint64_t requests;
    bool is_body_done;     /* the request's body was read to its end */
    bool is_continue_owed; /* the client waits for 100 Continue (RFC 9110 10.1.1) */
    bool is_answer_begun, is_answered;
    bool keeps_alive; /* another request may follow */
    bool is_head_request;
    bool is_awaited; /* the deadline runs for what the client has to do next */
    bool is_gone;    /* to be freed in the next turn */
    bool is_in_idle, is_in_turns;
    TAILQ_ENTRY(client) in_all, in_idle_list, in_turn;
};

/* Takes over an accepted socket. */
void client_accept(struct server *s, int fd, struct tls_server *tls,
                   const union resolve_address *peer);
void client_free(struct client *c);
/* What the server's turn does: the end of a request, the next one, the end of the client. May free
 * it. */
void client_turn(struct client *c);
/* No further request after the one under way. May not be called from inside a walk. */
void client_drain(struct client *c);

/* The walk's side. The head is completed: framing for this client's version, Connection, Date. */
void client_answer_head(struct client *c, const struct message *m);
void client_answer_body(struct client *c, struct str piece);
void client_answer_end(struct client *c);
/* The answer cannot be finished: the connection is cut, so that the client can tell (RFC 9112 8).
 */
void client_cut(struct client *c);
/* Writes what has been answered so far. */
void client_flush(struct client *c);
/* Whether more answer should be given now; if not, walk_drained will say when. */
bool client_has_room(const struct client *c);
/* The walk has room for the request's body now. */
void client_take_body(struct client *c);
