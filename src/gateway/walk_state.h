/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk from the inside, for the files walk*.c alone: walk.c goes from the head to the decision,
 * walk_route.c finds whose the address is, walk_bearer.c knows people by access tokens,
 * walk_certificate.c by what the connection has shown, walk_edge.c answers what needs nobody,
 * walk_forward.c exchanges with the back end, walk_local.c answers at our own addresses.
 */
#pragma once
#include "config/route.h"
#include "connector/exchange.h"
#include "gateway/client.h"
#include "gateway/peer.h"
#include "gateway/shares.h"
#include "gateway/walk.h"
#include "preauth/bearer.h"

/* What may be asked of apps, at least (RFC 9110 10.2.1). */
#define WALK_METHODS STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")

LIST_HEAD(badge_walks, walk);

enum walk_stage {
    WALK_DECIDING,   /* the body, if there is one, waits */
    WALK_READS_FORM, /* the body is a form for ourselves */
    WALK_EXCHANGES,  /* the body goes to the back end */
    WALK_ANSWERING,  /* the body is of no interest any more */
};

struct walk {
    struct reply *reply;
    struct client *client; /* the reply's */
    struct server *server;
    enum walk_stage stage;
    struct arena arena;
    struct message message;
    struct target target;
    int64_t since_us;
    union resolve_address peer; /* whose request it is: the connection's, or as a proxy says */
    char peer_text[INET6_ADDRSTRLEN];
    bool has_share; /* counted for that address */
    const struct config_app *app;
    struct session *session;
    struct session_call *session_call;
    struct bearer_call *bearer_call;
    bool is_bearer; /* an access token is what decides */
    bool waits_for_badge;
    LIST_ENTRY(walk) in_badge;
    bool is_begun; /* there is something to record */
    bool is_local; /* below /.kerbgate/ */
    /* walk_forward.c */
    struct message forward;
    struct headers trailers; /* of the request */
    struct exchange *exchange;
    bool is_paused;
    /* walk_local.c */
    struct local_request request;
    struct local_wait *local;
    unsigned char end_point[TLS_END_POINT_MAX];
    struct buf body;
    struct activity activity; /* last: it is large, and has a beginning of its own */
};

/* Reads the target and Host of the request into w->target, `host` and `port` (that of https where
 * none is said). False with `e` set (ERR_HTTP_BAD_REQUEST). */
bool walk_read_target(struct walk *w, struct str *host, uint16_t *port, struct err *e);
/* Whether it is of the server, and of none of its apps: nobody's host or name is asked for (RFC
 * 9110 9.3.7). */
bool walk_is_for_all(const struct walk *w);
/* Finds whose the address is, and goes on to it. */
void walk_route(struct walk *w, struct str host, uint16_t port);
/* The app is known: who asks? */
void walk_find_session(struct walk *w);
/* The identity is known, or none is needed. */
void walk_enter(struct walk *w);
/* The session is known, or there is none: goes on to it, now or when the session is renewed. */
void walk_renew(struct walk *w);

/* Answers with a page of our own. */
void walk_page(struct walk *w, const struct page *p);
/* Answers with the error's page, or cuts the connection when an answer has begun. */
void walk_fail(struct walk *w, const struct err *e);
/* The same with one more header. */
void walk_fail_with(struct walk *w, const struct err *e, struct str name, struct str value);
void walk_fail_memory(struct walk *w);
/* A page for browsers that only want to look; whatever else came cannot be kept over the sign-in
 * and is told so, with the address to sign in at (never a redirect across origins to a script).
 * What is wrong with the ticket of somebody who has signed in is noted: it may be so again. */
void walk_divert(struct walk *w, const struct err *e);
void walk_answer_local(struct walk *w, enum local_result result, const struct page *page);

/* Whether the request has an access token for the app, which decides; the walk goes on by itself
 * then. */
bool walk_takes_bearer(struct walk *w);
/* Answers a request that came with an access token, never by a redirect: with a challenge where `e`
 * is a refusal of the token (RFC 6750 3). */
void walk_refuse_bearer(struct walk *w, const struct err *e);
/* The same where a rule of the app does not let in who has the token. */
void walk_forbid_bearer(struct walk *w, const struct err *e);
/* Adds the challenge for who has shown nothing; false: the arena is full. */
bool walk_add_challenge(struct walk *w, struct page *p);
/* The error's page, for scripts of other origins that an app's rules let in, too. False: full. */
bool walk_error_page(struct walk *w, const struct err *e, struct page *p);
/* Whether the certificate of the connection, or that there is none, has answered the request, or
 * will: walk_enter is called again then. Else who it shows, if anybody, is w->session's. */
bool walk_answers_by_certificate(struct walk *w);

/* Says which methods there are. */
void walk_answer_options(struct walk *w);
/* Whether it was answered without a session and a back end, for w->app. */
bool walk_answers_at_edge(struct walk *w);
/* The way to https for what came in clear. */
void walk_to_https(struct walk *w, struct str host);
/* Whose answer /robots.txt is, where no app has the host's root. None: nobody's, and so no app's to
 * have it forwarded either, since it is not below any. */
struct route_match walk_robots_app(const struct walk *w, struct str host, uint16_t port);

/* Sends the request on, in the name of `who` (NULL: passed through). */
void walk_forward(struct walk *w, const struct identity *who);
/* The body has ended, with `trailers` (NULL: none). */
void walk_forward_end(struct walk *w, const struct headers *trailers);
/* gateway.limits.request_body, for what goes to a back end; a tunnel has no end to count. */
bool walk_is_body_too_large(const struct walk *w, uint64_t size);
void walk_refuse_body(struct walk *w);
void walk_local(struct walk *w);
/* The page that lists apps, for whoever has signed in to it. */
void walk_home(struct walk *w);
/* The whole form is here. */
void walk_local_form(struct walk *w);
