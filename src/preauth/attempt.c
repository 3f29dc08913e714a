/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/attempt.h"

#include "base/log.h"
#include "base/secret.h"
#include "broker/sign_in.h"
#include "connector/authorize.h"
#include "connector/login.h"
#include "http/cookie.h"
#include "http/form.h"
#include "preauth/local_wait.h"
#include "session/throttle.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { USER_MAX = 256 };

struct attempt {
    struct local_wait wait; /* first: they are the same to the caller */
    struct local_tools *t;
    const struct local_request *r; /* NULL: abandoned, nothing of it is there any more */
    local_done_fn *done;
    void *user;
    const struct config_app *app;           /* that the person wants to go to */
    const struct config_provider *provider; /* by whose form; NULL: the app has none */
    struct str name, account, password, to;
    int64_t throttle_id;
    struct session_call *call; /* of the store, while waiting for it */
    uint64_t asked;            /* of the broker, while waiting for it */
    bool is_counted;           /* the throttle knows the outcome */
    LIST_ENTRY(attempt) in_abandoned;
    char token[SESSION_TOKEN_SIZE];
};

/* What the person is told on the form when the password was tried, or the form was not good enough
 * to try it; anything else is "not possible". */
static const struct {
    enum err_code code;
    const char *notice;
} NOTICES[] = {
    {ERR_SIGN_IN_REFUSED, "The user name or password is not right. If you are sure of both, the "
                          "account may be locked or closed: ask your help desk."},
    {ERR_SIGN_IN_MUST_CHANGE, "The password is right, but has expired or must be changed. Change "
                              "it, then sign in here with the new one."},
    {ERR_SIGN_IN_FORGED, "The form was open for too long. Please try again."},
};

static const char *notice_for(enum err_code code) {
    for (size_t i = 0; i < sizeof NOTICES / sizeof NOTICES[0]; i++) {
        if (NOTICES[i].code == code)
            return NOTICES[i].notice;
    }
    return NULL;
}

/* The form again, with the reason; the error goes to the activity. */
static bool form_again(struct attempt *t, const struct err *e, int64_t retry_after_s,
                       struct page *p) {
    char text[192];
    struct activity *a = t->r->activity;
    const char *notice = notice_for(e->code);
    struct form_page form = {.status = err_info(e->code)->status, .user = t->name, .to = t->to};
    if (t->provider)
        form.by = str_of(t->provider->name);
    a->err = *e;
    if (retry_after_s > 60)
        snprintf(text, sizeof text, "Too many failed attempts. Please try again in %lld minutes.",
                 (long long)((retry_after_s + 59) / 60));
    else if (retry_after_s > 0)
        snprintf(text, sizeof text, "Too many failed attempts. Please try again in a minute.");
    else if (!notice)
        snprintf(text, sizeof text,
                 "Sign-in is not possible at the moment. Please try again in a moment. (Activity "
                 "%s)",
                 a->id);
    form.notice = notice ? notice : text;
    if (e->code == ERR_SIGN_IN_MUST_CHANGE)
        form.link = t->provider->password_change_url;
    if (!form_page_sign_in(t->r, &form, p) ||
        (form.status == 401 && /* RFC 9110 15.5.2 */
         !page_header(t->r->arena, p, STR("WWW-Authenticate"), STR("Kerbgate"))))
        return false;
    char *seconds = arena_printf(t->r->arena, "%lld", (long long)retry_after_s);
    return retry_after_s == 0 ||
           (seconds && page_header(t->r->arena, p, STR("Retry-After"), str_of(seconds)));
}

static void attempt_free(struct attempt *t) {
    session_cancel(t->call);
    if (t->asked)
        broker_cancel(t->t->broker, t->asked);
    secret_wipe(t->token, sizeof t->token);
    free(t);
}

static void cancel(struct local_wait *w) {
    struct attempt *t = (struct attempt *)w;
    if (t->is_counted) {
        attempt_free(t);
        return;
    }
    t->r = NULL;
    LIST_INSERT_HEAD(&t->t->abandoned, t, in_abandoned);
}

static void abandoned_free(struct attempt *t) {
    LIST_REMOVE(t, in_abandoned);
    attempt_free(t);
}

void attempt_drop_abandoned(struct local_tools *tools) {
    struct attempt *t, *next;
    for (t = LIST_FIRST(&tools->abandoned); t; t = next) {
        next = LIST_NEXT(t, in_abandoned);
        abandoned_free(t);
    }
}

static void answer(struct attempt *t, const struct page *page) {
    local_done_fn *done = t->done;
    void *user = t->user;
    attempt_free(t);
    done(user, page);
}

static void refuse(struct attempt *t, const struct err *e, int64_t retry_after_s) {
    struct page page;
    bool is_made = form_again(t, e, retry_after_s, &page);
    answer(t, is_made ? &page : NULL);
}

