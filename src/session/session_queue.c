/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_queue.h"

#include <pthread.h>
#include <stdlib.h>

struct session_queue {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    STAILQ_HEAD(, session_call) calls;
    unsigned count;
    bool is_closing;
};

static void call_free(struct session_call *c) {
    if (c->release)
        c->release(c);
    free(c);
}

static void on_closed(uv_handle_t *handle) { call_free((struct session_call *)handle); }

static void on_woken(uv_async_t *woken) {
    struct session_call *c = (struct session_call *)woken;
    if (!c->is_done)
        return;
    if (!c->is_cancelled)
        c->tell(c);
    else if (c->drop)
        c->drop(c);
    uv_close((uv_handle_t *)woken, on_closed);
}

/* From now on the call belongs to its loop. */
static void answer(struct session_call *c) {
    c->is_done = true;
    uv_async_send(&c->woken);
}

static struct session_call *take(struct session_queue *q) {
    pthread_mutex_lock(&q->lock);
    while (STAILQ_EMPTY(&q->calls) && !q->is_closing)
        pthread_cond_wait(&q->changed, &q->lock);
    struct session_call *c = STAILQ_FIRST(&q->calls);
    if (c) {
        STAILQ_REMOVE_HEAD(&q->calls, in_queue);
        q->count--;
    }
    pthread_mutex_unlock(&q->lock);
    return c;
}

/* It had its place, and has an end. */
static void put_back(struct session_queue *q, struct session_call *c) {
    pthread_mutex_lock(&q->lock);
    STAILQ_INSERT_TAIL(&q->calls, c, in_queue);
    q->count++;
    pthread_mutex_unlock(&q->lock);
}

static void *work_off(void *arg) {
    struct session_queue *q = arg;
    for (struct session_call *c; (c = take(q));) {
        c->goes_on = false;
        if (c->needs_doing || !c->is_cancelled)
            c->work(c);
        if (c->goes_on)
            put_back(q, c);
        else if (c->has_waiter)
            answer(c);
        else
            call_free(c);
    }
    return NULL;
}

/* What nobody waits for could go on for ever when the queue is closed. */
static bool add(struct session_queue *q, struct session_call *c) {
    pthread_mutex_lock(&q->lock);
    bool fits = q->count < c->queue_max && (c->has_waiter || !q->is_closing);
    if (fits) {
        STAILQ_INSERT_TAIL(&q->calls, c, in_queue);
        q->count++;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return fits;
}

static bool attach(uv_loop_t *loop, struct session_call *c) {
    c->has_waiter = uv_async_init(loop, &c->woken, on_woken) == 0;
    if (c->has_waiter)
        return true;
    call_free(c);
    return false;
}

struct session_queue *session_queue_new(struct err *e) {
    struct session_queue *q = calloc(1, sizeof *q);
    if (q) {
        pthread_mutex_init(&q->lock, NULL);
        pthread_cond_init(&q->changed, NULL);
        STAILQ_INIT(&q->calls);
        if (pthread_create(&q->thread, NULL, work_off, q) == 0)
            return q;
    }
    free(q);
    err_set(e, ERR_NO_MEMORY, "no memory for the thread of the session store");
    return NULL;
}

void session_queue_free(struct session_queue *q) {
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->is_closing = true;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

struct session_call *session_queue_ask(struct session_queue *q, uv_loop_t *loop,
                                       struct session_call *c) {
    if (!attach(loop, c))
        return NULL;
    if (!add(q, c)) {
        err_set(&c->err, ERR_BUSY, "%u calls wait for the session store, and more may not",
                c->queue_max);
        err_hint(&c->err, "Either its disk is slow (see: iostat -x 1), or somebody floods the "
                          "gateway (see the clients in the access log)");
        answer(c);
    }
    return c;
}

bool session_queue_send(struct session_queue *q, struct session_call *c) {
    bool fits = add(q, c);
    if (!fits)
        call_free(c);
    return fits;
}

struct session_call *session_queue_refuse(uv_loop_t *loop, struct session_call *c) {
    if (!attach(loop, c))
        return NULL;
    answer(c);
    return c;
}

void session_cancel(struct session_call *c) {
    if (c)
        c->is_cancelled = true;
}
