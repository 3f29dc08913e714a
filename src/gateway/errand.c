/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/errand.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

struct errand {
    TAILQ_ENTRY(errand) next;
    uint64_t number;
    char kind;
    char user[BROKER_NAME_MAX + 1];
    int fd;        /* -1: nobody waits for an answer */
    unsigned left; /* threads that have not done their part */
    unsigned purged;
    struct buf text;
};
TAILQ_HEAD(errand_list, errand);

struct lane {
    uv_async_t *wake; /* NULL: takes no part */
    uint64_t done;    /* number of the last one it did */
    bool drops_all;   /* a sign-out was too many: everybody's tickets go */
};

/* `lock` guards all of it; what a thread does between is its own. */
struct errands {
    pthread_mutex_t lock;
    struct errand_list under_way, ready;
    unsigned count; /* in both */
    uint64_t number;
    int fd;
    unsigned lane_count;
    struct lane lanes[];
};

struct errands *errands_new(unsigned lanes) {
    struct errands *e = calloc(1, sizeof *e + lanes * sizeof e->lanes[0]);
    if (!e)
        return NULL;
    pthread_mutex_init(&e->lock, NULL);
    TAILQ_INIT(&e->under_way);
    TAILQ_INIT(&e->ready);
    e->lane_count = lanes;
    e->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (e->fd >= 0)
        return e;
    errands_free(e);
    return NULL;
}

static void errand_free(struct errand *d) {
    if (d->fd >= 0)
        close(d->fd);
    buf_fini(&d->text);
    free(d);
}

