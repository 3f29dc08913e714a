/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/walk.h"

#include "base/clock.h"
#include "base/spare.h"
#include "connector/authorize.h"
#include "connector/login.h"
#include "gateway/badge.h"
#include "gateway/cors.h"
#include "gateway/walk_state.h"
#include "http/cookie.h"

#include <stddef.h>

enum { ARENA_SPARE = 256 * 1024 }; /* header tables, addresses and our own pages */

struct walk *walk_new(struct reply *reply) {
    struct client *c = reply->client;
    struct walk *w = spare_take(sizeof *w);
    if (!w)
        return NULL;
    memset(w, 0, offsetof(struct walk, activity));
    w->reply = reply;
    w->client = c;
    w->server = c->server;
    /* The head as read, what is made of its target and cookies, and what is forwarded. */
    arena_init(&w->arena, 4 * c->server->shared->config->limits.request_head + ARENA_SPARE);
    buf_init_secret(&w->body, LOCAL_BODY_MAX);
    activity_begin(&w->activity);
    w->since_us = w->activity.started_us;
    return w;
}

static void count_request(struct walk *w) {
    const struct config *c = w->server->shared->config;
    bool is_app = w->app && w->app != &c->home;
    size_t app = is_app ? (size_t)(config_app_written(w->app) - c->apps) : c->app_count;
    metrics_request(w->server->metrics, app, &w->activity);
    metrics_add(w->server->metrics, METRICS_REQUESTS, -1);
}

void walk_free(struct walk *w) {
    if (!w)
        return;
    exchange_free(w->exchange);
    local_cancel(w->local);
    session_cancel(w->session_call);
    bearer_cancel(w->bearer_call);
    badge_forget(w);
    if (w->has_share)
        shares_give(w->server->shares, &w->peer);
    if (w->is_begun) {
        w->activity.total_us = clock_mono_us() - w->activity.started_us;
        sink_activity(w->server->shared->sink, &w->activity);
        access_log_record(w->server->shared->access_log, &w->server->record, &w->activity);
        count_request(w);
    }
    if (w->is_begun && w->session)
        finding_ask(w->server->findings, w->app, session_identity(w->session), &w->activity);
    session_unref(w->session);
    buf_fini(&w->body);
    arena_fini_wiped(&w->arena); /* cookies, and on the sign-in page a password */
    spare_give(w, sizeof *w);
}

struct arena *walk_arena(struct walk *w) { return &w->arena; }

struct message *walk_message(struct walk *w) { return &w->message; }

/* To an extended CONNECT it would be the beginning of a tunnel (RFC 9113 8.5). */
static void refuse_tunnel(struct walk *w) {
    struct err e;
    err_set(&e, ERR_NO_WEBSOCKET, "a page of kerbgate's own is at this address");
    walk_fail(w, &e);
}

void walk_page(struct walk *w, const struct page *p) {
    if (w->message.is_connect && p->head.status / 100 == 2) {
        refuse_tunnel(w);
        return;
    }
    w->activity.status = p->head.status;
    w->activity.bytes_out = w->reply->is_head_request ? 0 : p->body.n;
    w->stage = WALK_ANSWERING;
    reply_head(w->reply, &p->head);
    reply_body(w->reply, p->body);
    reply_end(w->reply, NULL);
}

bool walk_error_page(struct walk *w, const struct err *e, struct page *p) {
    w->activity.err = *e;
    bool is_program = w->is_bearer || (w->app && bearer_is_only_way(w->app));
    return page_error(&w->arena, p, e, &w->activity, is_program ? NULL : &w->message.headers) &&
           (!w->app || cors_expose(&w->arena, w->app, &w->message, w->target.path, &p->head));
}

void walk_fail(struct walk *w, const struct err *e) {
    struct page page;
    w->activity.err = *e;
    /* Whoever sends what can be misread is not heard a second time. */
    if (e->code == ERR_HTTP_BAD_REQUEST)
        w->reply->is_last = true;
    if (w->reply->is_answer_begun || w->stage == WALK_ANSWERING || !walk_error_page(w, e, &page))
        reply_cut(w->reply);
    else
        walk_page(w, &page);
}

void walk_fail_with(struct walk *w, const struct err *e, struct str name, struct str value) {
    struct page page;
    if (walk_error_page(w, e, &page) && page_header(&w->arena, &page, name, value))
        walk_page(w, &page);
    else
        reply_cut(w->reply);
}

