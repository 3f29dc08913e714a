/* SPDX-License-Identifier: Apache-2.0
 *
 * Our own addresses below /.kerbgate/ on every app's host: sign-in, sign-out, what an
 * OpenID Connect provider answers, the keys of assertions. Nothing below that path ever reaches a
 * back end. A request is answered at once or, when the directory or the store has to be asked,
 * later. One set per loop; loop thread only.
 */
#pragma once
#include "base/jws.h"
#include "broker/client.h"
#include "config/config.h"
#include "events/sink.h"
#include "http/url.h"
#include "preauth/page.h"
#include "session/session.h"

#include <sys/queue.h>
#include <sys/socket.h>

#define SESSION_COOKIE "__Host-kerbgate"

enum {
    LOCAL_BODY_MAX = 16 * 1024, /* bytes of a form */
    LOCAL_TO_MAX = 2048,        /* bytes of the address to go to after sign-in */
};

/* Attempts to sign in whose browser went away before they were decided. */
LIST_HEAD(attempt_list, attempt);
/* Sessions that are being ended, whoever asked for it having gone away. */
LIST_HEAD(local_wait_list, local_wait);
/* Sessions whose provider is being asked who the person is by now. */
LIST_HEAD(renewing_list, renewing);

struct factor_keys;
struct oidc_desk;

/* What the pages work with; everything outlives them. */
struct local_tools {
    uv_loop_t *loop;
    const struct config *config;
    struct session_store *sessions;
    struct broker_client *broker; /* NULL: there is none, and no form provider */
    struct sink *sink;
    struct oidc_desk *desk;                /* NULL: there is no provider of type oidc or bearer */
    const unsigned char *note_key;         /* session_store_key */
    const struct jws_keys *keys;           /* of assertions; NULL or empty: nothing is published */
    const struct factor_keys *factor_keys; /* NULL: no provider asks for a second factor */
    struct attempt_list abandoned;         /* empty at first */
    struct local_wait_list behind;         /* empty at first */
    struct renewing_list renewals;         /* empty at first */
    unsigned renewal_count;
    int64_t renewal_told_us; /* that providers do not answer: no event before */
    /* These have ended, and that is on the disk; NULL: nobody is told. */
    void (*signed_out)(void *user, const struct session_ended *ended);
    void *signed_out_user;
};
/* Gives up what goes on behind answers that nobody waits for any more. */
void local_fini(struct local_tools *t);

/* A request with its whole body. All of it lives until the answer was given or cancelled. */
struct local_request {
    const struct config_app *app; /* any app of the host: `to` decides which is meant */
    const struct message *message;
    const struct target *target;
    struct str body;
    const struct sockaddr *source;
    struct str end_point;    /* ours, of the TLS connection (RFC 5929 4.1); empty: there is none */
    struct session *session; /* the sender's, or NULL */
    struct arena *arena;
    struct activity *activity; /* its err is set when the answer is an error */
};

enum local_result {
    LOCAL_NOW,   /* `*page` is the answer */
    LOCAL_LATER, /* `done` will be called */
    LOCAL_FULL,  /* no memory */
};
struct local_wait;
/* `page` NULL: no memory. */
typedef void local_done_fn(void *user, const struct page *page);
/* Who is told. */
struct local_later {
    local_done_fn *done;
    void *user;
};

enum local_result local_answer(struct local_tools *t, const struct local_request *r,
                               local_done_fn *done, void *user, struct page *page,
                               struct local_wait **wait);
/* `done` will not be called, and nothing of the request is touched again; an attempt to sign in is
 * still counted as it turns out, and sessions that are being ended end. NULL is allowed. */
void local_cancel(struct local_wait *w);

/* Whether a request for this path is answered here. */
bool local_is_ours(struct str path);
/* Where a browser without a session is sent: "/.kerbgate/sign-in?to=…" on the app's own origin. */
struct str local_sign_in_url(struct arena *a, const struct config_app *app,
                             const struct target *target);
/* The provider whose pages sign people in to the app: the one of the name `by`, or the first that
 * has pages when that is none of the app's; NULL: no provider of the app has any. */
const struct config_provider *local_provider(const struct config_app *app, struct str by);
/* The app and address that `to` names: a path on the origin of `app`, below an app (invariant 11);
 * anything else is the start page of `app`. False when the arena is full. */
bool local_destination(const struct local_tools *t, struct arena *a, const struct config_app *app,
                       struct str to, const struct config_app **found, struct str *path);
