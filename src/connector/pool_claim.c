/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/pool_state.h"

#include <stdlib.h>

size_t pool_index_of(const struct pool *p, const struct config_app *app) {
    return (size_t)(config_app_written(app) - p->config->apps);
}

/* FNV-1a. */
size_t pool_bucket_of(struct str identity) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < identity.n; i++)
        hash = (hash ^ (unsigned char)identity.p[i]) * 1099511628211u;
    return (hash ^ hash >> 32) % POOL_BUCKETS;
}

bool pool_is_owner(const struct claim *c, const struct pool_owner *owner) {
    return c->app == config_app_written(owner->app) && str_eq(c->identity, owner->identity) &&
           str_eq(c->host, owner->app->internal.host);
}

struct str pool_person(const struct pool_owner *owner) {
    return owner->app->is_sticky ? owner->person : STR_NONE;
}

bool claim_make(struct claim *c, struct pool *p, const struct pool_owner *owner) {
    struct str identity = owner->identity, host = owner->app->internal.host;
    char *copy = malloc(identity.n + host.n + 1);
    if (!copy)
        return false;
    memcpy(copy, identity.n ? identity.p : "", identity.n);
    memcpy(copy + identity.n, host.p, host.n);
    *c = (struct claim){.pool = p,
                        .app = config_app_written(owner->app),
                        .identity = str_n(copy, identity.n),
                        .host = str_n(copy + identity.n, host.n),
                        .bucket = pool_bucket_of(identity)};
    LIST_INSERT_HEAD(&p->claims[c->bucket], c, in_bucket);
    p->open[pool_index_of(p, c->app)]++;
    p->open_total++;
    metrics_add(p->metrics, METRICS_BACKENDS, 1);
    return true;
}

void claim_move(struct claim *to, struct claim *from) {
    LIST_REMOVE(from, in_bucket);
    *to = *from;
    LIST_INSERT_HEAD(&to->pool->claims[to->bucket], to, in_bucket);
    *from = (struct claim){0};
}

void claim_drop(struct claim *c) {
    struct pool *p = c->pool;
    if (!p)
        return;
    LIST_REMOVE(c, in_bucket);
    p->open[pool_index_of(p, c->app)]--;
    p->open_total--;
    metrics_add(p->metrics, METRICS_BACKENDS, -1);
    free((char *)c->identity.p);
    *c = (struct claim){0};
    pool_serve_soon(p);
}

static unsigned count_of(const struct pool *p, const struct pool_owner *owner) {
    unsigned count = 0;
    const struct claim *c;
    LIST_FOREACH(c, &p->claims[pool_bucket_of(owner->identity)], in_bucket)
    count += pool_is_owner(c, owner);
    return count;
}

/* What is full, and so where something idle must go. */
enum scope { SCOPE_NONE, SCOPE_IDENTITY, SCOPE_APP, SCOPE_ALL };

static enum scope full_scope(const struct pool *p, const struct pool_owner *owner) {
    const struct config_limits *l = &p->config->limits;
    if (owner->identity.n > 0 && count_of(p, owner) >= l->backend_connections_per_identity)
        return SCOPE_IDENTITY;
    if (p->open[pool_index_of(p, owner->app)] >= l->backend_connections_per_app)
        return SCOPE_APP;
    return p->open_total >= l->backend_connections ? SCOPE_ALL : SCOPE_NONE;
}

static bool is_in(const struct claim *c, enum scope scope, const struct pool_owner *owner) {
    if (scope == SCOPE_IDENTITY)
        return pool_is_owner(c, owner);
    return scope == SCOPE_ALL || c->app == config_app_written(owner->app);
}

static bool close_longest_idle(struct pool *p, enum scope scope, const struct pool_owner *owner) {
    struct backend_place *at;
    TAILQ_FOREACH(at, &p->order, in_order) {
        if (is_in(&at->claim, scope, owner)) {
            pool_close_place(at);
            return true;
        }
    }
    return false;
}

static bool busy(const struct pool *p, enum scope scope, const struct pool_owner *owner,
                 struct err *e) {
    const struct config_limits *l = &p->config->limits;
    const char *app = owner->app->name;
    if (scope == SCOPE_IDENTITY)
        err_set(e, ERR_BUSY, "one person has %u connections to the back end of app %s, all in use",
                l->backend_connections_per_identity, app);
    else if (scope == SCOPE_APP)
        err_set(e, ERR_BUSY, "app %s has %u connections to its back end, all in use", app,
                l->backend_connections_per_app);
    else
        err_set(e, ERR_BUSY, "all apps together have %u connections to back ends, all in use",
                l->backend_connections);
    err_hint(e,
             "Raise gateway.limits.backend_connections%s, or look why %s answers slowly: "
             "kerbgate events",
             scope == SCOPE_IDENTITY ? "_per_identity"
             : scope == SCOPE_APP    ? "_per_app"
                                     : "",
             app);
    return false;
}

bool claim_fits(struct pool *p, const struct pool_owner *owner, struct err *e) {
    enum scope scope;
    while ((scope = full_scope(p, owner)) != SCOPE_NONE) {
        if (!close_longest_idle(p, scope, owner))
            return busy(p, scope, owner, e);
    }
    return true;
}
