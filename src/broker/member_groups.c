/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/member_groups.h"

#include "base/clock.h"
#include "base/log.h"
#include "broker/protocol.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

struct member_group {
    const char *text;
    struct sid sid; /* count 0: the group `rid` of the person's domain, or not known */
    uint32_t rid;
    bool is_known;
    int64_t again_us; /* not before is it looked up */
};

struct member_groups {
    pthread_mutex_t lock; /* guards what follows, and what changes in `groups` */
    pthread_cond_t heard; /* nobody asks the directory any more */
    bool is_asking;
    size_t count;
    struct member_group groups[MEMBER_GROUPS_MAX];
};

static void add(struct member_groups *m, const char *text) {
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->groups[i].text, text) == 0)
            return;
    if (m->count == MEMBER_GROUPS_MAX) {
        log_printf(LOG_WARN, "apps let in more than %d groups: nobody is in those behind",
                   MEMBER_GROUPS_MAX);
        return;
    }
    struct member_group *g = &m->groups[m->count++];
    g->text = text;
    g->is_known = sid_parse(str_of(text), &g->sid) || sid_rid_of_group(str_of(text), &g->rid);
}

static void add_all(struct member_groups *m, const struct config_allow *allow) {
    for (size_t i = 0; i < allow->group_count; i++)
        add(m, allow->groups[i]);
}

struct member_groups *member_groups_new(const struct config *config, struct err *e) {
    struct member_groups *m = calloc(1, sizeof *m);
    if (!m) {
        err_set(e, ERR_NO_MEMORY, "no memory for groups");
        return NULL;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->heard, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; i < config->app_count; i++) {
        const struct config_app *app = &config->apps[i];
        if (!config_app_provider_of(app, PROVIDER_FORM) &&
            !config_app_provider_of(app, PROVIDER_NEGOTIATE))
            continue;
        add_all(m, &app->allow);
        for (size_t j = 0; j < app->rule_count; j++)
            add_all(m, &app->rules[j].allow);
    }
    return m;
}

void member_groups_free(struct member_groups *m) {
    if (!m)
        return;
    pthread_cond_destroy(&m->heard);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

bool member_groups_are_wanted(const struct member_groups *m) { return m && m->count > 0; }

/* The next one to look up from `i` on; false: none. */
static bool next_due(struct member_groups *m, size_t *i) {
    int64_t now_us = clock_mono_us();
    bool is_due = false;
    pthread_mutex_lock(&m->lock);
    for (; *i < m->count && !is_due; ++*i)
        is_due = !m->groups[*i].is_known && now_us >= m->groups[*i].again_us;
    pthread_mutex_unlock(&m->lock);
    *i -= is_due;
    return is_due;
}

bool member_groups_are_due(struct member_groups *m) {
    size_t first = 0;
    return m && next_due(m, &first);
}

static void look_up(struct member_groups *m, size_t i, const struct member_asker *a) {
    struct err e = {.code = ERR_NONE};
    struct member_group *g = &m->groups[i];
    struct sid sid;
    bool is_found = a->find(a->user, g->text, a->until_us, &sid, &e);
    pthread_mutex_lock(&m->lock);
    if (is_found) {
        g->sid = sid;
        g->is_known = true;
    } else {
        g->again_us = clock_mono_us() + MEMBER_GROUPS_AGAIN_S * INT64_C(1000000);
    }
    pthread_mutex_unlock(&m->lock);
    if (!is_found)
        log_printf(LOG_WARN, "who is in the group \"%s\" of an allow is not known: %s", g->text,
                   e.detail);
}

static bool has_time(const struct member_asker *a) {
    return clock_mono_us() + MEMBER_GROUPS_LEAST_MS * INT64_C(1000) < a->until_us;
}

/* Waits until nobody asks, and is the one who does. False: not before `until_us`. */
static bool take_turn(struct member_groups *m, int64_t until_us) {
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    int waited = 0;
    pthread_mutex_lock(&m->lock);
    while (m->is_asking && waited == 0)
        waited = pthread_cond_timedwait(&m->heard, &m->lock, &until);
    bool is_mine = !m->is_asking;
    m->is_asking = true;
    pthread_mutex_unlock(&m->lock);
    return is_mine;
}

static void end_turn(struct member_groups *m) {
    pthread_mutex_lock(&m->lock);
    m->is_asking = false;
    pthread_cond_signal(&m->heard);
    pthread_mutex_unlock(&m->lock);
}

void member_groups_ask(struct member_groups *m, const struct member_asker *a) {
    if (!take_turn(m, a->until_us))
        return;
    for (size_t i = 0; has_time(a) && next_due(m, &i); i++)
        look_up(m, i, a);
    end_turn(m);
}

static bool is_same(void *user, const struct sid *group) { return sid_eq(user, group); }

static bool is_member(const struct member_group *g, const struct pac *pac) {
    struct sid sid = g->sid;
    return g->is_known && (sid.count > 0 || sid_in_domain(&pac->domain, g->rid, &sid)) &&
           pac_find_group(pac, is_same, &sid);
}

char *member_groups_of(struct member_groups *m, const struct pac *pac) {
    json_t *list = json_array();
    size_t size = 2;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; pac->has_groups && i < m->count; i++) {
        const struct member_group *g = &m->groups[i];
        if (!is_member(g, pac))
            continue;
        size += 6 * strlen(g->text) + 3; /* escaped, at the worst */
        if (size > BROKER_GROUPS_MAX) {
            log_printf(LOG_WARN,
                       "somebody is in more groups of allow than a sign-in carries: "
                       "those from \"%s\" on are left out",
                       g->text);
            break;
        }
        json_array_append_new(list, json_string(g->text));
    }
    pthread_mutex_unlock(&m->lock);
    char *text = json_array_size(list) ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}
