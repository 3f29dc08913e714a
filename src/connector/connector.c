/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/connector.h"

#include "connector/forget.h"

#include <stdlib.h>

static bool start_checks(struct connector *c, const struct connector_start *s, struct err *e) {
    struct health_checks_start with = {.loop = s->loop,
                                       .resolver = c->resolver,
                                       .config = s->config,
                                       .trust = s->trust,
                                       .health = s->health,
                                       .sink = s->sink};
    c->checks = health_checks_new(&with, e);
    return c->checks != NULL;
}

static bool start(struct connector *c, const struct connector_start *s, struct err *e) {
    struct buf servers;
    const struct config_kerberos *k = &s->config->kerberos;
    buf_init(&servers, 4096);
    config_resolvers(s->config, &servers);
    buf_add_byte(&servers, '\0');
    if (!servers.failed)
        c->resolver = resolver_new(s->loop, s->config->dns_count ? buf_str(&servers).p : NULL, e);
    else
        err_set(e, ERR_NO_MEMORY, "no memory for the resolver");
    buf_fini(&servers);
    if (!c->resolver)
        return false;
    c->pool = pool_new(s->loop, c->resolver, s->config, s->trust);
    c->has_own_names = forget_prepare(s->config);
    if (!c->pool || !c->has_own_names)
        return err_set(e, ERR_NO_MEMORY, "no memory for the connector");
    pool_count_in(c->pool, s->metrics);
    pool_heed(c->pool, s->health);
    if (s->checks_health && !start_checks(c, s, e))
        return false;
    if (!s->broker)
        return true;
    struct tickets_limits limits = {.count = s->config->limits.tickets,
                                    .bytes = s->config->limits.ticket_bytes,
                                    .timeout_ms = k->timeout_ms};
    c->tickets = tickets_new(s->broker, s->shelf, limits);
    if (!c->tickets)
        return err_set(e, ERR_NO_MEMORY, "no memory for the connector");
    c->mint = mint_new(e);
    return c->mint != NULL;
}

struct connector *connector_new(const struct connector_start *s, struct err *e) {
    struct connector *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(e, ERR_NO_MEMORY, "no memory for the connector");
        return NULL;
    }
    c->loop = s->loop;
    c->config = s->config;
    c->keys = s->keys;
    if (start(c, s, e))
        return c;
    connector_free(c);
    return NULL;
}

void connector_free(struct connector *c) {
    if (!c)
        return;
    tickets_free(c->tickets); /* with the dies, before their mint */
    mint_free(c->mint);
    health_checks_free(c->checks);
    pool_free(c->pool);
    resolver_free(c->resolver);
    free(c->has_own_names);
    free(c);
}
