/* SPDX-License-Identifier: Apache-2.0 */
#include "events/sink.h"

#include "base/clock.h"
#include "events/catalogue.h"
#include "events/event_store.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLOSE_WAIT_US = 2000000 };

struct sink {
    struct event_store *store; /* the thread's, once it runs */
    unsigned rows_max;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    struct event_row queue[SINK_QUEUE]; /* a ring */
    size_t first, count;
    unsigned refused; /* did not fit, and were not told about yet */
    bool is_closing;
    /* The thread's: */
    struct event_row batch[SINK_BATCH];
};

/* The fields that are empty are left out; what a request looked like is in its access record. */
static void log_event(const struct event_row *r) {
    const struct catalogue_row *known = catalogue_find(r->event);
    const struct activity *a = &r->activity;
    const char *title = known      ? known->title
                        : r->event ? "An event that is not in the catalogue"
                                   : err_info(a->err.code)->title;
    char event[16] = "";
    if (r->event)
        snprintf(event, sizeof event, "%d", r->event);
    const struct log_field all[] = {
        {"event", str_of(event)},          {"id", str_of(a->id)},
        {"app", str_of(a->app)},           {"user", str_of(a->user)},
        {"client", str_of(a->client)},     {"error", str_of(r->error)},
        {"detail", str_of(a->err.detail)}, {"hint", str_of(a->err.hint)},
    };
    struct log_field fields[sizeof all / sizeof *all + 1] = {0};
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].value.n)
            fields[n++] = all[i];
    log_line(r->level, title, fields);
}

static void log_lost(size_t n, const char *why) {
    char count[24];
    snprintf(count, sizeof count, "%zu", n);
    const struct log_field fields[] = {
        {"lost", str_of(count)}, {"detail", str_of(why)}, {NULL, STR_NONE}};
    log_line(LOG_ERROR, "events are only in the log, not in the store", fields);
}

/* Waits for something to write, and takes it out of the queue; 0 when the sink is closed. */
static size_t take_batch(struct sink *s, unsigned *refused) {
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    while (s->count == 0 && !s->is_closing)
        pthread_cond_wait(&s->changed, &s->lock);
    for (; n < SINK_BATCH && s->count > 0; n++) {
        s->batch[n] = s->queue[s->first];
        s->first = (s->first + 1) % SINK_QUEUE;
        s->count--;
    }
    *refused = s->refused;
    s->refused = 0;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void *write_events(void *arg) {
    struct sink *s = arg;
    struct err e;
    unsigned refused;
    for (size_t n; (n = take_batch(s, &refused)) > 0;) {
        if (refused)
            log_lost(refused, "the queue to the store was full");
        if (!event_store_write(s->store, s->batch, n, s->rows_max, &e))
            log_lost(n, e.detail);
    }
    return NULL;
}

struct sink *sink_open(const char *store, unsigned rows_max, struct err *e) {
    struct sink *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, ERR_NO_MEMORY, "no memory for the events' queue");
        return NULL;
    }
    s->rows_max = rows_max;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->store = event_store_open(store, DATABASE_WRITE, e);
    if (s->store && pthread_create(&s->thread, NULL, write_events, s) == 0)
        return s;
    if (s->store)
        err_set(e, ERR_NO_MEMORY, "no memory for the events' thread");
    event_store_close(s->store);
    free(s);
    return NULL;
}

void sink_close(struct sink *s) {
    if (!s)
        return;
    event_store_give_up_at(s->store, clock_mono_us() + CLOSE_WAIT_US);
    pthread_mutex_lock(&s->lock);
    s->is_closing = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    event_store_close(s->store);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void record(struct sink *s, const struct event_row *r) {
    log_event(r);
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    if (s->count == SINK_QUEUE) {
        s->refused++;
    } else {
        s->queue[(s->first + s->count) % SINK_QUEUE] = *r;
        s->count++;
        pthread_cond_signal(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
}

void sink_activity(struct sink *s, const struct activity *a) {
    int event = err_info(a->err.code)->event;
    struct event_row r;
    if (a->err.code == ERR_NONE)
        return;
    event_row_make(&r, event, a, NULL);
    if (event) {
        record(s, &r);
    } else {
        r.level = LOG_INFO;
        log_event(&r);
    }
}

void sink_event(struct sink *s, int event, const struct activity *a, const char *text) {
    struct event_row r;
    event_row_make(&r, event, a, text);
    record(s, &r);
}

bool sink_event_once(const char *store, int event, const char *text) {
    struct event_row r;
    struct err e;
    event_row_make(&r, event, NULL, text);
    log_event(&r);
    struct event_store *s = event_store_open(store, DATABASE_WRITE, &e);
    /* The oldest are left to the sink, which knows how many may stay. */
    bool is_written = s && event_store_write(s, &r, 1, INT_MAX, &e);
    if (!is_written)
        log_lost(1, e.detail);
    event_store_close(s);
    return is_written;
}
