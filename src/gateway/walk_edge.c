/* SPDX-License-Identifier: Apache-2.0
 *
 * What is answered before anybody is asked who they are: the way from http to https, robots,
 * preflights, maintenance, OPTIONS that may go no further.
 */
#include "config/route.h"
#include "gateway/cors.h"
#include "gateway/forward.h"
#include "gateway/walk_state.h"

#define ROBOTS_PATH STR("/robots.txt")

static bool is_read(const struct walk *w) {
    return str_eq(w->message.method, STR("GET")) || str_eq(w->message.method, STR("HEAD"));
}

/* The same address on https: only ever one of an app's (invariant 11). */
void walk_to_https(struct walk *w, struct str host) {
    const struct config *c = w->server->shared->config;
    struct route_match match = route_host_any_port(c, host);
    const struct config_app *app = route_app(&w->arena, &match);
    struct page page;
    struct err e;
    if (!match.app) {
        err_set(&e, ERR_NO_APP, "no app has an external_url at the host %.*s", STR_ARG(host));
        walk_fail(w, &e);
        return;
    }
    char *location = app ? arena_printf(&w->arena, "%.*s%.*s%.*s", STR_ARG(app->external.origin),
                                        STR_ARG(w->target.path), STR_ARG(w->target.query))
                         : NULL;
    if (location && page_redirect(&w->arena, &page, 308, str_of(location)))
        walk_page(w, &page);
    else
        walk_fail_memory(w);
}

/* Robots cannot sign in: what they find would be our own pages. */
static bool answers_robots(struct walk *w) {
    static const struct str TEXT = STR("User-agent: *\nDisallow: /\n");
    if (!str_eq(w->target.path, ROBOTS_PATH) || !is_read(w) || w->app->robots != ROBOTS_DENY)
        return false;
    struct page page = {.head = {.status = 200, .minor = 1, .body = BODY_LENGTH, .length = TEXT.n},
                        .body = TEXT};
    if (page_header(&w->arena, &page, STR("Content-Type"), STR("text/plain; charset=utf-8")) &&
        page_header(&w->arena, &page, STR("Cache-Control"), STR("max-age=3600")))
        walk_page(w, &page);
    else
        walk_fail_memory(w);
    return true;
}

static bool answers_preflight(struct walk *w) {
    struct page page = {.body = STR_NONE};
    struct err e;
    switch (cors_preflight(&w->arena, w->app, &w->message, w->target.path, &page.head)) {
    case CORS_NONE:
        return false;
    case CORS_ALLOWED:
        walk_page(w, &page);
        return true;
    case CORS_REFUSED:
        err_set(&e, ERR_CORS_REFUSED, "the cors rules of app %s do not allow this request",
                w->app->name);
        err_hint(&e, "If the other origin is meant to use it, add its origin, method or headers to "
                     "the rule with the longest path that fits.");
        walk_fail(w, &e);
        return true;
    case CORS_FULL:
        break;
    }
    walk_fail_memory(w);
    return true;
}

static bool answers_maintenance(struct walk *w) {
    struct err e;
    if (!w->app->is_in_maintenance)
        return false;
    err_set(&e, ERR_MAINTENANCE, "app %s is in maintenance", w->app->name);
    err_hint(&e, "Set maintenance: off for app %s and run: kerbgate reload", w->app->name);
    walk_fail_with(w, &e, STR("Retry-After"), STR("120")); /* RFC 9110 10.2.3 */
    return true;
}

void walk_answer_options(struct walk *w) {
    struct page page = {.head = {.status = 200, .minor = 1, .body = BODY_LENGTH}};
    if (page_header(&w->arena, &page, STR("Allow"), WALK_METHODS))
        walk_page(w, &page);
    else
        walk_fail_memory(w);
}

/* Whom it has come to with no steps left answers it (RFC 9110 7.6.2). */
static bool answers_options(struct walk *w) {
    struct err e;
    uint64_t steps;
    switch (forward_steps(&w->message, &steps)) {
    case FORWARD_ANY:
        return false;
    case FORWARD_COUNTED:
        if (steps > 0)
            return false;
        walk_answer_options(w);
        return true;
    case FORWARD_UNCLEAR:
        break;
    }
    err_set(&e, ERR_HTTP_BAD_REQUEST,
            "the Max-Forwards of an OPTIONS is not one number (RFC 9110 7.6.2)");
    walk_fail(w, &e);
    return true;
}

bool walk_answers_at_edge(struct walk *w) {
    return answers_robots(w) || answers_preflight(w) || answers_maintenance(w) ||
           answers_options(w);
}

struct route_match walk_robots_app(const struct walk *w, struct str host, uint16_t port) {
    struct route_match none = {NULL, STR_NONE};
    if (!str_eq(w->target.path, ROBOTS_PATH) || !is_read(w))
        return none;
    struct route_match match = route_host(w->server->shared->config, host, port);
    return match.app && match.app->robots == ROBOTS_DENY ? match : none;
}
