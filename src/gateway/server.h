/* SPDX-License-Identifier: Apache-2.0
 *
 * One event loop of a worker: its listening sockets, the clients that came through them, and what
 * their requests work with. Nothing is shared with other loops but the session store and the sink,
 * which say so. Loop thread only, except where noted.
 */
#pragma once
#include "connector/connector.h"
#include "events/access_log.h"
#include "events/metrics.h"
#include "events/sink.h"
#include "gateway/finding.h"
#include "preauth/local.h"

#include <sys/queue.h>

struct client;

/* Where an accepted connection comes from. */
struct client_source {
    const struct config_listen *listen;
    struct tls_server *tls; /* NULL unless the listener's mode is https */
    union resolve_address peer;
};

TAILQ_HEAD(client_list, client);

/* What the process made once and its loops share. */
struct server_shared {
    const struct config *config;
    struct tls_server **tls; /* of each listener */
    struct trust *trust;
    struct jws_keys *keys; /* of assertions */
    struct factor_keys *factor_keys;
    struct oidc_desk *desk;       /* NULL: there is no provider of type oidc or bearer */
    struct bearer_cache *bearers; /* NULL: there is none of type bearer */
    struct certificate_desk *certificates;
    struct health *health;
    struct ticket_shelf *shelf;
    struct session_store *sessions;
    struct sink *sink;
    struct access_log *access_log; /* NULL: none is kept */
    struct errands *errands;       /* NULL: nobody is told of a sign-out */
};

struct server {
    uv_loop_t *loop;
    const struct server_shared *shared;
    struct metrics *metrics; /* NULL: nothing is counted */
    struct local_tools tools;
    struct broker_client *broker; /* NULL: no app needs one */
    struct connector *connector;
    struct finding_desk *findings; /* why tickets were not got */
    struct shares *shares;         /* of clients in the requests under way */
    struct listener *listeners;
    struct client_list clients, idle; /* all; those between two requests, longest waiting first */
    struct client_list turns;         /* to be looked at when the current call is over */
    struct timer *turn, *accept_again, *drain_end, *sweep;
    struct buf record; /* a line of the access log while it is written */
    unsigned client_count;
    uint64_t next_client;
    bool is_accepting, is_draining;
    bool is_drain_over;          /* its timeout is: nothing is waited for any more */
    bool is_handing_over;        /* drains while another process accepts on the same sockets */
    void (*drained)(void *user); /* once, when the last client has gone */
    void *drained_user;
};

struct server_start {
    uv_loop_t *loop;
    const struct server_shared *shared;
    struct metrics *metrics; /* NULL: nothing is counted */
    bool checks_health;      /* for all threads */
    const int *listen_fds;   /* one per listener of the configuration; they stay the caller's */
    int broker_fd;           /* -1: none */
};

/* What `start` points to lives longer. False with `e` set, and nothing to free. */
bool server_init(struct server *s, const struct server_start *start, struct err *e);
/* Closes what is left. The loop must run once more for its handles to go. */
void server_fini(struct server *s);

/* No new clients; those there are finish their requests within the drain timeout. Who waits between
 * two requests is closed, unless another process is there to take over (`hands_over`): then one
 * more request is answered, so that none meets a closed connection. `drained` is called later,
 * once. */
void server_drain(struct server *s, bool hands_over, void (*drained)(void *user), void *user);

/* Requests under way in a session that `is_ended` says yes to are cut, tunnels too. How many there
 * were. */
unsigned server_end_sessions(struct server *s,
                             bool (*is_ended)(void *user, const struct session *session),
                             void *user);

/* For client.c: one more, one less, one that waits between two requests (it makes room when the
 * limit is reached), and a look at it as soon as the current call is over. */
void server_add(struct server *s, struct client *c);
void server_remove(struct server *s, struct client *c);
void server_idle(struct server *s, struct client *c, bool is_idle);
void server_turn(struct server *s, struct client *c);
