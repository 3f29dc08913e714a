/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/admission.h"

#include "base/log.h"
#include "base/secret.h"
#include "http/cookie.h"
#include "preauth/form_page.h"

#include <stdlib.h>

struct admission {
    struct admission_way way;
    admitted_fn *done;
    void *user;
    struct session_call *call;
    char token[SESSION_TOKEN_SIZE];
};

static void admission_free(struct admission *a) {
    secret_wipe(a->token, sizeof a->token);
    free(a);
}

static void answer(struct admission *a, const struct page *page, const struct err *e) {
    admitted_fn *done = a->done;
    void *user = a->user;
    admission_free(a);
    done(user, page, e);
}

/* Off to where the person wanted to go, with the session's name in a cookie. */
static bool welcome(const struct admission *a, struct page *p) {
    const struct admission_way *w = &a->way;
    struct arena *arena = w->r->arena;
    const struct config *c = w->t->config;
    char *location =
        arena_printf(arena, "%.*s%.*s", STR_ARG(w->app->external.origin), STR_ARG(w->to));
    struct str token = arena_str(arena, str_of(a->token));
    struct str cookie = cookie_format(arena, STR(SESSION_COOKIE), token,
                                      c->cookie_is_persistent ? c->session_lifetime_s : -1,
                                      c->cookie_is_http_only ? 0 : COOKIE_FOR_SCRIPTS);
    struct str over = cookie_format(arena, STR(FORM_COOKIE), STR(""), 0, 0);
    return location && token.p && cookie.p && over.p &&
           page_redirect(arena, p, 303, str_of(location)) &&
           page_header(arena, p, STR("Set-Cookie"), cookie) &&
           page_header(arena, p, STR("Set-Cookie"), over);
}

static void on_old_ended(void *user, struct session *none, const struct err *e) {
    static const struct err FINE = {.code = ERR_NONE};
    struct admission *a = user;
    struct page page;
    a->call = NULL;
    session_unref(none);
    if (e->code != ERR_NONE)
        log_err(LOG_WARN, "the session before this sign-in could not be ended", e);
    bool is_made = welcome(a, &page);
    answer(a, is_made ? &page : NULL, &FINE);
}

static void on_created(void *user, struct session *session, const struct err *e) {
    static const struct err FINE = {.code = ERR_NONE};
    struct admission *a = user;
    const struct admission_way *w = &a->way;
    struct activity *activity = w->r->activity;
    a->call = NULL;
    if (e->code != ERR_NONE) {
        answer(a, NULL, e);
        return;
    }
    activity_text(activity->user, sizeof activity->user,
                  str_of(session_identity(session)->subject));
    session_unref(session);
    sink_event(w->t->sink, 21001, activity, w->how);
    if (w->r->session)
        a->call = session_end(w->t->sessions, w->t->loop, w->r->session, on_old_ended, a);
    if (!a->call)
        on_old_ended(a, NULL, &FINE);
}

struct admission *admit(const struct admission_way *way, const struct identity *who,
                        admitted_fn *done, void *user) {
    struct admission *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    *a = (struct admission){.way = *way, .done = done, .user = user};
    a->call = session_create(way->t->sessions, way->t->loop, who, way->app->external.host, a->token,
                             on_created, a);
    if (a->call)
        return a;
    admission_free(a);
    return NULL;
}

void admission_cancel(struct admission *a) {
    if (!a)
        return;
    session_cancel(a->call);
    admission_free(a);
}
