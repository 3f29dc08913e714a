/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_sign_out.h"

#include "base/encode.h"
#include "base/secret.h"
#include "http/cookie.h"
#include "http/form.h"
#include "preauth/claim.h"
#include "preauth/local_wait.h"
#include "preauth/oidc_authorize.h"
#include "preauth/oidc_claims.h"
#include "preauth/oidc_desk.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_MAX = 64 * 1024 };

struct leave {
    struct local_wait wait; /* first: they are the same to the caller */
    struct local_tools *t;
    const struct local_request *r; /* NULL: who asked is gone, and sessions are being ended */
    struct local_later later;
    struct page plain; /* of a sign-out */
    const struct config_provider *provider;
    struct oidc_call *asked;
    struct session_call *call;
    bool is_frame, is_cookies; /* of oidc_front_logout: whether the request's session is meant */
    unsigned char logout[SHA256_SIZE];
    struct activity activity; /* of the request, once that is gone */
};

static void drop(struct local_wait *w) {
    struct leave *l = (struct leave *)w;
    oidc_cancel(l->asked);
    session_cancel(l->call);
    free(l);
}

static void cancel(struct local_wait *w) {
    struct leave *l = (struct leave *)w;
    if (!l->call) {
        drop(w);
        return;
    }
    l->activity = *l->r->activity;
    l->r = NULL;
    local_goes_on(l->t, w);
}

static struct leave *leave_new(struct local_tools *t, const struct local_request *r,
                               const struct local_later *later) {
    struct leave *l = calloc(1, sizeof *l);
    if (l)
        *l = (struct leave){
            .wait = {.cancel = cancel, .drop = drop}, .t = t, .r = r, .later = *later};
    return l;
}

static void answer(struct leave *l, const struct page *page) {
    struct local_later later = l->later;
    struct page copy = page ? *page : (struct page){.body = STR_NONE};
    free(l);
    later.done(later.user, page ? &copy : NULL);
}

static const struct config_provider *provider_of(const struct config *c, const struct session *s) {
    for (size_t i = 0; i < c->provider_count; i++)
        if (c->providers[i].type == PROVIDER_OIDC &&
            strcmp(c->providers[i].name, session_identity(s)->provider) == 0)
            return &c->providers[i];
    return NULL;
}

/* A page with a way on rather than a redirect: browsers refuse one to another host behind a form
 * whose page has said that forms are for this host alone (CSP form-action). */
static bool lead_on(const struct leave *l, const char *endpoint, struct page *p) {
    const struct local_request *r = l->r;
    const struct words *w = page_words(&r->message->headers);
    struct arena *a = r->arena;
    struct buf body;
    const char *hint = identity_claim(session_identity(r->session), OIDC_HINT_CLAIM);
    struct str url = oidc_end_session_url(a, &l->provider->oidc, endpoint, r->app->external.origin,
                                          str_of(hint));
    struct str refresh = arena_join(a, (struct str[]){STR("0; url="), url}, 2);
    struct str over = cookie_format(a, STR(SESSION_COOKIE), STR(""), 0, 0);
    buf_init(&body, PAGE_MAX);
    page_add_text(&body, w, WORD_SIGNED_OUT_HERE, STR_NONE);
    page_add_button(&body, w, WORD_SIGN_OUT_PROVIDER, url);
    bool is_made = url.p && refresh.p && over.p && !body.failed &&
                   page_html(a, p, w, 200, words_text(w, WORD_SIGNED_OUT), buf_str(&body)) &&
                   page_header(a, p, STR("Refresh"), refresh) &&
                   page_header(a, p, STR("Set-Cookie"), over);
    buf_fini(&body);
    return is_made;
}

static void on_where(void *user, const struct oidc_answer *told) {
    struct leave *l = user;
    struct page page;
    l->asked = NULL;
    bool leads_on = told->err.code == ERR_NONE && told->end_session_endpoint &&
                    lead_on(l, told->end_session_endpoint, &page);
    answer(l, leads_on ? &page : &l->plain);
}

enum local_result oidc_sign_out(struct local_tools *t, const struct local_request *r,
                                const struct page *plain, const struct local_later *later,
                                struct page *page, struct local_wait **wait) {
    const struct config_provider *p = t->desk ? provider_of(t->config, r->session) : NULL;
    struct leave *l = p ? leave_new(t, r, later) : NULL;
    struct oidc_question q = {.kind = OIDC_WHERE, .provider = p, .is_only_known = true};
    *page = *plain;
    if (!l)
        return LOCAL_NOW;
    l->plain = *plain;
    l->provider = p;
    l->asked = oidc_ask(t->desk, t->loop, &q, on_where, l);
    if (!l->asked) {
        free(l);
        return LOCAL_NOW;
    }
    *wait = &l->wait;
    return LOCAL_LATER;
}

