/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/encode.h"
#include "config/wildcard.h"
#include "connector/authorize.h"
#include "connector/forget.h"
#include "gateway/errand_int.h"
#include "gateway/server.h"
#include "session/session_roll.h"

#include <stdio.h>

/* Also by what is shown of them: to end too many sessions lets nobody in. */
static bool is_person(const struct identity *who, struct str user) {
    struct str subject = str_of(who->subject);
    bool has_realm = str_index(user, '@') < user.n;
    return user.n == 0 || authorize_is_named(user, who) || str_eq_ci(user, subject) ||
           (!has_realm && str_eq_ci(user, str_head(subject, str_index(subject, '@'))));
}

/* A session is good for the apps of its host and provider. */
static bool is_app(const struct session *s, const struct config_app *app) {
    struct str host = str_of(session_host(s)), label;
    if (!app)
        return true;
    return config_app_provider(app, str_of(session_identity(s)->provider)) &&
           (str_eq_ci(host, app->external.host) ||
            wildcard_match(app->external.host, host, &label));
}

static bool is_meant(const struct errand *d, const struct session *s) {
    return (!d->id[0] || strcmp(d->id, session_public_id(s)) == 0) && is_app(s, d->app) &&
           is_person(session_identity(s), str_of(d->user));
}

/* Never the cookie's value, nor claims. */
static void show(struct errand *d, const struct session *s) {
    const struct config *config = d->errands->world.config;
    const struct identity *who = session_identity(s);
    int64_t idle_ends_s = session_used_s(s) + config->session_idle_s;
    int64_t ends_s = session_created_s(s) + config->session_lifetime_s;
    buf_add_byte(&d->text, '{');
    errand_add(&d->text, "id", session_public_id(s));
    errand_add(&d->text, "user", who->subject);
    errand_add(&d->text, "provider", who->provider);
    errand_add(&d->text, "host", session_host(s));
    errand_add_time(&d->text, "signed_in", session_created_s(s));
    errand_add_time(&d->text, "last_used", session_used_s(s));
    errand_add_time(&d->text, "ends", idle_ends_s < ends_s ? idle_ends_s : ends_s);
    buf_printf(&d->text, "\"has_own_ticket\":%s}\n", who->own_ends_s ? "true" : "false");
}

static void note_ended(struct errand *d, struct session *s) {
    for (unsigned i = 0; i < d->ended_count; i++)
        if (d->ended[i] == s)
            return;
    if (d->ended_count < ERRAND_PEOPLE_MAX)
        d->ended[d->ended_count++] = session_ref(s);
    else
        d->are_too_many = true;
}

static bool on_session(void *user, struct session *s) {
    struct errand *d = user;
    if (!is_meant(d, s))
        return false;
    if (d->kind == ERRAND_SESSIONS)
        show(d, s);
    else
        note_ended(d, s);
    return true;
}

/* Also of one that failed the threads have a part: some sessions may have ended. */
static void on_done(void *user, unsigned picked, const struct err *e) {
    struct errand *d = user;
    struct errands *errands = d->errands;
    pthread_mutex_lock(&errands->lock);
    d->sessions = picked;
    d->err = *e;
    if (d->kind == ERRAND_SESSIONS)
        errand_finish(errands, d);
    else
        errand_launch(errands, d);
    pthread_mutex_unlock(&errands->lock);
}

static bool copy(struct str part, char *to, size_t size) {
    if (part.n >= size)
        return false;
    memcpy(to, part.n ? part.p : "", part.n);
    to[part.n] = '\0';
    return true;
}

/* "user\napp\nid", each perhaps empty. */
static const char *read_wish(struct errand *d, struct str asked) {
    const struct config *config = d->errands->world.config;
    struct str user = STR_NONE, app = STR_NONE, id = asked;
    str_split(&id, '\n', &user);
    str_split(&id, '\n', &app);
    if (!copy(user, d->user, sizeof d->user) || !copy(id, d->id, sizeof d->id))
        return "the name of the user, or the id, is too long\n";
    for (size_t i = 0; app.n && i < config->app_count; i++)
        if (str_eq(app, str_of(config->apps[i].name)))
            d->app = &config->apps[i];
    return app.n && !d->app ? "the configuration in force has no app of this name\n" : NULL;
}

const char *errand_ask_sessions(struct errands *e, char kind, struct str asked, int fd) {
    const char *why = "too many ask for sessions; try again\n";
    pthread_mutex_lock(&e->lock);
    struct errand *d = e->world.sessions ? errand_new(e, kind, fd) : NULL;
    pthread_mutex_unlock(&e->lock);
    if (!d)
        return why;
    const char *wrong = read_wish(d, asked);
    struct session_roll roll = {.is_end = kind != ERRAND_SESSIONS,
                                .is_cached = kind == ERRAND_END,
                                .pick = on_session,
                                .done = on_done,
                                .user = d};
    if (!wrong && session_roll(e->world.sessions, &roll))
        return NULL;
    pthread_mutex_lock(&e->lock);
    d->fd = -1; /* it stays the caller's, who says why */
    errand_finish(e, d);
    pthread_mutex_unlock(&e->lock);
    return wrong ? wrong : why;
}

static bool is_among(const struct errand *d, const struct session *s) {
    for (unsigned i = 0; i < d->ended_count; i++)
        if (strcmp(session_public_id(d->ended[i]), session_public_id(s)) == 0)
            return true;
    return false;
}

/* By what was asked: one that was pushed out of the cache while a request held it does not know
 * that it is over. When the store failed, those that go on in it go on. */
static bool has_ended(void *user, const struct session *s) {
    const struct errand *d = user;
    if (session_is_over(s))
        return true;
    return d->kind == ERRAND_FORGET ? is_among(d, s) : d->err.code == ERR_NONE && is_meant(d, s);
}

void errand_end_sessions(struct errand *d, struct server *s) {
    server_end_sessions(s, has_ended, d);
    for (unsigned i = 0; !d->are_too_many && i < d->ended_count; i++)
        connector_forget(s->connector, session_identity(d->ended[i]));
    if (d->are_too_many)
        connector_forget_all(s->connector);
}

void errand_tell_sessions(const struct errand *d, char *word, size_t size) {
    char detail[3 * BROKER_NAME_MAX];
    const char *plural = d->sessions == 1 ? "" : "s";
    if (d->kind != ERRAND_REVOKE)
        return;
    snprintf(word, size, "%u session%s revoked\n", d->sessions, plural);
    snprintf(detail, sizeof detail, "%u session%s by kerbgate sessions revoke%s%s%s%s%s%s",
             d->sessions, plural, d->user[0] ? ", of user " : "", d->user,
             d->app ? ", of app " : "", d->app ? d->app->name : "", d->id[0] ? ", with id " : "",
             d->id);
    if (d->sessions > 0)
        sink_event(d->errands->world.sink, 21009, NULL, detail);
}
