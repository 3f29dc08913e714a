/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "connector/forget.h"
#include "gateway/errand_int.h"
#include "gateway/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct errands *errands_new(unsigned lanes, const struct errands_world *world) {
    struct errands *e = calloc(1, sizeof *e + lanes * sizeof e->lanes[0]);
    if (!e)
        return NULL;
    pthread_mutex_init(&e->lock, NULL);
    TAILQ_INIT(&e->under_way);
    TAILQ_INIT(&e->ready);
    e->lane_count = lanes;
    e->world = *world;
    e->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (e->fd >= 0)
        return e;
    errands_free(e);
    return NULL;
}

static void errand_free(struct errand *d) {
    if (d->fd >= 0)
        close(d->fd);
    for (unsigned i = 0; i < d->ended_count; i++)
        session_unref(d->ended[i]);
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

void errand_finish(struct errands *e, struct errand *d) {
    uint64_t one = 1;
    if (d->fd < 0) {
        e->count--;
        errand_free(d);
        return;
    }
    TAILQ_INSERT_TAIL(&e->ready, d, next);
    while (write(e->fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* Called with the lock: a thread has done its part of `d`, or never will. */
static void part_is_done(struct errands *e, struct errand *d) {
    if (--d->left > 0)
        return;
    TAILQ_REMOVE(&e->under_way, d, next);
    errand_finish(e, d);
}

void errands_join(struct errands *e, unsigned lane, uv_async_t *wake) {
    pthread_mutex_lock(&e->lock);
    e->lanes[lane] = (struct lane_part){.wake = wake, .done = e->number};
    pthread_mutex_unlock(&e->lock);
}

/* Called with the lock: the next one for this thread, or NULL. */
static struct errand *next_for(struct errands *e, const struct lane_part *lane) {
    struct errand *d;
    TAILQ_FOREACH(d, &e->under_way, next) {
        if (d->number > lane->done)
            return d;
    }
    return NULL;
}

void errands_leave(struct errands *e, unsigned lane) {
    struct errand *d;
    struct lane_part *l = &e->lanes[lane];
    pthread_mutex_lock(&e->lock);
    while (l->wake && (d = next_for(e, l))) {
        l->done = d->number;
        part_is_done(e, d);
    }
    l->wake = NULL;
    pthread_mutex_unlock(&e->lock);
}

void errand_add(struct buf *out, const char *key, const char *text) {
    buf_printf(out, "\"%s\":\"", key);
    encode_json(out, str_of(text));
    buf_add(out, STR("\","));
}

void errand_add_time(struct buf *out, const char *key, int64_t wall_s) {
    char text[CLOCK_ISO_SIZE];
    clock_iso(wall_s * 1000, text);
    errand_add(out, key, text);
}

static void show(void *user, const struct tickets_held *held) {
    struct buf *out = user;
    const struct ticket *t = held->ticket->ticket;
    char flags[TICKET_FLAGS_SIZE];
    ticket_flags_text(t->flags, flags);
    buf_add_byte(out, '{');
    errand_add(out, "principal", t->client);
    errand_add(out, "asked_for", held->login->name);
    errand_add(out, "spn", held->spn);
    errand_add(out, "server", t->server);
    errand_add(out, "flags", flags);
    errand_add(out, "key", ticket_enctype_name(t->enctype));
    errand_add(out, "ticket_key", ticket_enctype_name(t->ticket_enctype));
    errand_add_time(out, "starts", t->starts_s);
    errand_add_time(out, "ends", t->ends_s);
    errand_add(out, "kdc", t->kdc);
    buf_printf(out, "\"kdc_us\":%lld,\"kvno\":%u,\"bytes\":%zu,\"uses\":%llu}\n",
               (long long)t->took_us, (unsigned)t->kvno, t->der_size,
               (unsigned long long)held->ticket->uses);
}

static bool is_over(void *user, const struct session *s) {
    (void)user;
    return session_is_over(s);
}

static void drop_everybodys(struct server *server) {
    server_end_sessions(server, is_over, NULL);
    connector_forget_all(server->connector);
}

/* Without the lock, which is only for what is put together afterwards. */
static void do_part(struct errand *d, struct server *server, unsigned *purged, struct buf *text) {
    struct tickets *tickets = server ? server->connector->tickets : NULL;
    bool is_about_sessions =
        d->kind == ERRAND_REVOKE || d->kind == ERRAND_END || d->kind == ERRAND_FORGET;
    if (server && is_about_sessions)
        errand_end_sessions(d, server);
    else if (tickets && d->kind == ERRAND_LIST)
        tickets_each(tickets, str_of(d->user), show, text);
    else if (tickets)
        *purged = tickets_purge(tickets, str_of(d->user));
}

void errands_run(struct errands *e, unsigned lane, struct server *server) {
    struct errand *d;
    struct lane_part *l = &e->lanes[lane];
    pthread_mutex_lock(&e->lock);
    bool drops_all = l->drops_all && server;
    l->drops_all = false;
    pthread_mutex_unlock(&e->lock);
    if (drops_all)
        drop_everybodys(server);
    pthread_mutex_lock(&e->lock);
    while ((d = next_for(e, l))) {
        struct buf text;
        unsigned purged = 0;
        l->done = d->number;
        pthread_mutex_unlock(&e->lock);
        buf_init(&text, ERRAND_TEXT_MAX);
        do_part(d, server, &purged, &text);
        pthread_mutex_lock(&e->lock);
        d->purged += purged;
        d->text.failed |= text.failed;
        buf_add(&d->text, buf_str(&text));
        buf_fini(&text);
        part_is_done(e, d);
    }
    pthread_mutex_unlock(&e->lock);
}

struct errand *errand_new(struct errands *e, char kind, int fd) {
    struct errand *d = e->count < ERRANDS_MAX ? calloc(1, sizeof *d) : NULL;
    if (!d)
        return NULL;
    d->errands = e;
    d->kind = kind;
    d->fd = fd;
    buf_init(&d->text, ERRAND_TEXT_MAX);
    e->count++;
    return d;
}

void errand_launch(struct errands *e, struct errand *d) {
    /* One more part, which is done below: without threads it is ready at once. */
    d->left = 1;
    d->number = ++e->number;
    for (unsigned i = 0; i < e->lane_count; i++)
        d->left += e->lanes[i].wake != NULL;
    TAILQ_INSERT_TAIL(&e->under_way, d, next);
    part_is_done(e, d);
    for (unsigned i = 0; i < e->lane_count; i++)
        if (e->lanes[i].wake)
            uv_async_send(e->lanes[i].wake);
}

/* Called with the lock. False: no memory, or too many. `fd` is taken when it answers true. */
static bool begin(struct errands *e, char kind, struct str user, int fd) {
    struct errand *d = user.n <= BROKER_NAME_MAX ? errand_new(e, kind, fd) : NULL;
    if (!d)
        return false;
    memcpy(d->user, user.n ? user.p : "", user.n);
    errand_launch(e, d);
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
    char kind = asked.n > 0 ? asked.p[0] : 0;
    const char *why = "this kerbgate does not know what it is asked for; type: kerbgate restart\n";
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (kind == ERRAND_LIST || kind == ERRAND_PURGE) {
        pthread_mutex_lock(&e->lock);
        bool is_begun = begin(e, kind, str_from(asked, 1), fd);
        pthread_mutex_unlock(&e->lock);
        why = is_begun ? NULL : "too many ask for tickets, or for too long a name; try again\n";
    } else if (kind == ERRAND_SESSIONS || kind == ERRAND_REVOKE || kind == ERRAND_END) {
        why = errand_ask_sessions(e, kind, str_from(asked, 1), fd);
    }
    if (!why)
        return;
    say(fd, ERRAND_SAYS_NO, str_of(why));
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
    char word[sizeof d->err.detail + sizeof d->err.hint + 4] = "";
    if (d->err.code != ERR_NONE) {
        snprintf(word, sizeof word, "%s\n%s%s", d->err.detail, d->err.hint,
                 d->err.hint[0] ? "\n" : "");
        say(d->fd, ERRAND_SAYS_NO, str_of(word));
        return;
    }
    if (d->text.failed) {
        say(d->fd, ERRAND_SAYS_NO, STR("the list is too long; ask for one user: --user NAME\n"));
        return;
    }
    if (d->kind == ERRAND_PURGE)
        snprintf(word, sizeof word, "%u ticket%s dropped\n", d->purged, d->purged == 1 ? "" : "s");
    else if (d->kind != ERRAND_LIST)
        errand_tell_sessions(d, word, sizeof word);
    if ((!say_lines(d->fd, buf_str(&d->text)) || !say(d->fd, ERRAND_SAYS_DONE, str_of(word))) &&
        errno != EPIPE) /* gone */
        log_printf(LOG_WARN, "who asked for tickets or sessions does not read the answer");
}

void errands_answer(struct errands *e) {
    uint64_t count;
    struct errand *d;
    if (read(e->fd, &count, sizeof count) < 0 && errno != EAGAIN)
        log_printf(LOG_ERROR, "answers of errands cannot be counted: %s", strerror(errno));
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

void errands_sign_out(struct errands *e, const struct session_ended *ended) {
    pthread_mutex_lock(&e->lock);
    struct errand *d = errand_new(e, ERRAND_FORGET, -1);
    if (d) {
        for (size_t i = 0; i < ended->count; i++)
            d->ended[d->ended_count++] = session_ref(ended->at[i]);
        d->are_too_many = ended->total > ended->count;
        errand_launch(e, d);
    } else {
        drop_all(e);
    }
    pthread_mutex_unlock(&e->lock);
}
