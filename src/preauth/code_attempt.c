/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/code_attempt.h"

#include "base/encode.h"
#include "connector/authorize.h"
#include "http/cookie.h"
#include "http/form.h"
#include "preauth/admission.h"
#include "preauth/factor_keys.h"
#include "preauth/form_page.h"
#include "preauth/local_wait.h"
#include "preauth/sign_in_words.h"
#include "session/factor.h"

#include <jansson.h>
#include <stdlib.h>

struct code_attempt {
    struct local_wait wait; /* first: they are the same to the caller */
    struct local_tools *t;
    const struct local_request *r;
    struct local_later later;
    const struct config_app *app;
    const struct config_provider *provider;
    struct str to;
    struct session_call *call;
    struct admission *admission;
};

struct str code_url(struct arena *a, const struct config_app *app, struct str to,
                    const struct config_provider *by) {
    struct buf url;
    buf_init(&url, 8 * LOCAL_TO_MAX);
    buf_add(&url, app->external.origin);
    buf_add(&url, STR(LOCAL_PATH CODE_PAGE "?to="));
    encode_query(&url, to);
    buf_add(&url, STR("&by="));
    encode_query(&url, str_of(by->name));
    struct str result = url.failed ? STR_NONE : arena_str(a, buf_str(&url));
    buf_fini(&url);
    return result;
}

/* Where the person wants to go, and by which form; `from` is a query or the fields of a form. */
static bool find_way(struct code_attempt *c, struct str from) {
    struct str to = STR_NONE, by = STR_NONE;
    form_get(c->r->arena, from, STR("to"), &to);
    form_get(c->r->arena, from, STR("by"), &by);
    bool is_found = local_destination(c->t, c->r->arena, c->r->app, to, &c->app, &c->to);
    c->provider = is_found ? local_provider(c->app, by) : NULL;
    return is_found;
}

static struct form_page form_of(const struct code_attempt *c) {
    struct form_page f = {.status = 200, .to = c->to, .app = c->app};
    if (c->provider)
        f.by = str_of(c->provider->name);
    return f;
}

/* Nobody has a cookie of it any more. */
static bool forget(const struct code_attempt *c, struct page *p) {
    struct str over = cookie_format(c->r->arena, STR(CODE_COOKIE), STR(""), 0, 0);
    return over.p && page_header(c->r->arena, p, STR("Set-Cookie"), over);
}

/* The page again, or the first one when there is nothing to type a code for. */
static bool again(struct code_attempt *c, const struct err *e, int64_t retry_after_s,
                  struct page *p) {
    struct activity *a = c->r->activity;
    struct form_page form = form_of(c);
    bool is_over = e->code == ERR_FACTOR_STATE;
    form.status = err_info(e->code)->status;
    form.notice = sign_in_words(c->r, e, retry_after_s);
    a->err = *e;
    if (is_over ? !form_page_sign_in(c->r, &form, p) || !forget(c, p)
                : !form_page_code(c->r, &form, p))
        return false;
    if (form.status == 401 && /* RFC 9110 15.5.2 */
        !page_header(c->r->arena, p, STR("WWW-Authenticate"), STR("Kerbgate")))
        return false;
    char *seconds = arena_printf(c->r->arena, "%lld", (long long)retry_after_s);
    return retry_after_s == 0 ||
           (seconds && page_header(c->r->arena, p, STR("Retry-After"), str_of(seconds)));
}

static void cancel(struct local_wait *w) {
    struct code_attempt *c = (struct code_attempt *)w;
    session_cancel(c->call);
    admission_cancel(c->admission);
    free(c);
}

static void answer(struct code_attempt *c, const struct page *page) {
    struct local_later later = c->later;
    free(c);
    later.done(later.user, page);
}

static void refuse(struct code_attempt *c, const struct err *e, int64_t retry_after_s) {
    struct page page;
    bool is_made = again(c, e, retry_after_s, &page);
    answer(c, is_made ? &page : NULL);
}

