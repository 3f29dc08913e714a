/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/local.h"

#include "base/encode.h"
#include "config/route.h"
#include "http/form.h"
#include "preauth/attempt.h"
#include "preauth/choice.h"
#include "preauth/code_attempt.h"
#include "preauth/form_page.h"
#include "preauth/home.h"
#include "preauth/local_wait.h"
#include "preauth/negotiate.h"
#include "preauth/oidc_authorize.h"
#include "preauth/oidc_sign_in.h"
#include "preauth/oidc_sign_out.h"
#include "preauth/renewal.h"
#include "preauth/sign_out.h"

bool local_is_ours(struct str path) {
    struct str folder = STR(LOCAL_PATH);
    return str_starts(path, folder) || str_eq(path, str_head(folder, folder.n - 1));
}

/* No user information, no other host, nothing that two readers read differently: a path, as a
 * request target is one (RFC 9112 3.2.1). */
static bool is_local_path(struct arena *a, struct str to, struct target *t) {
    struct err e;
    if (to.n == 0 || to.n > LOCAL_TO_MAX || to.p[0] != '/')
        return false;
    return target_parse(a, to, t, &e) && !str_starts(t->path, STR("//")) && !local_is_ours(t->path);
}

bool local_destination(const struct local_tools *t, struct arena *a, const struct config_app *app,
                       struct str to, const struct config_app **found, struct str *path) {
    struct target target = {.path = STR_NONE};
    struct route_match match = {NULL, STR_NONE};
    if (is_local_path(a, to, &target))
        match = route_find(t->config, app->external.host, app->external.port, target.path);
    *found = route_app(a, &match);
    if (match.app && !*found)
        return false;
    if (!*found) {
        *found = app;
        *path = app->external.path;
        return true;
    }
    char *joined = arena_printf(a, "%.*s%.*s", STR_ARG(target.path), STR_ARG(target.query));
    *path = str_of(joined);
    return joined != NULL;
}

struct str local_sign_in_url(struct arena *a, const struct config_app *app,
                             const struct target *target) {
    struct buf url;
    buf_init(&url, 4 * LOCAL_TO_MAX);
    buf_add(&url, app->external.origin);
    buf_add(&url, STR(LOCAL_PATH "sign-in"));
    if (target->path.n + target->query.n <= LOCAL_TO_MAX) {
        buf_add(&url, STR("?to="));
        encode_query(&url, target->path);
        encode_query(&url, target->query);
    }
    struct str result = url.failed ? STR_NONE : arena_str(a, buf_str(&url));
    buf_fini(&url);
    return result;
}

static bool has_pages(const struct config_provider *p) {
    return p && (choice_is_for_browsers(p) || p->type == PROVIDER_NEGOTIATE);
}

const struct config_provider *local_provider(const struct config_app *app, struct str by) {
    const struct config_provider *named = by.n ? config_app_provider(app, by) : NULL;
    if (has_pages(named))
        return named;
    for (size_t i = 0; i < app->provider_count; i++)
        if (has_pages(app->providers[i]))
            return app->providers[i];
    return NULL;
}

static bool is_method(const struct local_request *r, struct str method) {
    return str_eq(r->message->method, method);
}

static enum local_result now(bool is_made) { return is_made ? LOCAL_NOW : LOCAL_FULL; }

static enum local_result refuse(const struct local_request *r, const struct err *e,
                                struct page *p) {
    r->activity->err = *e;
    return now(page_error(r->arena, p, e, r->activity, &r->message->headers));
}

static enum local_result refuse_outside(const struct local_request *r, const struct config_app *app,
                                        struct page *page) {
    struct err e;
    err_set(&e, ERR_FORBIDDEN,
            "app %s is signed in to with a ticket alone, and %s is none of its provider's sources",
            app->name, r->activity->client);
    return refuse(r, &e, page);
}

