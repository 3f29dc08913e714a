/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/choice.h"

#include "base/encode.h"
#include "http/cookie.h"

enum { CHOICE_MAX = 32 * 1024, REMEMBERED_S = 180 * 24 * 60 * 60 };

bool choice_is_for_browsers(const struct config_provider *p) {
    return p->type == PROVIDER_FORM || p->type == PROVIDER_OIDC;
}

bool choice_is_there(const struct config_app *app) {
    size_t count = 0;
    for (size_t i = 0; i < app->provider_count; i++)
        count += choice_is_for_browsers(app->providers[i]);
    return count > 1;
}

struct str choice_label(const struct config_provider *p) {
    return str_of(p->label ? p->label : p->name);
}

/* By `provider`, or, with NULL, of the choice itself. */
static void add_url(struct buf *out, struct str to, const struct config_provider *provider) {
    buf_add(out, STR(LOCAL_PATH "sign-in?to="));
    encode_query(out, to);
    if (!provider) {
        buf_add(out, STR("&choose=1"));
        return;
    }
    buf_add(out, STR("&by="));
    encode_query(out, str_of(provider->name));
}

static struct str url_of(struct arena *a, struct str to, const struct config_provider *provider) {
    struct buf url;
    buf_init(&url, 4 * LOCAL_TO_MAX);
    add_url(&url, to, provider);
    struct str result = url.failed ? STR_NONE : arena_str(a, buf_str(&url));
    buf_fini(&url);
    return result;
}

struct str choice_url(struct arena *a, const struct config_app *app, struct str to) {
    return choice_is_there(app) ? url_of(a, to, NULL) : STR_NONE;
}

static void add_choice(struct buf *body, const struct words *w, struct str url,
                       const struct config_provider *p, bool is_last) {
    body->failed |= !url.p;
    buf_add(body, STR("<li><a class=\"button\" href=\""));
    encode_html(body, url);
    buf_add(body, STR("\">"));
    encode_html(body, choice_label(p));
    if (is_last) {
        buf_add(body, STR(" <small>"));
        words_add(body, w, WORD_CHOICE_LAST, STR_NONE);
        buf_add(body, STR("</small>"));
    }
    buf_add(body, STR("</a></li>\n"));
}

/* The one that was chosen the last time, while the app still has it; a cookie that is there twice
 * is nobody's. */
static const struct config_provider *last_of(const struct local_request *r,
                                             const struct config_app *app) {
    size_t count;
    struct str name = cookie_get(&r->message->headers, STR(CHOICE_COOKIE), &count);
    const struct config_provider *p = count == 1 ? config_app_provider(app, name) : NULL;
    return p && choice_is_for_browsers(p) ? p : NULL;
}

bool choice_page(const struct local_request *r, const struct config_app *app, struct str to,
                 struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    const struct config_provider *last = last_of(r, app);
    struct buf body;
    buf_init(&body, CHOICE_MAX);
    page_add_text(&body, w, WORD_CHOICE, STR_NONE);
    buf_add(&body, STR("<ul class=\"choice\" role=\"list\">\n"));
    if (last)
        add_choice(&body, w, url_of(r->arena, to, last), last, true);
    for (size_t i = 0; i < app->provider_count; i++) {
        const struct config_provider *one = app->providers[i];
        if (one != last && choice_is_for_browsers(one))
            add_choice(&body, w, url_of(r->arena, to, one), one, false);
    }
    buf_add(&body, STR("</ul>\n"));
    bool is_made =
        !body.failed && page_html(r->arena, p, w, 200, words_text(w, WORD_SIGN_IN), buf_str(&body));
    buf_fini(&body);
    return is_made;
}

bool choice_remember(struct arena *a, const struct config_app *app,
                     const struct config_provider *provider, struct page *p) {
    if (!choice_is_there(app))
        return true;
    struct str cookie =
        cookie_format(a, STR(CHOICE_COOKIE), str_of(provider->name), REMEMBERED_S, 0);
    return cookie.p && page_header(a, p, STR("Set-Cookie"), cookie);
}
