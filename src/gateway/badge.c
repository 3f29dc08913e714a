/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/badge.h"

#include "base/clock.h"
#include "gateway/walk_state.h"
#include "preauth/certificate_desk.h"

#include <stdlib.h>

enum { CHAIN_BYTES_MAX = 2 * TLS_PEER_BYTES_MAX };

/* Of one provider: almost always a connection has one. */
struct badge {
    const struct config_provider *provider;
    struct client *client;
    struct session *session;       /* NULL: not known, or no longer */
    struct certificate_call *call; /* a look is under way */
    struct badge_walks waiting;    /* for it; the first one's activity is told of */
    struct err refused;
    int64_t refused_until_s;
    SLIST_ENTRY(badge) next;
};

static struct badge *badge_of(struct client *c, const struct config_provider *provider) {
    struct badge *b;
    SLIST_FOREACH(b, &c->badges, next)
    if (b->provider == provider)
        return b;
    b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->provider = provider;
    b->client = c;
    LIST_INIT(&b->waiting);
    SLIST_INSERT_HEAD(&c->badges, b, next);
    return b;
}

static void tell(struct badge *b, const struct activity *a, const struct certificate_answer *said) {
    struct sink *sink = b->client->server->shared->sink;
    if (said->doubt.code != ERR_NONE)
        sink_event(sink, err_info(said->doubt.code)->event, a, said->doubt.detail);
    sink_event(sink, 22040, a, said->who.subject);
}

static void on_answer(void *user, const struct certificate_answer *said) {
    struct badge *b = user;
    struct str host = stream_server_name(b->client->stream);
    struct walk *w = LIST_FIRST(&b->waiting);
    b->call = NULL;
    b->refused = said->err;
    if (said->err.code == ERR_NONE) {
        b->session = session_passing(&said->who, host, said->ends_s);
        if (b->session)
            tell(b, w ? &w->activity : NULL, said);
        else
            err_set(&b->refused, ERR_NO_MEMORY, "no memory for who a certificate shows");
    }
    b->refused_until_s = clock_wall_s() + BADGE_REFUSED_S;
    while ((w = LIST_FIRST(&b->waiting))) {
        badge_forget(w);
        walk_enter(w);
    }
}

static bool ask(struct badge *b, const struct str *chain, size_t count) {
    struct certificate_desk *desk = b->client->server->shared->certificates;
    b->call =
        certificate_ask(desk, b->client->server->loop, b->provider, chain, count, on_answer, b);
    return b->call != NULL;
}

/* From the connection, which keeps it. */
static enum badge_result look_anew(struct walk *w, struct badge *b, struct err *e) {
    struct str chain[TLS_PEER_MAX];
    struct arena a;
    arena_init(&a, CHAIN_BYTES_MAX);
    size_t count = stream_peer(w->client->stream, &a, chain);
    bool is_asked = count > 0 && (b->call || ask(b, chain, count));
    arena_fini(&a);
    if (count == 0)
        return BADGE_NONE;
    if (!is_asked) {
        err_set(e, ERR_NO_MEMORY, "no memory to look at a certificate");
        return BADGE_REFUSED;
    }
    LIST_INSERT_HEAD(&b->waiting, w, in_badge);
    w->waits_for_badge = true;
    return BADGE_LATER;
}

enum badge_result badge_look(struct walk *w, const struct config_provider *provider,
                             struct session **session, struct err *e) {
    struct badge *b = badge_of(w->client, provider);
    if (!b) {
        err_set(e, ERR_NO_MEMORY, "no memory to look at a certificate");
        return BADGE_REFUSED;
    }
    if (b->session && !session_has_ended(w->server->shared->sessions, b->session)) {
        *session = session_ref(b->session);
        return BADGE_KNOWN;
    }
    session_unref(b->session);
    b->session = NULL;
    if (b->refused.code != ERR_NONE && clock_wall_s() < b->refused_until_s) {
        *e = b->refused;
        return BADGE_REFUSED;
    }
    return look_anew(w, b, e);
}

void badge_forget(struct walk *w) {
    if (w->waits_for_badge)
        LIST_REMOVE(w, in_badge);
    w->waits_for_badge = false;
}

void badges_fini(struct client *c) {
    struct badge *b;
    while ((b = SLIST_FIRST(&c->badges))) {
        SLIST_REMOVE_HEAD(&c->badges, next);
        certificate_cancel(b->call);
        session_unref(b->session);
        free(b);
    }
}
