/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/balance.h"

#include "base/log.h"

#include <stdlib.h>

enum { REST_MIN_S = 1, REST_MAX_S = 30, RESTS_MAX = 5 };

struct back_end {
    unsigned in_flight;
    unsigned failures; /* in a row */
    int64_t rests_until_us;
};

struct group {
    size_t next; /* where the search for the least busy begins */
    struct back_end *at;
};

struct balance {
    const struct config *config;
    const struct health *health; /* NULL: nobody checks */
    struct group groups[];       /* of each app */
};

struct balance *balance_new(const struct config *c) {
    struct balance *b = calloc(1, sizeof *b + c->app_count * sizeof b->groups[0]);
    if (!b)
        return NULL;
    b->config = c;
    for (size_t i = 0; i < c->app_count; i++) {
        b->groups[i].at = calloc(c->apps[i].backend_count, sizeof *b->groups[i].at);
        if (!b->groups[i].at) {
            balance_free(b);
            return NULL;
        }
    }
    return b;
}

void balance_free(struct balance *b) {
    for (size_t i = 0; b && i < b->config->app_count; i++)
        free(b->groups[i].at);
    free(b);
}

void balance_heed(struct balance *b, const struct health *health) { b->health = health; }

static struct group *group_of(struct balance *b, const struct config_app *app) {
    return &b->groups[config_app_written(app) - b->config->apps];
}

static bool is_tried(uint64_t tried, size_t index) { return tried >> index & 1; }

/* FNV-1a over the person and the back end, mixed (Appleby's finaliser): the highest wins. */
static uint64_t weight(struct str person, size_t index) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < person.n; i++)
        hash = (hash ^ (unsigned char)person.p[i]) * 1099511628211u;
    hash = (hash ^ index) * 1099511628211u;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    return hash ^ hash >> 33;
}

struct judge {
    const struct health *health;
    int64_t now_us;
};

static bool is_well(const struct judge *j, const struct group *g, const struct config_app *app,
                    size_t index) {
    return g->at[index].rests_until_us <= j->now_us && !health_is_out(j->health, app, index);
}

/* Whether `index` is better than `best`, of two that may both be chosen. */
static bool is_better(const struct group *g, struct str person, size_t index, size_t best) {
    if (person.n > 0)
        return weight(person, index) > weight(person, best);
    return g->at[index].in_flight < g->at[best].in_flight;
}

/* SIZE_MAX when all are left out: tried, or not `well` (NULL: whoever it is). */
static size_t choose(const struct group *g, const struct config_app *app, struct str person,
                     uint64_t tried, const struct judge *well) {
    size_t best = SIZE_MAX, count = app->backend_count;
    for (size_t k = 0; k < count; k++) {
        size_t i = (g->next + k) % count;
        if (is_tried(tried, i) || (well && !is_well(well, g, app, i)))
            continue;
        if (best == SIZE_MAX || is_better(g, person, i, best))
            best = i;
    }
    return best;
}

size_t balance_choose(struct balance *b, const struct config_app *app, struct str person,
                      uint64_t tried, int64_t now_us) {
    struct group *g = group_of(b, app);
    size_t count = app->backend_count;
    if (count == 1)
        return 0;
    struct judge now = {.health = b->health, .now_us = now_us};
    size_t best = choose(g, app, person, tried, &now);
    if (best == SIZE_MAX) /* better a real error than a guess */
        best = choose(g, app, person, tried, NULL);
    if (best == SIZE_MAX)
        best = choose(g, app, person, 0, NULL);
    return best;
}

void balance_turn(struct balance *b, const struct config_app *app, size_t index) {
    group_of(b, app)->next = (index + 1) % app->backend_count;
}

void balance_begin(struct balance *b, const struct config_app *app, size_t index) {
    group_of(b, app)->at[index].in_flight++;
    balance_turn(b, app, index);
}

void balance_end(struct balance *b, const struct config_app *app, size_t index) {
    group_of(b, app)->at[index].in_flight--;
}

void balance_failed(struct balance *b, const struct config_app *app, size_t index, int64_t now_us) {
    struct back_end *e = &group_of(b, app)->at[index];
    int64_t rest_s = (int64_t)REST_MIN_S << (e->failures < RESTS_MAX ? e->failures : RESTS_MAX);
    if (e->failures == 0 && app->backend_count > 1)
        log_printf(LOG_WARN, "the back end %s:%u of app %s cannot be reached; others take its part",
                   app->backends[index].host, (unsigned)app->backends[index].port, app->name);
    e->failures++;
    e->rests_until_us = now_us + (rest_s < REST_MAX_S ? rest_s : REST_MAX_S) * 1000000;
}

void balance_worked(struct balance *b, const struct config_app *app, size_t index) {
    struct back_end *e = &group_of(b, app)->at[index];
    if (e->failures > 0 && app->backend_count > 1)
        log_printf(LOG_INFO, "the back end %s:%u of app %s is there again",
                   app->backends[index].host, (unsigned)app->backends[index].port, app->name);
    e->failures = 0;
    e->rests_until_us = 0;
}