void errands_free(struct errands *e) {
    struct errand *d;
    if (!e)
        return;
    while ((d = TAILQ_FIRST(&e->ready))) {
        TAILQ_REMOVE(&e->ready, d, next);
        errand_free(d);
    }
    if (e->fd >= 0)
        close(e->fd);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

int errands_fd(const struct errands *e) { return e->fd; }

/* Called with the lock: a thread has done its part of `d`, or never will. */
static void part_is_done(struct errands *e, struct errand *d) {
    uint64_t one = 1;
    if (--d->left > 0)
        return;
    TAILQ_REMOVE(&e->under_way, d, next);
    if (d->fd < 0) {
        e->count--;
        errand_free(d);
        return;
    }
    TAILQ_INSERT_TAIL(&e->ready, d, next);
    while (write(e->fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void errands_join(struct errands *e, unsigned lane, uv_async_t *wake) {
    pthread_mutex_lock(&e->lock);
    e->lanes[lane] = (struct lane){.wake = wake, .done = e->number};
    pthread_mutex_unlock(&e->lock);
}

/* Called with the lock: the next one for this thread, or NULL. */
static struct errand *next_for(struct errands *e, const struct lane *lane) {
    struct errand *d;
    TAILQ_FOREACH(d, &e->under_way, next) {
        if (d->number > lane->done)
            return d;
    }
    return NULL;
}

void errands_leave(struct errands *e, unsigned lane) {
    struct errand *d;
    struct lane *l = &e->lanes[lane];
    pthread_mutex_lock(&e->lock);
    while (l->wake && (d = next_for(e, l))) {
        l->done = d->number;
        part_is_done(e, d);
    }
    l->wake = NULL;
    pthread_mutex_unlock(&e->lock);
}

/* {"key":"text", or {"key":number, */
static void add(struct buf *out, const char *key, const char *text) {
    buf_printf(out, "\"%s\":\"", key);
    encode_json(out, str_of(text));
    buf_add(out, STR("\","));
}

static void add_time(struct buf *out, const char *key, int64_t wall_s) {
    char text[CLOCK_ISO_SIZE];
    clock_iso(wall_s * 1000, text);
    add(out, key, text);
}

static void show(void *user, const struct tickets_held *held) {
    struct buf *out = user;
    const struct ticket *t = held->ticket->ticket;
    char flags[TICKET_FLAGS_SIZE];
    ticket_flags_text(t->flags, flags);
    buf_add_byte(out, '{');
    add(out, "principal", t->client);
    add(out, "asked_for", held->login->name);
    add(out, "spn", held->spn);
    add(out, "server", t->server);
    add(out, "flags", flags);
    add(out, "key", ticket_enctype_name(t->enctype));
    add(out, "ticket_key", ticket_enctype_name(t->ticket_enctype));
    add_time(out, "starts", t->starts_s);
    add_time(out, "ends", t->ends_s);
    add(out, "kdc", t->kdc);
    buf_printf(out, "\"kdc_us\":%lld,\"kvno\":%u,\"bytes\":%zu,\"uses\":%llu}\n",
               (long long)t->took_us, (unsigned)t->kvno, t->der_size,
               (unsigned long long)held->ticket->uses);
}

void errands_run(struct errands *e, unsigned lane, struct tickets *tickets) {
    struct errand *d;
    struct lane *l = &e->lanes[lane];
    pthread_mutex_lock(&e->lock);
    if (l->drops_all && tickets)
        tickets_purge(tickets, STR_NONE);
    l->drops_all = false;
    while ((d = next_for(e, l))) {
        struct buf text;
        unsigned purged = 0;
        l->done = d->number;
        pthread_mutex_unlock(&e->lock);
        buf_init(&text, ERRAND_TEXT_MAX);
        if (tickets && d->kind == ERRAND_LIST)
            tickets_each(tickets, str_of(d->user), show, &text);
        else if (tickets)
            purged = tickets_purge(tickets, str_of(d->user));
        pthread_mutex_lock(&e->lock);
        d->purged += purged;
        d->text.failed |= text.failed;
        buf_add(&d->text, buf_str(&text));
        buf_fini(&text);
        part_is_done(e, d);
    }
    pthread_mutex_unlock(&e->lock);
}

/* Called with the lock. False: no memory, or too many. `fd` is taken when it answers true. */
static bool begin(struct errands *e, char kind, struct str user, int fd) {
    unsigned left = 0;
    struct errand *d = e->count < ERRANDS_MAX ? calloc(1, sizeof *d) : NULL;
    if (!d || user.n > BROKER_NAME_MAX) {
        free(d);
        return false;
    }
    for (unsigned i = 0; i < e->lane_count; i++)
        left += e->lanes[i].wake != NULL;
    /* One more part, which is done below: without threads it is ready at once. */
    *d = (struct errand){.number = ++e->number, .kind = kind, .fd = fd, .left = left + 1};
    memcpy(d->user, user.n ? user.p : "", user.n);
    buf_init(&d->text, ERRAND_TEXT_MAX);
    TAILQ_INSERT_TAIL(&e->under_way, d, next);
    e->count++;
    part_is_done(e, d);
    for (unsigned i = 0; i < e->lane_count; i++)
        if (e->lanes[i].wake)
            uv_async_send(e->lanes[i].wake);
    return true;
}

static bool say(int fd, char what, struct str text) {
    char word[1 + ERRAND_CHUNK_MAX] = {what};
    size_t n = text.n < ERRAND_CHUNK_MAX ? text.n : ERRAND_CHUNK_MAX;
    memcpy(word + 1, n ? text.p : "", n);
    return send(fd, word, 1 + n, MSG_NOSIGNAL) >= 0;
}

void errands_ask(struct errands *e, struct str asked, int fd) {
    struct timeval patience = {.tv_sec = ERRAND_WRITE_S};
    bool is_kind = asked.n > 0 && (asked.p[0] == ERRAND_LIST || asked.p[0] == ERRAND_PURGE);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    pthread_mutex_lock(&e->lock);
    bool is_begun = is_kind && begin(e, asked.p[0], str_from(asked, 1), fd);
    pthread_mutex_unlock(&e->lock);
    if (is_begun)
        return;
    say(fd, ERRAND_SAYS_NO,
        is_kind
            ? STR("too many ask for tickets, or for too long a name; try again\n")
            : STR("this kerbgate does not know what it is asked for; type: kerbgate restart\n"));
    close(fd);
}

/* Whole lines, as many as fit a datagram at a time. */
static bool say_lines(int fd, struct str text) {
    int64_t ends_us = clock_mono_us() + ERRAND_ANSWER_S * INT64_C(1000000);
    while (text.n) {
        struct str chunk = str_head(text, ERRAND_CHUNK_MAX);
        while (chunk.n && chunk.p[chunk.n - 1] != '\n')
            chunk.n--;
        if (clock_mono_us() > ends_us || !chunk.n || !say(fd, ERRAND_SAYS_MORE, chunk))
            return false;
        text = str_from(text, chunk.n);
    }
    return true;
}

static void answer(struct errand *d) {
    char word[64] = "";
    if (d->text.failed) {
        say(d->fd, ERRAND_SAYS_NO, STR("the list is too long; ask for one user: --user NAME\n"));
        return;
    }
    if (d->kind == ERRAND_PURGE)
        snprintf(word, sizeof word, "%u ticket%s dropped\n", d->purged, d->purged == 1 ? "" : "s");
    if (!say_lines(d->fd, buf_str(&d->text)) || !say(d->fd, ERRAND_SAYS_DONE, str_of(word)))
        log_printf(LOG_WARN, "who asked for tickets does not read the answer");
}

void errands_answer(struct errands *e) {
    uint64_t count;
    struct errand *d;
    if (read(e->fd, &count, sizeof count) < 0 && errno != EAGAIN)
        log_printf(LOG_ERROR, "answers of kerbgate tickets cannot be counted: %s", strerror(errno));
    for (;;) {
        pthread_mutex_lock(&e->lock);
        d = TAILQ_FIRST(&e->ready);
        if (d) {
            TAILQ_REMOVE(&e->ready, d, next);
            e->count--;
        }
        pthread_mutex_unlock(&e->lock);
        if (!d)
            return;
        answer(d);
        errand_free(d);
    }
}

static void drop_all(struct errands *e) {
    for (unsigned i = 0; i < e->lane_count; i++) {
        e->lanes[i].drops_all = true;
        if (e->lanes[i].wake)
            uv_async_send(e->lanes[i].wake);
    }
}

/* Whether an app before this one has its tickets by the same name. */
static bool is_done_before(const struct config *config, const struct config_app *app) {
    for (const struct config_app *a = config->apps; a < app; a++)
        if (a->sso == SSO_KERBEROS && a->account == app->account && login_is_same(a, app))
            return true;
    return false;
}

void errands_sign_out(struct errands *e, const struct config *config, const struct identity *who) {
    for (size_t i = 0; i < config->app_count; i++) {
        const struct config_app *app = &config->apps[i];
        struct str realm = config_account_realm(config, config_account_of(config, app));
        struct login login;
        struct err ignored; /* then there is no ticket either */
        if (app->sso != SSO_KERBEROS || is_done_before(config, app) ||
            !login_of(app, who, realm, &login, &ignored))
            continue;
        pthread_mutex_lock(&e->lock);
        if (!begin(e, ERRAND_PURGE, str_of(login.name), -1))
            drop_all(e);
        pthread_mutex_unlock(&e->lock);
    }
}