static void begin_record(struct walk *w) {
    w->is_begun = true;
    metrics_add(w->server->metrics, METRICS_REQUESTS, 1);
}

/* Who asks, as far as the head says. */
static void know_peer(struct walk *w) {
    w->peer = peer_address(w->server->shared->config, &w->client->peer, &w->message.headers);
    peer_text(&w->peer, w->peer_text);
    activity_text(w->activity.client, sizeof w->activity.client, str_of(w->peer_text));
}

void walk_refuse(struct walk *w, const struct err *e) {
    begin_record(w);
    know_peer(w);
    walk_fail(w, e);
}

void walk_fail_memory(struct walk *w) {
    struct err e;
    err_set(&e, ERR_NO_MEMORY, "a request's headers do not fit its memory");
    walk_fail(w, &e);
}

void walk_answer_local(struct walk *w, enum local_result result, const struct page *page) {
    if (result == LOCAL_NOW)
        walk_page(w, page);
    else if (result == LOCAL_FULL)
        walk_fail_memory(w);
}

/* Who has signed in at one of the app's own providers; NULL: nobody. */
static const struct identity *entrant(const struct walk *w) {
    const struct identity *who = w->session ? session_identity(w->session) : NULL;
    return who && config_app_provider(w->app, str_of(who->provider)) ? who : NULL;
}

/* Whoever has a credential of a program's is one. */
static bool can_be_sent_away(const struct walk *w) {
    struct str token;
    struct err ignored;
    return page_is_visit(&w->message) && local_provider(w->app, STR_NONE) &&
           bearer_read(&w->message.headers, STR_NONE, &token, &ignored) == BEARER_NOT_SENT;
}

/* Tells in headers how to sign in, and changes nothing. */
static void challenge(struct walk *w, const struct err *e, struct str url) {
    struct page page;
    bool has_pages = local_provider(w->app, STR_NONE) != NULL;
    char *text = arena_printf(&w->arena, "Kerbgate sign-in=\"%.*s\"", STR_ARG(url));
    if (text && walk_error_page(w, e, &page) &&
        (!has_pages || page_header(&w->arena, &page, STR("WWW-Authenticate"), str_of(text))) &&
        walk_add_challenge(w, &page))
        walk_page(w, &page);
    else
        walk_fail_memory(w);
}

void walk_divert(struct walk *w, const struct err *e) {
    struct page page;
    struct str url = local_sign_in_url(&w->arena, w->app, &w->target);
    if (w->is_bearer) {
        walk_refuse_bearer(w, e);
    } else if (url.p && !can_be_sent_away(w)) {
        challenge(w, e, url);
    } else if (url.p && page_redirect(&w->arena, &page, 303, url)) {
        if (entrant(w))
            w->activity.err = *e;
        walk_page(w, &page);
    } else {
        walk_fail_memory(w);
    }
}

static bool is_authorized(const struct walk *w, const struct identity *who, struct err *e) {
    struct authorize_request r = {.config = w->server->shared->config,
                                  .app = w->app,
                                  .who = who,
                                  .method = w->message.method,
                                  .path = w->target.path,
                                  .from = &w->peer.any,
                                  .wall_s = clock_wall_s()};
    return authorize(&r, e);
}

void walk_enter(struct walk *w) {
    struct err e;
    bool needs_somebody = !w->is_local && w->app->provider_count > 0;
    if (needs_somebody && !entrant(w) && walk_answers_by_certificate(w))
        return;
    const struct identity *any = w->session ? session_identity(w->session) : NULL;
    const struct identity *who = entrant(w);
    activity_step(&w->activity, ACTIVITY_SESSION, &w->since_us);
    if (any)
        activity_text(w->activity.user, sizeof w->activity.user, str_of(any->subject));
    if (w->is_local) {
        walk_local(w);
    } else if (w->app->provider_count == 0) {
        walk_forward(w, NULL);
    } else if (!who) {
        err_set(&e, ERR_SIGN_IN_REQUIRED, "no session");
        walk_divert(w, &e); /* also for a session of another app's provider on the same host */
    } else if (w->app == &w->server->shared->config->home) {
        walk_home(w);
    } else if (login_is_over(w->app, who, clock_wall_s())) {
        err_set(&e, ERR_SIGN_IN_REQUIRED, "the own ticket of %s is over, or there was none",
                who->subject);
        walk_divert(w, &e);
    } else if (!is_authorized(w, who, &e)) {
        (w->is_bearer ? walk_forbid_bearer : walk_fail)(w, &e);
    } else {
        walk_forward(w, who);
    }
}

