/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/finding.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "broker/examine.h"
#include "config/config.h"
#include "doctor/reason.h"
#include "doctor/subject.h"
#include "events/catalogue.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    KEEP_US = 10000000,
    TIMEOUT_MS = 5000,
    KEY_MAX = 512,
};

/* What was found for one app, person and error. */
struct kept {
    char key[KEY_MAX]; /* empty: nothing */
    int64_t until_us;
    char detail[sizeof((struct err *)NULL)->detail];
    char hint[sizeof((struct err *)NULL)->hint];
};

struct pending {
    struct finding_desk *desk;
    uint64_t asked; /* 0: free */
    char key[KEY_MAX];
    struct activity activity;
    struct activity *more[FINDING_SHARED_MAX]; /* that ended in the same way meanwhile */
    size_t more_count;
    json_t *facts;
};

struct finding_desk {
    struct finding_desk_start with;
    struct pending pending[FINDING_PENDING_MAX];
    struct kept kept[FINDING_KEPT];
    size_t next_kept;
};

struct finding_desk *finding_desk_new(const struct finding_desk_start *start) {
    struct finding_desk *d = calloc(1, sizeof *d);
    if (d)
        d->with = *start;
    return d;
}

static void clear(struct pending *p) {
    json_decref(p->facts);
    for (size_t i = 0; i < p->more_count; i++)
        free(p->more[i]);
    *p = (struct pending){.desk = p->desk};
}

void finding_desk_free(struct finding_desk *d) {
    if (!d)
        return;
    for (size_t i = 0; i < FINDING_PENDING_MAX; i++) {
        if (d->pending[i].asked)
            broker_cancel(d->with.broker, d->pending[i].asked);
        clear(&d->pending[i]);
    }
    free(d);
}

/* Of what the broker or the application said no to a person's ticket; what the gateway itself could
 * not do has no facts to look at. */
static bool is_explainable(const struct activity *a) {
    int event = err_info(a->err.code)->event;
    return event == 13019 || event == 13020 || event == 13022;
}

static void record(struct finding_desk *d, const struct activity *of, const struct kept *k) {
    struct activity a = *of;
    snprintf(a.err.detail, sizeof a.err.detail, "%s", k->detail);
    snprintf(a.err.hint, sizeof a.err.hint, "%s", k->hint);
    sink_event(d->with.sink, EVENT_FINDING, &a, NULL);
}

static struct kept *keep(struct finding_desk *d, const char *key) {
    struct kept *k = &d->kept[d->next_kept];
    d->next_kept = (d->next_kept + 1) % FINDING_KEPT;
    *k = (struct kept){.until_us = clock_mono_us() + KEEP_US};
    snprintf(k->key, sizeof k->key, "%s", key);
    return k;
}

static const struct kept *find_kept(const struct finding_desk *d, const char *key) {
    for (size_t i = 0; i < FINDING_KEPT; i++) {
        if (strcmp(d->kept[i].key, key) == 0 && clock_mono_us() < d->kept[i].until_us)
            return &d->kept[i];
    }
    return NULL;
}

static const json_t *first_said(const json_t *report) {
    const json_t *checks = facts_at(report, "checks"), *said;
    size_t i;
    json_array_foreach(checks, i, said) {
        if (strcmp(facts_text(said, "role"), "cause") == 0)
            return said;
    }
    return NULL;
}

/* As many of `list` as there is room for; none is cut. */
static void add_lines(char *out, size_t size, const json_t *list, const char *key) {
    const json_t *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        const char *line = key ? facts_text(entry, key) : json_string_value(entry);
        size_t used = strlen(out);
        if (used + strlen(line) + 2 <= size)
            snprintf(out + used, size - used, "%s%s", used ? "\n" : "", line);
    }
}

/* The first cause with its evidence, and the commands that mend it. */
static void word(struct kept *k, const json_t *report) {
    const json_t *said = first_said(report);
    if (!said) {
        snprintf(k->detail, sizeof k->detail,
                 "asked again now, there is nothing wrong: what failed was mended, or was the "
                 "application's alone");
        return;
    }
    snprintf(k->detail, sizeof k->detail, "%s (%s): ", facts_text(said, "name"),
             facts_text(said, "id"));
    size_t used = strlen(k->detail);
    snprintf(k->detail + used, sizeof k->detail - used, "%.400s",
             json_string_value(json_array_get(facts_at(said, "detail"), 0)));
    add_lines(k->detail, sizeof k->detail, facts_at(said, "evidence"), NULL);
    add_lines(k->hint, sizeof k->hint, facts_at(said, "remedies"), "command");
}

static void conclude(struct pending *p) {
    json_t *report = reason(p->facts, clock_wall_s());
    struct kept *k = keep(p->desk, p->key);
    if (report)
        word(k, report);
    record(p->desk, &p->activity, k);
    for (size_t i = 0; i < p->more_count; i++)
        record(p->desk, p->more[i], k);
    json_decref(report);
    clear(p);
}

