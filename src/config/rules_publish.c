/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include "config/wildcard.h"

static struct str spn_host(const char *spn) {
    struct str s = str_of(spn);
    return str_from(s, str_index(s, '/') + 1);
}

/* A label is carried over only where one was asked for. */
static void check_wildcards(const struct app_rule *r) {
    const struct config_app *app = r->app;
    struct str external = app->external.host;
    if (!rules_is_right(r, &app->external))
        return;
    if (wildcard_is(external) && str_index(str_from(external, 2), '.') == external.n - 2)
        findings_error(r->f, rules_mark(r, &app->external),
                       "apps.external_url: behind \"*.\" there is one label, which would be all of "
                       "a top level domain; expected two or more");
    if (wildcard_is(external))
        return;
    if (rules_is_right(r, &app->internal) && wildcard_is(app->internal.host))
        findings_error(r->f, rules_mark(r, &app->internal),
                       "apps.internal_url: external_url is no wildcard, there is no label to put "
                       "in the place of '*'");
    if (app->spn && wildcard_is(spn_host(app->spn)))
        findings_error(r->f, rules_mark(r, &app->spn),
                       "apps.sso.spn: external_url is no wildcard, there is no label to put in the "
                       "place of '*'");
}

/* The app whose external URL is where kerbgate would connect to; NULL when there is none. */
static const struct config_app *app_at(const struct app_rule *r, struct str host, uint16_t port) {
    struct url place = {.host = host, .port = port};
    for (size_t i = 0; i < r->c->app_count; i++) {
        const struct config_app *other = &r->c->apps[i];
        if (rules_is_right(r, &other->external) && rules_is_same_place(&place, &other->external))
            return other;
    }
    return NULL;
}

/* Back ends that are named say where to connect, whatever the URL's host is. */
static void check_circle(const struct app_rule *r) {
    const struct config_app *app = r->app, *other;
    if (!rules_is_given(r, &app->backends) && rules_is_right(r, &app->internal) &&
        (other = app_at(r, app->internal.host, app->internal.port)))
        findings_error(r->f, rules_mark(r, &app->internal),
                       "apps.internal_url: this is the external address of the app in line %u, "
                       "requests would go round in a circle",
                       other->mark.line);
    for (size_t i = 0; i < app->backend_count; i++) {
        const struct config_backend *b = &app->backends[i];
        if (b->host && (other = app_at(r, str_of(b->host), b->port)))
            findings_error(r->f, rules_mark(r, &b->host),
                           "apps.backends: this is the external address of the app in line %u, "
                           "requests would go round in a circle",
                           other->mark.line);
    }
}

static void check_backends(const struct app_rule *r) {
    const struct config_app *app = r->app;
    for (size_t i = 0; i < app->backend_count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct config_backend *a = &app->backends[j], *b = &app->backends[i];
            if (a->host && b->host && a->port == b->port &&
                str_eq_ci(str_of(a->host), str_of(b->host))) {
                findings_error(r->f, rules_mark(r, &b->host),
                               "apps.backends: this back end is in line %u already",
                               rules_mark(r, &a->host).line);
                break;
            }
        }
}

static void check_origins(const struct app_rule *r, const struct config_cors *cors) {
    for (size_t i = 0; cors->allows_credentials && i < cors->origin_count; i++)
        if (cors->origins[i] && strcmp(cors->origins[i], "*") == 0)
            findings_error(r->f, rules_mark(r, &cors->origins[i]),
                           "apps.cors.origins: with credentials every site could act in the name "
                           "of who is signed in; expected origins such as https://www.example.com, "
                           "or credentials: off");
}

static void check_cors(const struct app_rule *r) {
    const struct config_app *app = r->app;
    for (size_t i = 0; i < app->cors_count; i++) {
        const struct config_cors *cors = &app->cors[i];
        struct str path = cors->path ? str_of(cors->path) : app->external.path;
        check_origins(r, cors);
        if (cors->path && rules_is_right(r, &app->external) &&
            !str_starts(path, app->external.path))
            findings_error(r->f, rules_mark(r, &cors->path),
                           "apps.cors.path: %s is not in the app, expected a path that begins with "
                           "that of external_url, %s",
                           quote(path).text, quote(app->external.path).text);
        for (size_t j = 0; j < i; j++) {
            const struct config_cors *other = &app->cors[j];
            if (str_eq(path, other->path ? str_of(other->path) : app->external.path))
                findings_error(r->f, cors->mark,
                               "apps.cors.path: the rule in line %u is for this path too",
                               other->mark.line);
        }
    }
}

void rules_publish(const struct app_rule *r) {
    check_wildcards(r);
    check_circle(r);
    check_backends(r);
    check_cors(r);
}

static bool fill_app(struct config *c, struct config_app *app) {
    if (app->backend_count == 0) {
        struct config_backend *own = arena_alloc(&c->arena, sizeof *own);
        if (!own || !(own->host = arena_cstr(&c->arena, app->internal.host)))
            return false;
        own->port = app->internal.port;
        app->backends = own;
        app->backend_count = 1;
    }
    for (size_t i = 0; i < app->cors_count; i++)
        if (!app->cors[i].path && !(app->cors[i].path = arena_cstr(&c->arena, app->external.path)))
            return false;
    return true;
}

void rules_fill_apps(struct config *c, struct findings *f) {
    for (size_t i = 0; i < c->app_count; i++)
        if (!fill_app(c, &c->apps[i])) {
            findings_error(f, (struct config_mark){0}, "there is not enough memory");
            return;
        }
}