/* Off to where the person wanted to go, with the session's name in a cookie. */
static bool welcome(struct attempt *t, struct page *p) {
    struct arena *a = t->r->arena;
    const struct config *c = t->t->config;
    char *location = arena_printf(a, "%.*s%.*s", STR_ARG(t->app->external.origin), STR_ARG(t->to));
    struct str token = arena_str(a, str_of(t->token));
    struct str cookie = cookie_format(a, STR(SESSION_COOKIE), token,
                                      c->cookie_is_persistent ? c->session_lifetime_s : -1,
                                      c->cookie_is_http_only ? 0 : COOKIE_FOR_SCRIPTS);
    struct str over = cookie_format(a, STR(FORM_COOKIE), STR(""), 0, 0);
    return location && token.p && cookie.p && over.p &&
           page_redirect(a, p, 303, str_of(location)) &&
           page_header(a, p, STR("Set-Cookie"), cookie) &&
           page_header(a, p, STR("Set-Cookie"), over);
}

static void on_old_ended(void *user, struct session *none, const struct err *e) {
    struct attempt *t = user;
    struct page page;
    t->call = NULL;
    session_unref(none);
    if (e->code != ERR_NONE)
        log_err(LOG_WARN, "the session before this sign-in could not be ended", e);
    bool is_made = welcome(t, &page);
    answer(t, is_made ? &page : NULL);
}

static void on_created(void *user, struct session *session, const struct err *e) {
    static const struct err FINE = {.code = ERR_NONE};
    struct attempt *t = user;
    struct activity *a = t->r->activity;
    t->call = NULL;
    if (e->code != ERR_NONE) {
        refuse(t, e, 0);
        return;
    }
    activity_text(a->user, sizeof a->user, str_of(session_identity(session)->subject));
    session_unref(session);
    sink_event(t->t->sink, 21001, a, "signed in by the form");
    if (t->r->session)
        t->call = session_end(t->t->sessions, t->t->loop, t->r->session, on_old_ended, t);
    if (!t->call)
        on_old_ended(t, NULL, &FINE);
}

/* What the directory has proven about the person, as claims. */
static char *claims_of(const char *principal, const char *groups) {
    size_t at = str_index(str_of(principal), '@');
    json_t *claims = json_pack("{s:s,s:s,s:s%}", CLAIM_UPN, principal, CLAIM_ON_PREMISES_UPN,
                               principal, CLAIM_SAM_ACCOUNT_NAME, principal, at);
    json_t *list = groups ? json_loads(groups, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (claims && list)
        json_object_set_new(claims, CLAIM_GROUPS, list);
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    json_decref(claims);
    return text;
}

/* Whether the directory may have seen the password, and have counted it as wrong: also when its
 * answer did not come in time. */
static bool may_have_been_tried(enum err_code code) {
    return notice_for(code) || code == ERR_SIGN_IN_SILENT || code == ERR_BROKER_DOWN;
}

/* A password that was tried and is not good stays counted as it was written down. */
static void count(struct attempt *t, enum err_code code) {
    t->is_counted = true;
    if (code == ERR_NONE)
        throttle_settle(t->t->sessions, t->t->loop, t->throttle_id, THROTTLE_GOOD);
    else if (!may_have_been_tried(code))
        throttle_settle(t->t->sessions, t->t->loop, t->throttle_id, THROTTLE_UNTRIED);
}

static void begin_session(struct attempt *t, struct broker_reply *reply) {
    struct err e;
    struct identity who = {.provider = t->provider->name,
                           .subject = reply->principal,
                           .principal = reply->principal,
                           .claims = claims_of(reply->principal, reply->groups),
                           .own_ticket = reply->own,
                           .own_ticket_size = reply->own_size,
                           .own_ends_s = reply->own_ends_s};
    if (who.claims)
        t->call = session_create(t->t->sessions, t->t->loop, &who, t->app->external.host, t->token,
                                 on_created, t);
    free(who.claims);
    if (!t->call) {
        err_set(&e, ERR_NO_MEMORY, "no memory for a session");
        refuse(t, &e, 0);
    }
}

/* Nobody is told, but it is written down. */
static void end_abandoned(struct attempt *t, const struct err *e) {
    if (e->code != ERR_NONE)
        sink_event(t->t->sink, err_info(e->code)->event, NULL, e->detail);
    abandoned_free(t);
}

static void on_checked(void *user, struct broker_reply *reply) {
    struct attempt *t = user;
    t->asked = 0;
    count(t, reply->err.code);
    if (!t->r)
        end_abandoned(t, &reply->err);
    else if (reply->err.code == ERR_NONE)
        begin_session(t, reply);
    else
        refuse(t, &reply->err, 0);
    broker_reply_fini(reply);
}

/* For how long the person's own ticket is wanted: a session serves the apps of its host. */
static uint32_t own_life_s(const struct attempt *t) {
    const struct config *c = t->t->config;
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        bool is_on_host = app == config_app_written(t->app) ||
                          str_eq_ci(app->external.host, t->app->external.host);
        if (app->uses_own_ticket && config_app_has(app, t->provider) && is_on_host)
            return (uint32_t)c->session_lifetime_s;
    }
    return 0;
}