static enum local_result show_sign_in(struct local_tools *t, const struct local_request *r,
                                      const struct local_later *later, struct page *page,
                                      struct local_wait **wait) {
    struct form_page form = {.status = 200};
    const struct config_app *app;
    struct err e;
    struct str to = STR_NONE, by = STR_NONE, any, query = str_from(r->target->query, 1);
    form_get(r->arena, query, STR("to"), &to);
    form_get(r->arena, query, STR("by"), &by);
    bool wants_choice = form_get(r->arena, query, STR("choose"), &any);
    if (!local_destination(t, r->arena, r->app, to, &app, &form.to))
        return LOCAL_FULL;
    const struct config_provider *provider = local_provider(app, by);
    if (!provider && config_app_provider_of(app, PROVIDER_CERTIFICATE)) /* where it is looked at */
        return now(page_redirect(r->arena, page, 303, form.to));
    if (!provider && app->provider_count > 0) {
        err_set(&e, ERR_NOT_FOUND, "nobody signs in to app %s by a page", app->name);
        return refuse(r, &e, page);
    }
    bool is_negotiate = provider && provider->type == PROVIDER_NEGOTIATE;
    if (is_negotiate && !wants_choice && negotiate_is_inside(provider, r->source))
        return negotiate_start(t, r, &(struct negotiate_entry){app, provider, form.to}, later, page,
                               wait);
    bool is_chosen = provider && !is_negotiate && str_eq(by, str_of(provider->name));
    if (!is_chosen && choice_is_there(app))
        return now(choice_page(r, app, form.to, page));
    if (is_negotiate && !(provider = negotiate_next(app)))
        return refuse_outside(r, app, page);
    struct oidc_entry entry = {.app = app, .provider = provider, .to = form.to};
    if (t->desk && provider && provider->type == PROVIDER_OIDC)
        return oidc_sign_in_start(t, r, &entry, later, page, wait);
    form.app = app;
    if (provider)
        form.by = str_of(provider->name);
    return now(form_page_sign_in(r, &form, page) &&
               (!provider || choice_remember(r->arena, app, provider, page)));
}

static enum local_result do_sign_out(struct local_tools *t, const struct local_request *r,
                                     const struct local_later *later, struct page *page,
                                     struct local_wait **wait) {
    if (!form_is_ours(r))
        return now(form_page_sign_out(r, page)); /* asks again, with a token this time */
    if (!r->session)
        return now(sign_out_page_forget(r, page));
    return sign_out_start(t, r, later, page, wait);
}

/* RFC 7517 5, for back ends and without sign-in. They may keep it while a new key is announced, and
 * no longer, so that one that was taken out is soon believed no more. */
static enum local_result show_keys(const struct local_tools *t, const struct local_request *r,
                                   struct page *p) {
    struct str set = jws_keys_public(t->keys);
    *p = (struct page){.body = set};
    p->head = (struct message){.status = 200, .minor = 1, .body = BODY_LENGTH, .length = set.n};
    return now(page_header(r->arena, p, STR("Content-Type"), STR("application/jwk-set+json")) &&
               page_header(r->arena, p, STR("Cache-Control"), STR("public, max-age=300")) &&
               page_header(r->arena, p, STR("X-Content-Type-Options"), STR("nosniff")));
}

/* RFC 9110 15.5.6 */
static enum local_result refuse_method(const struct local_request *r, const char *methods,
                                       struct page *page) {
    struct err e;
    err_set(&e, ERR_HTTP_METHOD, "%.*s is not a method of this page",
            STR_ARG(str_head(r->message->method, 32)));
    return now(refuse(r, &e, page) == LOCAL_NOW &&
               page_header(r->arena, page, STR("Allow"), str_of(methods)));
}

