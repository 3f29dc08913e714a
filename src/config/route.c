/* SPDX-License-Identifier: Apache-2.0 */
#include "config/route.h"

#include "config/wildcard.h"

/* How well an app fits a host: not at all, as a wildcard, by its name. */
enum rank { RANK_NONE, RANK_WILDCARD, RANK_EXACT };

static enum rank rank_of(const struct config_app *app, struct str host, uint16_t port,
                         struct str *label) {
    *label = STR_NONE;
    if (app->external.port != port)
        return RANK_NONE;
    if (str_eq_ci(app->external.host, host) && !wildcard_is(host))
        return RANK_EXACT;
    return wildcard_match(app->external.host, host, label) ? RANK_WILDCARD : RANK_NONE;
}

/* Whatever has an address: the apps and, behind them, the home. */
static size_t place_count(const struct config *c) { return c->app_count + c->has_home; }

static const struct config_app *place(const struct config *c, size_t i) {
    return i < c->app_count ? &c->apps[i] : &c->home;
}

struct route_match route_find(const struct config *c, struct str host, uint16_t port,
                              struct str path) {
    struct route_match best = {NULL, STR_NONE};
    enum rank best_rank = RANK_NONE;
    for (size_t i = 0; i < place_count(c); i++) {
        const struct config_app *app = place(c, i);
        struct str label;
        enum rank rank = rank_of(app, host, port, &label);
        if (rank < best_rank || rank == RANK_NONE || !str_starts(path, app->external.path))
            continue;
        if (rank == best_rank && app->external.path.n <= best.app->external.path.n)
            continue;
        best = (struct route_match){app, label};
        best_rank = rank;
    }
    return best;
}

struct route_match route_host(const struct config *c, struct str host, uint16_t port) {
    struct route_match best = {NULL, STR_NONE};
    if (c->has_home && rank_of(&c->home, host, port, &best.label) == RANK_EXACT)
        return (struct route_match){&c->home, STR_NONE};
    for (size_t i = 0; i < c->app_count; i++) {
        struct str label;
        enum rank rank = rank_of(&c->apps[i], host, port, &label);
        if (rank == RANK_EXACT || (rank == RANK_WILDCARD && !best.app))
            best = (struct route_match){&c->apps[i], label};
        if (rank == RANK_EXACT)
            break;
    }
    return best;
}

struct route_match route_host_any_port(const struct config *c, struct str host) {
    struct route_match match = route_host(c, host, 443);
    for (size_t i = 0; !match.app && i < place_count(c); i++)
        match = route_host(c, host, place(c, i)->external.port);
    return match;
}

struct route_match route_without_slash(const struct config *c, struct str host, uint16_t port,
                                       struct str path) {
    struct route_match with = route_find(c, host, port, path);
    bool has_exact = with.app && with.label.n == 0;
    struct route_match best = {NULL, STR_NONE};
    for (size_t i = 0; i < place_count(c); i++) {
        const struct config_app *app = place(c, i);
        struct str label, wanted = str_head(app->external.path, app->external.path.n - 1);
        enum rank rank = rank_of(app, host, port, &label);
        if (rank == RANK_NONE || wanted.n == 0 || !str_eq(path, wanted))
            continue;
        if (rank == RANK_EXACT)
            return (struct route_match){app, STR_NONE};
        /* Behind the added '/' there would still be the app that has this host by name. */
        if (!has_exact)
            best = (struct route_match){app, label};
    }
    return best;
}

const struct config_app *route_app(struct arena *a, const struct route_match *m) {
    return m->app && m->label.n ? wildcard_fill(a, m->app, m->label) : m->app;
}
