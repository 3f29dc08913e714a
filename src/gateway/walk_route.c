/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request is for: its target, and the app at that address.
 */
#include "gateway/walk_state.h"

bool walk_is_for_all(const struct walk *w) {
    return str_eq(w->message.method, STR("OPTIONS")) && str_eq(w->message.target, STR("*"));
}

bool walk_read_target(struct walk *w, struct str *host, uint16_t *port, struct err *e) {
    struct str authority;
    if (!walk_is_for_all(w) && !target_parse(&w->arena, w->message.target, &w->target, e))
        return false;
    /* The absolute form's authority counts (RFC 9112 3.2.2); Host is to be valid all the same. */
    struct str said = headers_get(&w->message.headers, STR("Host"));
    bool is_absolute = w->target.authority.n > 0;
    authority = is_absolute ? w->target.authority : said;
    if ((is_absolute && said.p && !authority_parse(&w->arena, said, host, port)) ||
        !authority_parse(&w->arena, authority, host, port))
        return err_set(e, ERR_HTTP_BAD_REQUEST,
                       "the Host header is not a host name (RFC 9112 3.2)");
    if (*port == 0)
        *port = 443;
    activity_text(w->activity.host, sizeof w->activity.host, authority);
    activity_text(w->activity.path, sizeof w->activity.path,
                  walk_is_for_all(w) ? w->message.target : w->target.path);
    return true;
}

/* A path that lacks only its last '/' is sent there, as file servers do. */
static void add_slash(struct walk *w, const struct config_app *app) {
    struct page page;
    char *location = arena_printf(&w->arena, "%.*s%.*s%.*s", STR_ARG(app->external.origin),
                                  STR_ARG(app->external.path), STR_ARG(w->target.query));
    if (location && page_redirect(&w->arena, &page, 308, str_of(location)))
        walk_page(w, &page);
    else
        walk_fail_memory(w);
}

void walk_route(struct walk *w, struct str host, uint16_t port) {
    const struct config *c = w->server->shared->config;
    struct route_match match = route_without_slash(c, host, port, w->target.path);
    struct err e;
    bool needs_slash = match.app;
    w->is_local = !needs_slash && local_is_ours(w->target.path);
    if (w->is_local)
        match = route_host(c, host, port);
    else if (!needs_slash)
        match = route_find(c, host, port, w->target.path);
    if (!match.app)
        match = walk_robots_app(w, host, port);
    w->app = route_app(&w->arena, &match);
    if (match.app && !w->app) {
        walk_fail_memory(w);
        return;
    }
    if (needs_slash) {
        add_slash(w, w->app);
        return;
    }
    if (w->app) {
        activity_text(w->activity.app, sizeof w->activity.app, str_of(w->app->name));
        activity_text(w->activity.connector, sizeof w->activity.connector,
                      str_of(w->app->connector_group));
        if (w->is_local || !walk_answers_at_edge(w))
            walk_find_session(w);
        return;
    }
    err_set(&e, ERR_NO_APP, "no app has an external_url at https://%.*s:%u%.*s", STR_ARG(host),
            (unsigned)port, STR_ARG(str_head(w->target.path, 128)));
    walk_fail(w, &e);
}