/* Back-Channel Logout 2.8; never HTML, it is a program that reads it. */
static bool refuse(const struct local_request *r, const struct err *e, struct page *p) {
    r->activity->err = *e;
    return page_error(r->arena, p, e, r->activity, NULL);
}

static void refuse_later(struct leave *l, const struct err *e) {
    struct page page;
    bool is_made = refuse(l->r, e, &page);
    answer(l, is_made ? &page : NULL);
}

static void tell_others(const struct leave *l, const struct session_ended *ended) {
    char text[160];
    if (l->t->signed_out && ended->total)
        l->t->signed_out(l->t->signed_out_user, ended);
    snprintf(text, sizeof text, "%zu sessions were ended by %s", ended->total, l->provider->name);
    sink_event(l->t->sink, 22008, l->r ? l->r->activity : &l->activity, text);
}

static void end_behind(struct leave *l, const struct err *e) {
    if (e->code != ERR_NONE)
        sink_event(l->t->sink, err_info(e->code)->event, &l->activity, e->detail);
    local_has_gone_on(&l->wait);
    free(l);
}

/* Nothing to be seen, and for pages of the provider alone. */
static bool make_frame(const struct leave *l, struct page *p) {
    struct arena *a = l->r->arena;
    struct str issuer = str_of(l->provider->oidc.issuer);
    size_t scheme = strlen("https://");
    struct str origin = str_head(issuer, scheme + str_index(str_from(issuer, scheme), '/'));
    struct str policy =
        arena_join(a, (struct str[]){STR("default-src 'none'; frame-ancestors "), origin}, 2);
    struct str over = cookie_format(a, STR(SESSION_COOKIE), STR(""), 0, 0);
    *p = (struct page){.body = STR("")};
    p->head = (struct message){.status = 200, .minor = 1, .body = BODY_LENGTH};
    return policy.p && over.p && page_header(a, p, STR("Cache-Control"), STR("no-store")) &&
           page_header(a, p, STR("Content-Security-Policy"), policy) &&
           page_header(a, p, STR("Content-Type"), STR("text/html; charset=utf-8")) &&
           page_header(a, p, STR("X-Content-Type-Options"), STR("nosniff")) &&
           (!l->is_cookies || page_header(a, p, STR("Set-Cookie"), over));
}

static bool make_receipt(const struct leave *l, struct page *p) {
    *p = (struct page){.body = STR("")};
    p->head = (struct message){.status = 200, .minor = 1, .body = BODY_LENGTH};
    return page_header(l->r->arena, p, STR("Cache-Control"), STR("no-store"));
}

/* A token counts as used when its sender is told so: who was not, may send it again. A frame that
 * ended nothing is no event: anybody may ask for one. */
static void on_ended(void *user, const struct session_ended *ended, const struct err *e) {
    struct leave *l = user;
    struct page page;
    l->call = NULL;
    if (ended->total || (e->code == ERR_NONE && !l->is_frame))
        tell_others(l, ended);
    if (!l->r) {
        end_behind(l, e);
        return;
    }
    if (e->code != ERR_NONE) {
        refuse_later(l, e);
        return;
    }
    if (!l->is_frame)
        oidc_logout_is_done(l->t->desk, l->logout);
    bool is_made = l->is_frame ? make_frame(l, &page) : make_receipt(l, &page);
    answer(l, is_made ? &page : NULL);
}

/* One client at one issuer may be several providers of the configuration, with different claims,
 * say: the token is about all of them. */
static bool find_names(const struct leave *l, struct session_whose *whose) {
    const struct config *c = l->t->config;
    const struct config_oidc *told = &l->provider->oidc;
    const char **names = arena_array(l->r->arena, c->provider_count, sizeof *names);
    for (size_t i = 0; names && i < c->provider_count; i++) {
        const struct config_provider *p = &c->providers[i];
        if (p->type == PROVIDER_OIDC && strcmp(p->oidc.issuer, told->issuer) == 0 &&
            strcmp(p->oidc.client_id, told->client_id) == 0)
            names[whose->provider_count++] = p->name;
    }
    whose->providers = names;
    return names != NULL;
}

