/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests to identity providers, by libcurl's multi interface in the one thread that the desk
 * (oidc_desk.h) has for them: a worker's loops never wait for a name, a handshake or an answer, all
 * of them share its connections, and what a provider's slow TLS or a library's blocking call costs,
 * it costs nobody who is signed in already. Only https unless said otherwise, no redirects, no
 * proxies or credentials from the environment, verified certificates, one deadline and one size for
 * each answer. This is for identity providers alone, never for back ends: libcurl would share
 * connections between people.
 *
 * One thread, but for oidc_http_wake.
 */
#pragma once
#include "base/err.h"

enum {
    OIDC_HTTP_BODY_MAX = 256 * 1024, /* bytes of an answer */
    OIDC_HTTP_REQUESTS_MAX = 64,     /* under way at one time */
    OIDC_HTTP_CONNECTIONS_MAX = 16,  /* kept */
};

/* How a provider is reached; lives as long as its requests. */
struct oidc_http_site {
    struct str ca;               /* PEM; empty: the system's */
    struct str certificate, key; /* PEM, ours; empty: none is shown */
    const char *proxy;           /* NULL: none */
    int64_t timeout_ms;
};

struct oidc_http_request {
    const struct oidc_http_site *site;
    const char *url;
    const char *authorization; /* value of the header; NULL: none */
    const struct str *form;    /* sent by POST; NULL: a GET */
    const char *content_type;  /* of `form`; NULL: a form of HTML */
    const char *accept;        /* NULL: JSON */
    bool may_be_clear;         /* http too: what is answered is signed */
};

/* `e` ERR_NONE: an answer with this status, whose body ends with the call. Else (ERR_IDP_DOWN,
 * ERR_IDP_ANSWER, ERR_SHUTTING_DOWN) there is none. */
typedef void oidc_http_done_fn(void *user, int status, struct str body, const struct err *e);

struct oidc_http;
/* Once per process, before any thread is started. */
void oidc_http_init(void);
/* NULL: memory. */
struct oidc_http *oidc_http_new(void);
/* Every request under way is done with ERR_SHUTTING_DOWN. NULL is allowed. */
void oidc_http_free(struct oidc_http *h);

/* Copies what it needs. False with `e` set (ERR_BUSY, ERR_NO_MEMORY), and `done` is never called.
 */
bool oidc_http_ask(struct oidc_http *h, const struct oidc_http_request *r, oidc_http_done_fn *done,
                   void *user, struct err *e);
/* Waits until something happens, at most `wait_ms`, and does what there is to do. */
void oidc_http_run(struct oidc_http *h, int wait_ms);
/* Ends the wait. Any thread. */
void oidc_http_wake(struct oidc_http *h);
