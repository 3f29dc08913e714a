/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/sign_out.h"

#include "http/cookie.h"
#include "preauth/local_wait.h"
#include "preauth/oidc_sign_out.h"

#include <stdlib.h>

struct sign_out {
    struct local_wait wait; /* first: they are the same to the caller */
    struct local_tools *t;
    const struct local_request *r; /* NULL: the browser is gone, and all of it with it */
    struct local_later later;
    struct session *session;
    struct activity activity; /* of the request, once that is gone */
    struct session_call *call;
    struct local_wait *next; /* what the provider has to be asked for; the session is over then */
};

static void sign_out_free(struct sign_out *s) {
    session_cancel(s->call);
    session_unref(s->session);
    free(s);
}

static void drop(struct local_wait *w) { sign_out_free((struct sign_out *)w); }

static void cancel(struct local_wait *w) {
    struct sign_out *s = (struct sign_out *)w;
    if (s->next) {
        local_cancel(s->next);
        sign_out_free(s);
        return;
    }
    s->activity = *s->r->activity;
    s->r = NULL;
    local_goes_on(s->t, w);
}

bool sign_out_page(const struct local_request *r, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct buf body;
    buf_init(&body, 8 * LOCAL_TO_MAX);
    page_add_text(&body, w, WORD_SIGNED_OUT_HERE, STR_NONE);
    page_add_button(&body, w, WORD_SIGN_IN_AGAIN, r->app->external.path);
    bool is_made = !body.failed &&
                   page_html(r->arena, p, w, 200, words_text(w, WORD_SIGNED_OUT), buf_str(&body));
    buf_fini(&body);
    return is_made;
}

bool sign_out_page_forget(const struct local_request *r, struct page *p) {
    struct str over = cookie_format(r->arena, STR(SESSION_COOKIE), STR(""), 0, 0);
    return over.p && sign_out_page(r, p) && page_header(r->arena, p, STR("Set-Cookie"), over);
}

static void left(void *user, const struct page *page) {
    struct sign_out *s = user;
    struct local_later later = s->later;
    sign_out_free(s);
    later.done(later.user, page);
}

static void tell_others(struct sign_out *s) {
    struct session_ended ended = {.at = {s->session}, .count = 1, .total = 1};
    if (s->t->signed_out)
        s->t->signed_out(s->t->signed_out_user, &ended);
    sink_event(s->t->sink, 21008, s->r ? s->r->activity : &s->activity, "signed out");
}

/* Nobody is told, but it is written down. */
static void end_behind(struct sign_out *s, const struct err *e) {
    if (e->code != ERR_NONE)
        sink_event(s->t->sink, err_info(e->code)->event, &s->activity, e->detail);
    local_has_gone_on(&s->wait);
    sign_out_free(s);
}

/* Answered when it is on the disk: a session that was signed out must not come back. */
static void on_ended(void *user, struct session *none, const struct err *e) {
    struct sign_out *s = user;
    struct page plain, page;
    bool is_made;
    s->call = NULL;
    session_unref(none);
    if (e->code == ERR_NONE)
        tell_others(s);
    if (!s->r) {
        end_behind(s, e);
        return;
    }
    if (e->code != ERR_NONE) {
        s->r->activity->err = *e;
        is_made = page_error(s->r->arena, &page, e, s->r->activity, &s->r->message->headers);
    } else {
        is_made = sign_out_page_forget(s->r, &plain);
        if (is_made && oidc_sign_out(s->t, s->r, &plain, &(struct local_later){left, s}, &page,
                                     &s->next) == LOCAL_LATER)
            return;
    }
    left(s, is_made ? &page : NULL);
}

enum local_result sign_out_start(struct local_tools *t, const struct local_request *r,
                                 const struct local_later *later, struct page *page,
                                 struct local_wait **wait) {
    struct sign_out *s = calloc(1, sizeof *s);
    (void)page;
    if (!s)
        return LOCAL_FULL;
    *s = (struct sign_out){.wait = {.cancel = cancel, .drop = drop},
                           .t = t,
                           .r = r,
                           .later = *later,
                           .session = session_ref(r->session)};
    s->call = session_end(t->sessions, t->loop, r->session, on_ended, s);
    if (!s->call) {
        sign_out_free(s);
        return LOCAL_FULL;
    }
    *wait = &s->wait;
    return LOCAL_LATER;
}
