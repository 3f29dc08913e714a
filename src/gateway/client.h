/* SPDX-License-Identifier: Apache-2.0
 *
 * One client's connection: its socket, its buffers and its deadline, in bounded memory and time.
 * What the bytes mean is its protocol's business: client_h1.c or client_h2.c, chosen when TLS has
 * agreed on one (RFC 7301). What a request means is the walk's (walk.h). A walk never ends its
 * client from inside a call: what happened is marked, and looked at by the server in its next turn.
 */
#pragma once
#include "gateway/reply.h"
#include "gateway/server.h"

#include <netinet/in.h>

struct badge;
struct walk;
SLIST_HEAD(badge_list, badge);
typedef void client_walk_fn(void *user, struct walk *w);

/* Whose calls come from the loop only, never from inside a walk; any may mark the client as gone.
 */
struct client_protocol {
    const char *name; /* for the records: "HTTP/1.1" */
    /* There are bytes in `in`. */
    void (*received)(struct client *c);
    /* The client sends no more. */
    void (*ended)(struct client *c);
    /* Something was written, or tried; `had_room` before. */
    void (*flushed)(struct client *c, bool had_room, bool has_moved);
    void (*deadline)(struct client *c);
    /* What is left to do when the current call is over. */
    void (*turn)(struct client *c);
    /* No further request after those under way. */
    void (*drain)(struct client *c);
    /* Shows each of its walks. */
    void (*walks)(struct client *c, client_walk_fn *fn, void *user);
    void (*fini)(struct client *c);
};

struct client {
    struct server *server;
    const struct config_listen *listen; /* where it came in; NULL in tests: https */
    struct stream *stream;
    struct timer *deadline;
    struct tls_server *tls; /* NULL: no TLS here */
    struct buf in, out;
    const struct client_protocol *protocol; /* NULL: not agreed on yet */
    union {                                 /* the one or the other, then */
        struct client_h1 *h1;
        struct client_h2 *h2;
    };
    union resolve_address peer;
    uint64_t id;
    bool has_signed_in;       /* has sent Authorization to an app that is passed through */
    struct badge_list badges; /* who its certificate says it is */
    bool awaits_proxy;        /* the header of a load balancer comes first */
    bool is_deaf;             /* nothing more is read from it */
    bool is_gone;             /* to be freed in the next turn */
    bool is_in_idle, is_in_turns;
    TAILQ_ENTRY(client) in_all, in_idle_list, in_turn;
};

/* Takes over an accepted socket. */
void client_accept(struct server *s, int fd, const struct client_source *from);
void client_free(struct client *c);
/* What the server's turn does. May free it. */
void client_turn(struct client *c);
void client_drain(struct client *c);

/* For its protocol: to be freed in the next turn; writes what is in `out`; asks the loop for what
 * is wanted now; another request may be answered with less memory than the last. */
void client_gone(struct client *c);
void client_flush(struct client *c);
void client_wants(struct client *c);
void client_shrink(struct client *c);
/* Says that it did not do what it was waited for. */
void client_silent(const struct client *c, struct err *e);
/* Whether `out` should be given more. */
bool client_has_room(const struct client *c);

/* Begins with what is in `in`. False: memory. */
bool client_h1_start(struct client *c);
bool client_h2_start(struct client *c);
