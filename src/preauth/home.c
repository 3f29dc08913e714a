/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/home.h"

#include "base/clock.h"
#include "base/encode.h"
#include "config/wildcard.h"
#include "connector/authorize.h"

enum { HOME_MAX = 160 * 1024 }; /* some 800 apps; more is an error of its own */

static struct str title_of(const struct config_app *app) {
    return str_of(app->title ? app->title : app->name);
}

/* Whose home it is; NULL: nobody's that has signed in to it. */
static const struct identity *owner(const struct local_tools *t, const struct local_request *r) {
    const struct identity *who = r->session ? session_identity(r->session) : NULL;
    return who && config_app_provider(&t->config->home, str_of(who->provider)) ? who : NULL;
}

/* Whether her request for the start page would be let in. A wildcard app has no one start page. */
static bool is_shown(const struct local_tools *t, const struct local_request *r,
                     const struct identity *who, const struct config_app *app) {
    struct authorize_request q = {.config = t->config,
                                  .app = app,
                                  .who = who,
                                  .method = STR("GET"),
                                  .path = app->external.path,
                                  .from = r->source,
                                  .wall_s = clock_wall_s()};
    struct err e;
    if (app->listed == LISTED_OFF || wildcard_is(app->external.host))
        return false;
    if (app->provider_count == 0)
        return app->listed == LISTED_ON;
    return config_app_provider(app, str_of(who->provider)) && authorize(&q, &e);
}

/* An icon, or the first letter in its place; the title says it to those who see neither. */
static void add_picture(struct buf *out, const struct config_app *app) {
    struct str title = title_of(app);
    if (page_icon(app)->bytes.n > 0) {
        buf_add(out, STR("<img src=\"" LOCAL_PATH HOME_ICONS));
        encode_query(out, str_of(app->name));
        buf_add(out, STR("\" alt=\"\">"));
        return;
    }
    buf_add(out, STR("<span class=\"tile\" aria-hidden=\"true\">"));
    encode_html(out, str_head(title, str_utf8(title)));
    buf_add(out, STR("</span>"));
}

static void add_app(struct buf *out, const struct words *w, const struct config_app *app) {
    buf_add(out, STR("<li><a href=\""));
    encode_html(out, app->external.origin);
    encode_html(out, app->external.path);
    buf_add(out, STR("\">"));
    add_picture(out, app);
    buf_add(out, STR("<span>"));
    encode_html(out, title_of(app));
    if (app->is_in_maintenance) {
        buf_add(out, STR(" <small>"));
        words_add(out, w, WORD_HOME_MAINTENANCE, STR_NONE);
        buf_add(out, STR("</small>"));
    }
    buf_add(out, STR("</span></a></li>\n"));
}

static void add_apps(struct buf *out, const struct words *w, const struct local_tools *t,
                     const struct local_request *r, const struct identity *who) {
    const struct config *c = t->config;
    size_t shown = 0;
    for (size_t i = 0; i < c->app_count; i++) {
        if (!is_shown(t, r, who, &c->apps[i]))
            continue;
        if (shown++ == 0)
            buf_add(out, STR("<ul class=\"apps\" role=\"list\">\n"));
        add_app(out, w, &c->apps[i]);
    }
    if (shown)
        buf_add(out, STR("</ul>\n"));
    else
        page_add_text(out, w, WORD_HOME_NONE, STR_NONE);
}

static bool make_page(const struct local_tools *t, const struct local_request *r,
                      const struct identity *who, struct page *p) {
    const struct words *w = page_words(&r->message->headers);
    struct buf body;
    buf_init(&body, HOME_MAX);
    page_add_text(&body, w, WORD_SIGNED_IN_AS, str_of(who->subject));
    add_apps(&body, w, t, r, who);
    page_add_button(&body, w, WORD_SIGN_OUT_BUTTON, STR(LOCAL_PATH "sign-out"));
    bool is_made =
        !body.failed && page_html(r->arena, p, w, 200, words_text(w, WORD_HOME), buf_str(&body));
    buf_fini(&body);
    return is_made;
}

static enum local_result refuse(const struct local_request *r, const struct err *e,
                                struct page *p) {
    r->activity->err = *e;
    bool is_made = page_error(r->arena, p, e, r->activity, &r->message->headers);
    if (is_made && e->code == ERR_HTTP_METHOD) /* RFC 9110 15.5.6 */
        is_made = page_header(r->arena, p, STR("Allow"), STR("GET, HEAD"));
    return is_made ? LOCAL_NOW : LOCAL_FULL;
}

enum local_result home_answer(const struct local_tools *t, const struct local_request *r,
                              struct page *p) {
    struct str method = r->message->method;
    const struct identity *who = owner(t, r);
    struct err e;
    if (!str_eq(r->target->path, t->config->home.external.path))
        err_set(&e, ERR_NOT_FOUND, "the home is one page");
    else if (!str_eq(method, STR("GET")) && !str_eq(method, STR("HEAD")))
        err_set(&e, ERR_HTTP_METHOD, "the home is only looked at");
    else if (!who)
        err_set(&e, ERR_SIGN_IN_REQUIRED, "nobody has signed in to the home");
    else
        return make_page(t, r, who, p) ? LOCAL_NOW : LOCAL_FULL;
    return refuse(r, &e, p);
}

/* Only where the home is: elsewhere there is none to show it. */
bool home_is_icon(const struct local_tools *t, const struct local_request *r) {
    return t->config->has_home && str_starts(r->target->path, STR(LOCAL_PATH HOME_ICONS)) &&
           str_eq_ci(r->app->external.origin, t->config->home.external.origin);
}

enum local_result home_icon(const struct local_tools *t, const struct local_request *r,
                            struct page *p) {
    struct str name = str_from(r->target->path, strlen(LOCAL_PATH HOME_ICONS));
    const struct config *c = t->config;
    const struct identity *who = owner(t, r);
    struct err e;
    for (size_t i = 0; who && i < c->app_count; i++) {
        const struct image *icon = page_icon(&c->apps[i]);
        if (icon->bytes.n > 0 && str_eq(name, str_of(c->apps[i].name)) &&
            is_shown(t, r, who, &c->apps[i]))
            return page_image(r->arena, p, icon, STR("private, max-age=300")) ? LOCAL_NOW
                                                                              : LOCAL_FULL;
    }
    err_set(&e, ERR_NOT_FOUND, "there is no such icon for whoever asks");
    return refuse(r, &e, p);
}