const struct session *walk_session(const struct walk *w) { return w->is_local ? NULL : w->session; }

void walk_session_ended(struct walk *w) {
    struct err e;
    if (w->stage != WALK_EXCHANGES)
        return; /* all of its answer is given, or it looks for itself */
    exchange_free(w->exchange);
    w->exchange = NULL;
    w->is_paused = false;
    w->stage = WALK_DECIDING;
    err_set(&e, w->is_bearer ? ERR_BEARER_ENDED : ERR_SIGN_IN_REQUIRED,
            "the %s was ended while the request was under way",
            w->is_bearer ? "access token" : "session");
    if (w->reply->is_answer_begun)
        walk_fail(w, &e);
    else
        walk_divert(w, &e);
    w->stage = WALK_ANSWERING;
}

static void on_session(void *user, struct session *session, const struct err *e) {
    struct walk *w = user;
    w->session_call = NULL;
    if (session && session_is_over(session)) { /* between the store's thread and this one */
        session_unref(session);
        session = NULL;
    }
    w->session = session;
    if (e->code != ERR_NONE)
        walk_fail(w, e); /* no store, no entry (invariant 8) */
    else
        walk_renew(w);
}

void walk_find_session(struct walk *w) {
    size_t count;
    struct str token = cookie_get(&w->message.headers, STR(SESSION_COOKIE), &count);
    bool needs_none = !w->is_local && w->app->provider_count == 0;
    enum session_found found = SESSION_NONE;
    if (!w->is_local && !needs_none && walk_takes_bearer(w))
        return;
    if (count == 1 && !needs_none)
        found = session_find(w->server->shared->sessions, w->server->loop, token,
                             w->app->external.host, on_session, w, &w->session, &w->session_call);
    if (found != SESSION_LOADING)
        walk_renew(w);
}

static void refuse_method(struct walk *w) {
    struct err e;
    err_set(&e, ERR_HTTP_METHOD, "%.*s is not passed on", STR_ARG(w->message.method));
    walk_fail_with(w, &e, STR("Allow"), WALK_METHODS); /* RFC 9110 15.5.6 */
}

static void refuse_share(struct walk *w) {
    struct err e;
    unsigned max = w->server->shared->config->limits.requests_per_client;
    err_set(&e, ERR_TOO_MANY_REQUESTS, "%s has %u requests under way", w->peer_text, max);
    err_hint(&e, "If many people share this address, raise gateway.limits.requests_per_client, or "
                 "name the proxy they come through in gateway.trusted_proxies.");
    walk_fail_with(w, &e, STR("Retry-After"), STR("1")); /* RFC 6585 4 */
}

/* A client may send requests for all names that a connection's certificate has, and no others (RFC
 * 9110 15.5.20, RFC 9113 9.1.1). */
static void refuse_host(struct walk *w, struct str host) {
    struct err e;
    err_set(&e, ERR_HTTP_MISDIRECTED, "this connection is not for the host %.*s", STR_ARG(host));
    walk_fail(w, &e);
}

void walk_begin(struct walk *w) {
    struct err e;
    struct str host, method = w->message.method;
    uint16_t port;
    begin_record(w);
    activity_step(&w->activity, ACTIVITY_HEAD, &w->since_us);
    activity_text(w->activity.method, sizeof w->activity.method, method);
    activity_text(w->activity.protocol, sizeof w->activity.protocol,
                  str_of(w->client->protocol->name));
    know_peer(w);
    w->has_share = shares_take(w->server->shares, &w->peer);
    bool is_clear = w->client->listen && w->client->listen->mode == LISTEN_REDIRECT;
    if (!w->has_share)
        refuse_share(w);
    else if (str_eq(method, STR("TRACE")))
        refuse_method(w);
    else if (!walk_read_target(w, &host, &port, &e))
        walk_fail(w, &e);
    else if (walk_is_for_all(w))
        walk_answer_options(w);
    else if (is_clear)
        walk_to_https(w, host);
    else if (!stream_serves_name(w->client->stream, host))
        refuse_host(w, host);
    else
        walk_route(w, host, port);
}
