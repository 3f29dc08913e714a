/* SPDX-License-Identifier: Apache-2.0 */
#include "config/route.h"

static bool is_at(const struct config_app *app, struct str host, uint16_t port) {
    return app->external.port == port && str_eq_ci(app->external.host, host);
}

const struct config_app *route_find(const struct config *c, struct str host, uint16_t port,
                                    struct str path) {
    const struct config_app *best = NULL;
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        bool fits = is_at(app, host, port) && str_starts(path, app->external.path);
        if (fits && (!best || app->external.path.n > best->external.path.n))
            best = app;
    }
    return best;
}

const struct config_app *route_host(const struct config *c, struct str host, uint16_t port) {
    for (size_t i = 0; i < c->app_count; i++) {
        if (is_at(&c->apps[i], host, port))
            return &c->apps[i];
    }
    return NULL;
}

const struct config_app *route_without_slash(const struct config *c, struct str host, uint16_t port,
                                             struct str path) {
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        struct str wanted = str_head(app->external.path, app->external.path.n - 1);
        if (wanted.n > 0 && is_at(app, host, port) && str_eq(path, wanted))
            return app;
    }
    return NULL;
}