/* What the request itself has seen, for what cannot be, or need not be, tried again. */
static void add_held(json_t *facts, const struct activity *a) {
    static const struct {
        const char *step, *path;
    } STEPS[] = {
        {"AS-REQ", "kerberos.tgt"}, {"S4U2Self", "kerberos.self"}, {"S4U2Proxy", "kerberos.proxy"}};
    if (err_info(a->err.code)->event == 13022) {
        json_t *node = json_pack("{s:{s:b},s:{s:b,s:i,s:[s]}}", "tcp", "ok", 1, "signed_in", "ok",
                                 1, "status", 401, "www_authenticate", "Negotiate");
        json_set_text(node, "backend", str_of(a->backend));
        facts_put(facts, "target.nodes.+", node);
    }
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        if (strcmp(a->err.kdc.step, STEPS[i].step) == 0 && !facts_at(facts, STEPS[i].path))
            facts_put(facts, STEPS[i].path, examine_error(&a->err));
    }
    if (!a->err.kdc.step[0] && a->err.code == ERR_KRB_KDC_UNREACHABLE)
        facts_put(facts, "kerberos.tgt", examine_error(&a->err));
}

static void on_answer(void *user, struct broker_reply *reply) {
    struct pending *p = user;
    json_t *found = reply->facts ? json_loads(reply->facts, 0, NULL) : NULL;
    p->asked = 0;
    broker_reply_fini(reply);
    if (found)
        json_object_update(p->facts, found);
    json_decref(found);
    add_held(p->facts, &p->activity);
    conclude(p);
}

/* The app as the request had it, also one of a wildcard's. */
static json_t *facts_of(const struct finding_desk *d, const struct config_app *app,
                        const struct activity *a, const struct login *login) {
    json_t *facts = facts_new();
    subject_app(facts, d->with.config, app);
    facts_put(facts, "person.asked", json_text(str_of(a->user)));
    facts_put(facts, "person.subject", json_text(str_of(a->user)));
    facts_put(facts, "person.name", json_text(str_of(login->name)));
    return facts;
}

/* The same failure is being looked into: one finding for both. */
static bool share(struct finding_desk *d, const char *key, const struct activity *a) {
    for (size_t i = 0; i < FINDING_PENDING_MAX; i++) {
        struct pending *p = &d->pending[i];
        if (!p->asked || strcmp(p->key, key) != 0)
            continue;
        struct activity *copy = p->more_count < FINDING_SHARED_MAX ? malloc(sizeof *copy) : NULL;
        if (copy) {
            *copy = *a;
            p->more[p->more_count++] = copy;
        }
        return true;
    }
    return false;
}

static struct pending *room(struct finding_desk *d) {
    for (size_t i = 0; i < FINDING_PENDING_MAX; i++) {
        if (!d->pending[i].asked)
            return &d->pending[i];
    }
    return NULL;
}

/* A KDC that is silent would hold another thread of the broker. */
static bool is_worth_asking(const struct activity *a) {
    return a->err.code != ERR_KRB_KDC_UNREACHABLE;
}

static void ask(struct pending *p, const struct config_app *app, const struct login *login,
                struct str proof) {
    struct finding_desk *d = p->desk;
    struct broker_request q = {.kind = BROKER_EXAMINE,
                               .account = login->account,
                               .timeout_ms = TIMEOUT_MS,
                               .user = str_of(login->name),
                               .name_type = login->type,
                               .spn = str_of(app->spn),
                               .proof = proof};
    struct err e;
    p->asked = broker_ask(d->with.broker, &q, on_answer, p, &e);
    if (!p->asked)
        clear(p);
}

void finding_ask(struct finding_desk *d, const struct config_app *app, const struct identity *who,
                 const struct activity *a) {
    struct login login;
    struct err e;
    char key[KEY_MAX];
    if (!d || !app || !who || !d->with.broker || app->uses_own_ticket || !is_explainable(a))
        return;
    size_t account = config_account_of(d->with.config, app);
    if (!login_of(app, who, config_account_realm(d->with.config, account), &login, &e) ||
        login.type == BROKER_NAME_CERTIFICATE)
        return;
    login.account = (uint8_t)account;
    snprintf(key, sizeof key, "%s\n%.256s\n%.128s\n%s", app->name, login.name, a->spn,
             err_info(a->err.code)->name);
    const struct kept *k = find_kept(d, key);
    if (k)
        record(d, a, k);
    struct pending *p = k || share(d, key, a) ? NULL : room(d);
    if (!p)
        return;
    *p = (struct pending){.desk = d, .activity = *a, .facts = facts_of(d, app, a, &login)};
    snprintf(p->key, sizeof p->key, "%s", key);
    if (is_worth_asking(a)) {
        ask(p, app, &login, str_n((const char *)who->own_ticket, who->own_ticket_size));
    } else {
        add_held(p->facts, a);
        conclude(p);
    }
}