static void on_told(void *user, const struct oidc_answer *told) {
    struct leave *l = user;
    struct err e;
    struct session_whose whose = {.sub = told->sub, .sid = told->sid};
    l->asked = NULL;
    if (told->err.code != ERR_NONE) {
        refuse_later(l, &told->err);
        return;
    }
    l->provider = told->provider;
    memcpy(l->logout, told->logout, sizeof l->logout);
    if (find_names(l, &whose))
        l->call = session_end_of(l->t->sessions, l->t->loop, &whose, on_ended, l);
    if (!l->call) {
        err_set(&e, ERR_NO_MEMORY, "no memory to end sessions");
        refuse_later(l, &e);
    }
}

enum local_result oidc_logout(struct local_tools *t, const struct local_request *r,
                              const struct local_later *later, struct page *page,
                              struct local_wait **wait) {
    struct err e;
    struct oidc_question q = {.kind = OIDC_LOGOUT};
    if (!form_get(r->arena, r->body, STR("logout_token"), &q.token)) {
        err_set(&e, ERR_IDP_LOGOUT, "there is no logout token in the form, or more than one");
        return refuse(r, &e, page) ? LOCAL_NOW : LOCAL_FULL;
    }
    struct leave *l = leave_new(t, r, later);
    if (l)
        l->asked = oidc_ask(t->desk, t->loop, &q, on_told, l);
    if (!l || !l->asked) {
        free(l);
        return LOCAL_FULL;
    }
    *wait = &l->wait;
    return LOCAL_LATER;
}

/* The providers whose pages may have such frames, with that issuer; the first in `l`. */
static bool find_framing(struct leave *l, struct str issuer, struct session_whose *whose) {
    const struct config *c = l->t->config;
    const char **names = arena_array(l->r->arena, c->provider_count, sizeof *names);
    for (size_t i = 0; names && i < c->provider_count; i++) {
        const struct config_provider *p = &c->providers[i];
        const struct session *s = l->r->session;
        if (p->type != PROVIDER_OIDC || !p->oidc.front_channel_logout ||
            !str_eq(issuer, str_of(p->oidc.issuer)))
            continue;
        l->provider = l->provider ? l->provider : p;
        names[whose->provider_count++] = p->name;
        l->is_cookies |=
            s && strcmp(session_identity(s)->provider, p->name) == 0 &&
            str_eq(str_of(identity_claim(session_identity(s), "sid")), str_of(whose->sid));
    }
    whose->providers = names;
    return names != NULL;
}

static bool read_frame(struct leave *l, struct session_whose *whose, struct err *e) {
    struct arena *a = l->r->arena;
    struct str issuer = STR_NONE, sid = STR_NONE, query = str_from(l->r->target->query, 1);
    bool is_named = form_get(a, query, STR("iss"), &issuer) && form_get(a, query, STR("sid"), &sid);
    whose->sid = is_named ? arena_cstr(a, sid) : "";
    if (whose->sid &&
        (strlen(whose->sid) != sid.n || !claim_is_plain(whose->sid, CLAIM_SUBJECT_MAX))) {
        err_set(e, ERR_IDP_LOGOUT, "the frame does not say which session is meant (iss, sid)");
        err_hint(e, "Register the client with frontchannel_logout_session_required.");
        return false;
    }
    if (!whose->sid || !find_framing(l, issuer, whose))
        return err_set(e, ERR_NO_MEMORY, "no memory to end sessions");
    if (whose->provider_count == 0)
        return err_set(e, ERR_IDP_LOGOUT,
                       "the frame is of no issuer that has front_channel_logout (iss)");
    return sid.n >= OIDC_SID_MIN || l->is_cookies ||
           err_set(e, ERR_IDP_LOGOUT,
                   "the frame came without the session's cookie, and its sid could be guessed: it "
                   "has less than %d bytes",
                   OIDC_SID_MIN);
}

enum local_result oidc_front_logout(struct local_tools *t, const struct local_request *r,
                                    const struct local_later *later, struct page *page,
                                    struct local_wait **wait) {
    struct err e;
    struct session_whose whose = {.is_anybodys = true};
    struct leave *l = leave_new(t, r, later);
    if (!l)
        return LOCAL_FULL;
    l->is_frame = true;
    if (!read_frame(l, &whose, &e)) {
        free(l);
        return refuse(r, &e, page) ? LOCAL_NOW : LOCAL_FULL;
    }
    l->call = session_end_of(t->sessions, t->loop, &whose, on_ended, l);
    if (!l->call) {
        free(l);
        return LOCAL_FULL;
    }
    *wait = &l->wait;
    return LOCAL_LATER;
}
