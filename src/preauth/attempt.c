/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/attempt.h"

#include "base/clock.h"
#include "base/secret.h"
#include "broker/sign_in.h"
#include "connector/authorize.h"
#include "connector/login.h"
#include "http/cookie.h"
#include "http/form.h"
#include "net/timer.h"
#include "preauth/admission.h"
#include "preauth/code_attempt.h"
#include "preauth/factor_keys.h"
#include "preauth/local_wait.h"
#include "preauth/sign_in_words.h"
#include "session/factor.h"
#include "session/throttle.h"

#include <jansson.h>
#include <stdlib.h>

enum {
    USER_MAX = 256,
    /* A refusal that may depend on the account is answered at a multiple of this after the
     * directory was asked: it knows at once whom it does not know, and takes a second question for
     * the others. */
    REFUSAL_STEP_MS = 500,
};

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
    struct identity who;       /* once the password has proven it */
    struct admission *admission;
    int64_t asked_us;    /* when the directory was asked */
    struct timer *delay; /* until `refusal` may be told; NULL: it does not wait */
    struct err refusal;
    LIST_ENTRY(attempt) in_abandoned;
    char code_token[SESSION_TOKEN_SIZE]; /* what the browser comes back with, and a code */
};

/* The form again, with the reason; the error goes to the activity. */
static bool form_again(struct attempt *t, const struct err *e, int64_t retry_after_s,
                       struct page *p) {
    struct activity *a = t->r->activity;
    struct form_page form = {
        .status = err_info(e->code)->status, .user = t->name, .to = t->to, .app = t->app};
    if (t->provider)
        form.by = str_of(t->provider->name);
    a->err = *e;
    form.notice = sign_in_words(t->r, e, retry_after_s);
    if (e->code == ERR_SIGN_IN_MUST_CHANGE && t->provider)
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
    admission_cancel(t->admission);
    timer_free(t->delay);
    if (t->asked)
        broker_cancel(t->t->broker, t->asked);
    identity_fini(&t->who);
    secret_wipe(t->code_token, sizeof t->code_token);
    free(t);
}

/* Nobody is told, but it is written down. */
static void record_unheard(const struct attempt *t, const struct err *e) {
    if (e->code != ERR_NONE)
        sink_event(t->t->sink, err_info(e->code)->event, NULL, e->detail);
}

static void cancel(struct local_wait *w) {
    struct attempt *t = (struct attempt *)w;
    record_unheard(t, &t->refusal);
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

static void refuse_for_memory(struct attempt *t) {
    struct err e;
    err_set(&e, ERR_NO_MEMORY, "no memory for a session");
    refuse(t, &e, 0);
}

static void on_admitted(void *user, const struct page *page, const struct err *e) {
    struct attempt *t = user;
    t->admission = NULL;
    if (e->code == ERR_NONE)
        answer(t, page);
    else
        refuse(t, e, 0);
}

static void begin_session(struct attempt *t) {
    struct admission_way way = {t->t, t->r, t->app, t->to, "signed in by the form"};
    t->admission = admit(&way, &t->who, on_admitted, t);
    if (!t->admission)
        refuse_for_memory(t);
}

/* Off to the page that asks for the code. */
static bool lead_to_code(struct attempt *t, struct page *p) {
    struct arena *a = t->r->arena;
    struct str location = code_url(a, t->app, t->to, t->provider);
    struct str token = arena_str(a, str_of(t->code_token));
    struct str cookie = cookie_format(a, STR(CODE_COOKIE), token, -1, 0);
    return location.p && token.p && cookie.p && page_redirect(a, p, 303, location) &&
           page_header(a, p, STR("Set-Cookie"), cookie);
}

static void on_factor(void *user, bool is_enrolled, const struct err *failed) {
    struct attempt *t = user;
    struct err e = *failed;
    struct page page;
    t->call = NULL;
    if (e.code == ERR_NONE && !is_enrolled && !t->provider->second_factor.is_for_enrolled)
        err_set(&e, ERR_FACTOR_MISSING, "%s has no second factor at %s", t->who.principal,
                t->provider->name);
    if (e.code != ERR_NONE) {
        refuse(t, &e, 0);
    } else if (!is_enrolled) {
        begin_session(t);
    } else {
        bool is_made = lead_to_code(t, &page);
        answer(t, is_made ? &page : NULL);
    }
}

/* What the directory has proven about the person, as claims. */
static char *claims_of(const char *principal, const char *groups) {
    size_t at = str_index(str_of(principal), '@');
    json_t *claims = json_pack("{s:s,s:s,s:s%,s:[s],s:s}", CLAIM_UPN, principal,
                               CLAIM_ON_PREMISES_UPN, principal, CLAIM_SAM_ACCOUNT_NAME, principal,
                               at, CLAIM_AMR, "pwd", CLAIM_ACR, ACR_PASSWORD);
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
    return sign_in_notice(code) != WORD_SIGN_IN_UNAVAILABLE || code == ERR_SIGN_IN_SILENT ||
           code == ERR_BROKER_DOWN;
}

/* A password that was tried and is not good stays counted as it was written down. */
static void count(struct attempt *t, enum err_code code) {
    t->is_counted = true;
    if (code == ERR_NONE)
        throttle_settle(t->t->sessions, t->t->loop, t->throttle_id, THROTTLE_GOOD);
    else if (!may_have_been_tried(code))
        throttle_settle(t->t->sessions, t->t->loop, t->throttle_id, THROTTLE_UNTRIED);
}

/* What is asked for beside the password is of the name that the directory gave, however it was
 * typed: an account has several. */
static void go_on(struct attempt *t, struct broker_reply *reply) {
    const unsigned char *key = factor_keys_of(t->t->factor_keys, t->provider);
    struct identity who = {.provider = t->provider->name,
                           .subject = reply->principal,
                           .principal = reply->principal,
                           .claims = claims_of(reply->principal, reply->groups),
                           .own_ticket = reply->own,
                           .own_ticket_size = reply->own_size,
                           .own_ends_s = reply->own_ends_s};
    bool is_kept = who.claims && identity_copy(&t->who, &who);
    free(who.claims);
    if (is_kept && t->provider->second_factor.type == FACTOR_NOTHING) {
        begin_session(t);
        return;
    }
    if (is_kept && key)
        t->call = factor_begin(t->t->sessions, t->t->loop, key, &t->who, t->app->external.host,
                               t->code_token, on_factor, t);
    if (!t->call)
        refuse_for_memory(t);
}

static void on_delayed(void *user) {
    struct attempt *t = user;
    refuse(t, &t->refusal, 0);
}

static void refuse_in_time(struct attempt *t, const struct err *e) {
    int64_t took_ms = (clock_mono_us() - t->asked_us) / 1000;
    t->refusal = *e;
    t->delay = e->code == ERR_SIGN_IN_REFUSED ? timer_new(t->t->loop, on_delayed, t) : NULL;
    if (t->delay)
        timer_start(t->delay, REFUSAL_STEP_MS - took_ms % REFUSAL_STEP_MS);
    else
        refuse(t, &t->refusal, 0);
}

static void on_checked(void *user, struct broker_reply *reply) {
    struct attempt *t = user;
    t->asked = 0;
    count(t, reply->err.code);
    if (!t->r) {
        record_unheard(t, &reply->err);
        abandoned_free(t);
    } else if (reply->err.code == ERR_NONE) {
        go_on(t, reply);
    } else {
        refuse_in_time(t, &reply->err);
    }
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
    t->asked_us = clock_mono_us();
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
    if (!read_form(t, e) || !t->provider)
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
    struct err e = {.code = ERR_INTERNAL};
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