/* What a provider sends people to, or is told by; only where there is one. */
static bool answer_provider(struct local_tools *t, const struct local_request *r,
                            const struct local_later *later, struct page *page,
                            struct local_wait **wait, enum local_result *result) {
    struct str path = r->target->path;
    bool is_get = is_method(r, STR("GET")), is_post = is_method(r, STR("POST"));
    bool is_callback = str_eq(path, STR(LOCAL_PATH OIDC_CALLBACK));
    bool is_logout = str_eq(path, STR(LOCAL_PATH "backchannel-logout"));
    bool is_signed_out = str_eq(path, STR(LOCAL_PATH OIDC_SIGNED_OUT));
    bool is_frame = str_eq(path, STR(LOCAL_PATH "frontchannel-logout"));
    if (!t->desk || !(is_callback || is_logout || is_signed_out || is_frame))
        return false;
    if (is_logout)
        *result = is_post ? oidc_logout(t, r, later, page, wait) : refuse_method(r, "POST", page);
    else if (is_frame && is_get)
        *result = oidc_front_logout(t, r, later, page, wait);
    else if (!is_get) /* also no HEAD: whoever looks ahead must not use up a code */
        *result = refuse_method(r, "GET", page);
    else
        *result =
            is_callback ? oidc_sign_in_end(t, r, later, page, wait) : now(sign_out_page(r, page));
    return true;
}

static enum local_result answer_code(struct local_tools *t, const struct local_request *r,
                                     const struct local_later *later, struct page *page,
                                     struct local_wait **wait) {
    if (is_method(r, STR("GET")) || is_method(r, STR("HEAD")))
        return code_show(t, r, page);
    return is_method(r, STR("POST")) ? code_attempt_start(t, r, later, page, wait)
                                     : refuse_method(r, "GET, HEAD, POST", page);
}

enum local_result local_answer(struct local_tools *t, const struct local_request *r,
                               local_done_fn *done, void *user, struct page *page,
                               struct local_wait **wait) {
    struct err e;
    bool is_read = is_method(r, STR("GET")) || is_method(r, STR("HEAD"));
    bool is_sign_in = str_eq(r->target->path, STR(LOCAL_PATH "sign-in"));
    bool is_sign_out = str_eq(r->target->path, STR(LOCAL_PATH "sign-out"));
    bool is_keys = t->keys && jws_keys_public(t->keys).n > 0 &&
                   str_eq(r->target->path, STR(LOCAL_PATH "jwks.json"));
    struct local_later later = {done, user};
    enum local_result result;
    *wait = NULL;
    if (answer_provider(t, r, &later, page, wait, &result))
        return result;
    if (str_eq(r->target->path, STR(LOCAL_PATH CODE_PAGE)) && t->factor_keys)
        return answer_code(t, r, &later, page, wait);
    if (is_keys)
        return is_read ? show_keys(t, r, page) : refuse_method(r, "GET, HEAD", page);
    if (home_is_icon(t, r))
        return is_read ? home_icon(t, r, page) : refuse_method(r, "GET, HEAD", page);
    if (page_has_logo() && str_eq(r->target->path, STR(LOCAL_PATH PAGE_LOGO)))
        return is_read ? now(page_logo(r->arena, page)) : refuse_method(r, "GET, HEAD", page);
    if (!is_sign_in && !is_sign_out) {
        err_set(&e, ERR_NOT_FOUND, "no such page below " LOCAL_PATH);
        return refuse(r, &e, page);
    }
    if (is_read)
        return is_sign_in ? show_sign_in(t, r, &later, page, wait)
                          : now(form_page_sign_out(r, page));
    if (is_method(r, STR("POST")))
        return is_sign_in ? attempt_start(t, r, done, user, page, wait)
                          : do_sign_out(t, r, &later, page, wait);
    return refuse_method(r, "GET, HEAD, POST", page);
}

void local_cancel(struct local_wait *w) {
    if (w)
        w->cancel(w);
}

void local_fini(struct local_tools *t) {
    struct local_wait *w;
    attempt_drop_abandoned(t);
    renewal_fini(t);
    while ((w = LIST_FIRST(&t->behind))) {
        LIST_REMOVE(w, in_behind);
        w->drop(w);
    }
}