static void on_admitted(void *user, const struct page *page, const struct err *e) {
    struct code_attempt *c = user;
    c->admission = NULL;
    if (e->code != ERR_NONE) {
        refuse(c, e, 0);
        return;
    }
    struct page p = page ? *page : (struct page){0};
    answer(c, page && forget(c, &p) ? &p : NULL);
}

/* What the password has proven, and that a code was shown, too (RFC 8176 2). */
static char *claims_with_code(const char *claims) {
    json_t *all = json_loads(claims, JSON_REJECT_DUPLICATES, NULL);
    bool is_set = all &&
                  json_object_set_new(all, CLAIM_AMR, json_pack("[ss]", "pwd", "otp")) == 0 &&
                  json_object_set_new(all, CLAIM_ACR, json_string(ACR_TWO_FACTORS)) == 0;
    char *text = is_set ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    return text;
}

static void on_tried(void *user, const struct factor_answer *a) {
    struct code_attempt *c = user;
    struct activity *activity = c->r->activity;
    struct err e = *a->err;
    c->call = NULL;
    if (a->account)
        activity_text(activity->user, sizeof activity->user, str_of(a->account));
    if (e.code != ERR_NONE) {
        refuse(c, &e, a->retry_after_s);
        return;
    }
    struct identity who = *a->who;
    who.claims = claims_with_code(a->who->claims);
    struct admission_way way = {c->t, c->r, c->app, c->to, "signed in by the form, with a code"};
    c->admission = who.claims ? admit(&way, &who, on_admitted, c) : NULL;
    free(who.claims);
    if (!c->admission) {
        err_set(&e, ERR_NO_MEMORY, "no memory for a session");
        refuse(c, &e, 0);
    }
}

static bool begin(struct code_attempt *c, struct err *e) {
    const struct local_request *r = c->r;
    struct str code = STR_NONE;
    size_t count;
    struct str token = cookie_get(&r->message->headers, STR(CODE_COOKIE), &count);
    if (!find_way(c, r->body))
        return err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
    const unsigned char *key = factor_keys_of(c->t->factor_keys, c->provider);
    if (!form_is_ours(r))
        return err_set(e, ERR_SIGN_IN_FORGED, "the form does not come from a page of this host");
    if (!key || count != 1)
        return err_set(e, ERR_FACTOR_STATE, "no password was shown by this browser");
    form_get(r->arena, r->body, STR("code"), &code);
    struct factor_try try = {.key = key,
                             .attempts = c->provider->throttle.user_attempts,
                             .window_s = c->provider->throttle.user_window_s,
                             .provider = c->provider->name,
                             .host = c->app->external.host,
                             .token = token,
                             .code = code};
    c->call = factor_try(c->t->sessions, c->t->loop, &try, on_tried, c);
    return c->call || err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
}

enum local_result code_show(struct local_tools *t, const struct local_request *r,
                            struct page *page) {
    struct code_attempt c = {.t = t, .r = r};
    struct err e;
    if (!find_way(&c, str_from(r->target->query, 1)))
        return LOCAL_FULL;
    struct form_page form = form_of(&c);
    if (factor_keys_of(t->factor_keys, c.provider))
        return form_page_code(r, &form, page) ? LOCAL_NOW : LOCAL_FULL;
    err_set(&e, ERR_NOT_FOUND, "app %s is signed in to without a code", c.app->name);
    r->activity->err = e;
    return page_error(r->arena, page, &e, r->activity, &r->message->headers) ? LOCAL_NOW
                                                                             : LOCAL_FULL;
}

enum local_result code_attempt_start(struct local_tools *t, const struct local_request *r,
                                     const struct local_later *later, struct page *page,
                                     struct local_wait **wait) {
    struct err e;
    struct code_attempt *c = calloc(1, sizeof *c);
    if (!c)
        return LOCAL_FULL;
    *c = (struct code_attempt){.wait = {.cancel = cancel},
                               .t = t,
                               .r = r,
                               .later = *later,
                               .app = r->app,
                               .to = r->app->external.path};
    if (begin(c, &e)) {
        *wait = &c->wait;
        return LOCAL_LATER;
    }
    bool is_made = again(c, &e, 0, page);
    free(c);
    return is_made ? LOCAL_NOW : LOCAL_FULL;
}