static bool ask_broker(struct attempt *t, struct err *e) {
    struct broker_request q = {.kind = BROKER_SIGN_IN,
                               .user = t->account,
                               .password = t->password,
                               .realm = str_of(t->provider->realm),
                               .own_life_s = own_life_s(t),
                               .timeout_ms = (uint32_t)t->t->config->kerberos.timeout_ms};
    t->asked = broker_ask(t->t->broker, &q, on_checked, t, e);
    secret_wipe((char *)t->password.p, t->password.n); /* the broker's client has its own */
    return t->asked != 0;
}

static void on_reserved(void *user, int64_t id, int64_t retry_after_s, const struct err *failed) {
    struct attempt *t = user;
    struct err e = *failed;
    bool is_reserved = e.code == ERR_NONE && retry_after_s == 0;
    t->call = NULL;
    t->throttle_id = id;
    if (!t->r) {
        if (is_reserved)
            throttle_settle(t->t->sessions, t->t->loop, id, THROTTLE_UNTRIED);
        abandoned_free(t);
        return;
    }
    if (e.code == ERR_NONE && retry_after_s > 0)
        err_set(&e, ERR_SIGN_IN_THROTTLED, "too many failed sign-ins as %.*s or from %s",
                STR_ARG(t->account), t->r->activity->client);
    if (is_reserved && ask_broker(t, &e))
        return;
    if (is_reserved)
        throttle_settle(t->t->sessions, t->t->loop, id, THROTTLE_UNTRIED);
    refuse(t, &e, retry_after_s);
}

/* Where the person wants to go, and by which of the app's forms. */
static bool find_way(struct attempt *t) {
    const struct local_request *r = t->r;
    struct str to = STR_NONE, by = STR_NONE;
    form_get(r->arena, r->body, STR("to"), &to);
    form_get(r->arena, r->body, STR("by"), &by);
    bool is_found = local_destination(t->t, r->arena, r->app, to, &t->app, &t->to);
    t->provider = is_found ? local_provider(t->app, by) : NULL;
    return is_found;
}

/* The fields of the form. A name that cannot be an account's is refused like any wrong one. */
static bool read_form(struct attempt *t, struct err *e) {
    const struct local_request *r = t->r;
    bool has_all = form_get(r->arena, r->body, STR("username"), &t->name) &&
                   form_get(r->arena, r->body, STR("password"), &t->password);
    if (!find_way(t))
        return err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
    struct str typed = str_trim(t->name);
    t->name = str_head(typed, USER_MAX);
    if (!t->provider || t->provider->type != PROVIDER_FORM || !t->t->broker)
        return err_set(e, ERR_SIGN_IN_UNAVAILABLE, "app %s is not signed in to by the form",
                       t->app->name);
    if (!has_all || t->password.n == 0 ||
        !sign_in_normalise(r->arena, typed, str_of(t->provider->realm), &t->account))
        return err_set(e, ERR_SIGN_IN_REFUSED, "no password, or no user name of %s",
                       t->provider->realm);
    return true;
}

static bool begin(struct attempt *t, struct err *e) {
    const struct config_provider *p;
    if (!read_form(t, e))
        return false;
    p = t->provider;
    struct throttle_limits limits = {.user_attempts = p->throttle.user_attempts,
                                     .user_window_s = p->throttle.user_window_s,
                                     .source_attempts = p->throttle.source_attempts,
                                     .source_window_s = p->throttle.source_window_s};
    activity_text(t->r->activity->user, sizeof t->r->activity->user, t->account);
    t->call = throttle_reserve(t->t->sessions, t->t->loop, &limits, str_of(p->realm), t->account,
                               t->r->source, on_reserved, t);
    return t->call || err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
}

enum local_result attempt_start(struct local_tools *tools, const struct local_request *r,
                                local_done_fn *done, void *user, struct page *page,
                                struct local_wait **wait) {
    struct err e;
    struct attempt *t = calloc(1, sizeof *t);
    if (!t)
        return LOCAL_FULL;
    *t = (struct attempt){.wait = {.cancel = cancel},
                          .t = tools,
                          .r = r,
                          .done = done,
                          .user = user,
                          .app = r->app,
                          .to = r->app->external.path};
    if (!form_is_ours(r)) {
        find_way(t);
        err_set(&e, ERR_SIGN_IN_FORGED, "the form does not come from a page of this host");
    } else if (begin(t, &e)) {
        *wait = &t->wait;
        return LOCAL_LATER;
    }
    bool is_made = form_again(t, &e, 0, page);
    attempt_free(t);
    return is_made ? LOCAL_NOW : LOCAL_FULL;
}
