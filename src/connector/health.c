/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/health.h"

#include <stdatomic.h>
#include <stdlib.h>

struct state {
    _Atomic bool is_out;
    unsigned contrary; /* findings in a row that speak against `is_out`; the checks' own */
};

struct health {
    const struct config *config;
    struct state *of[]; /* of each app: of each back end */
};

struct health *health_new(const struct config *c) {
    struct health *h = calloc(1, sizeof *h + c->app_count * sizeof h->of[0]);
    if (!h)
        return NULL;
    h->config = c;
    for (size_t i = 0; i < c->app_count; i++) {
        h->of[i] = calloc(c->apps[i].backend_count, sizeof *h->of[i]);
        if (!h->of[i]) {
            health_free(h);
            return NULL;
        }
    }
    return h;
}

void health_free(struct health *h) {
    for (size_t i = 0; h && i < h->config->app_count; i++)
        free(h->of[i]);
    free(h);
}

static struct state *state_of(const struct health *h, const struct config_app *app, size_t index) {
    return &h->of[config_app_written(app) - h->config->apps][index];
}

bool health_is_out(const struct health *h, const struct config_app *app, size_t index) {
    return h && atomic_load_explicit(&state_of(h, app, index)->is_out, memory_order_relaxed);
}

bool health_found(struct health *h, const struct config_app *app, size_t index, bool is_well) {
    struct state *s = state_of(h, app, index);
    if (is_well != s->is_out) {
        s->contrary = 0;
        return false;
    }
    if (++s->contrary < (is_well ? app->health.rise : app->health.fall))
        return false;
    s->contrary = 0;
    atomic_store_explicit(&s->is_out, !is_well, memory_order_relaxed);
    return true;
}
