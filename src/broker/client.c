/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "net/timer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum { READS_PER_TURN = 64 };

struct question {
    TAILQ_ENTRY(question) pending, unsent;
    struct broker_client *client;
    uint64_t id;
    enum broker_kind kind;
    struct buf datagram; /* as it is sent; kept so that it can be sent again */
    bool is_unsent;
    int64_t ends_us; /* when the asker stops waiting */
    struct timer *deadline;
    broker_answer_fn *answer;
    void *user;
};

TAILQ_HEAD(question_list, question);

struct broker_client {
    int fd;
    uv_poll_t *poll;
    int events; /* what the poll waits for; 0: the socket is dead */
    uint64_t next_id;
    size_t count;
    struct question_list pending; /* all, oldest first */
    struct question_list unsent;  /* those the socket has not taken yet */
    char in[BROKER_MESSAGE_MAX];
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void wait_for(struct broker_client *c, int events) {
    if (events == c->events)
        return;
    c->events = events;
    uv_poll_start(c->poll, events, on_poll);
}

static void set_unsent(struct question *q, bool is_unsent) {
    if (q->is_unsent == is_unsent)
        return;
    q->is_unsent = is_unsent;
    if (is_unsent)
        TAILQ_INSERT_TAIL(&q->client->unsent, q, unsent);
    else
        TAILQ_REMOVE(&q->client->unsent, q, unsent);
}

static void question_free(struct question *q) {
    set_unsent(q, false);
    TAILQ_REMOVE(&q->client->pending, q, pending);
    q->client->count--;
    timer_free(q->deadline);
    buf_fini(&q->datagram);
    free(q);
}

/* The question is gone before its asker hears of it, who may ask the next one. */
static void finish(struct question *q, struct broker_reply *reply) {
    broker_answer_fn *answer = q->answer;
    void *user = q->user;
    question_free(q);
    answer(user, reply);
}

static void fail(struct question *q, const struct err *e) {
    struct broker_reply reply = {.id = q->id, .kind = q->kind, .err = *e};
    finish(q, &reply);
}

/* The other end is the supervisor's to keep open: this is the end of the program. */
static void die(struct broker_client *c, const char *why) {
    struct err e;
    err_set(&e, ERR_BROKER_DOWN, "the connection to the broker is lost: %s", why);
    c->events = 0;
    uv_poll_stop(c->poll);
    /* Only those that wait now: a callback may ask again, and is refused. */
    for (size_t n = c->count; n > 0 && !TAILQ_EMPTY(&c->pending); n--)
        /* The analyzer does not see TAILQ_REMOVE move the head. */
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because of that
        fail(TAILQ_FIRST(&c->pending), &e);
}

static void flush(struct broker_client *c) {
    while (!TAILQ_EMPTY(&c->unsent)) {
        struct question *q = TAILQ_FIRST(&c->unsent);
        struct str s = buf_str(&q->datagram);
        ssize_t sent = send(c->fd, s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            break; /* the poll tells when there is room, or that the socket is dead */
        set_unsent(q, false);
    }
    wait_for(c, TAILQ_EMPTY(&c->unsent) ? UV_READABLE : UV_READABLE | UV_WRITABLE);
}

static struct question *find(struct broker_client *c, uint64_t id) {
    struct question *q;
    TAILQ_FOREACH(q, &c->pending, pending) {
        if (q->id == id)
            return q;
    }
    return NULL;
}

static void take_reply(struct broker_client *c, struct str datagram) {
    struct broker_reply reply;
    if (!broker_reply_decode(datagram, &reply)) {
        log_printf(LOG_WARN, "dropped an answer of the broker that cannot be read");
        return;
    }
    struct question *q = find(c, reply.id);
    if (q && q->kind == reply.kind)
        finish(q, &reply);
    else
        broker_reply_fini(&reply); /* too late, cancelled, or meant for our predecessor */
}

static void receive(struct broker_client *c) {
    for (int i = 0; i < READS_PER_TURN && c->events; i++) {
        ssize_t n = recv(c->fd, c->in, sizeof c->in, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            die(c, n == 0 ? "it was closed" : strerror(errno));
            return;
        }
        take_reply(c, str_n(c->in, (size_t)n));
        secret_wipe(c->in, (size_t)n);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct broker_client *c = poll->data;
    if (status < 0) {
        die(c, uv_strerror(status));
        return;
    }
    if (events & UV_WRITABLE)
        flush(c);
    if (events & UV_READABLE)
        receive(c);
}

static void on_deadline(void *user) {
    struct question *q = user;
    struct err e;
    err_set(&e, ERR_BROKER_DOWN, "the broker did not answer in time");
    err_hint(&e, "Look for the broker's own messages in the log of kerbgate.");
    fail(q, &e);
}

struct broker_client *broker_client_new(uv_loop_t *loop, int fd, struct err *e) {
    struct broker_client *c = calloc(1, sizeof *c);
    uv_poll_t *poll = calloc(1, sizeof *poll);
    if (!c || !poll) {
        err_set(e, ERR_NO_MEMORY, "no memory for the broker's client");
        goto fail;
    }
    int code = uv_poll_init(loop, poll, fd);
    if (code != 0) {
        err_set(e, ERR_IO, "cannot watch the broker's socket: %s", uv_strerror(code));
        goto fail;
    }
    poll->data = c;
    c->poll = poll;
    c->fd = fd;
    /* Not from 1: a restarted worker inherits the socket, and must not take an answer to its
     * predecessor's question for one to its own. */
    secret_random(&c->next_id, sizeof c->next_id);
    TAILQ_INIT(&c->pending);
    TAILQ_INIT(&c->unsent);
    wait_for(c, UV_READABLE);
    return c;
fail:
    free(poll);
    free(c);
    return NULL;
}

static void free_handle(uv_handle_t *handle) { free(handle); }

void broker_client_free(struct broker_client *c) {
    if (!c)
        return;
    while (!TAILQ_EMPTY(&c->pending))
        /* The analyzer does not see TAILQ_REMOVE move the head. */
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because of that
        question_free(TAILQ_FIRST(&c->pending));
    uv_close((uv_handle_t *)c->poll, free_handle);
    free(c);
}

static uint64_t new_id(struct broker_client *c) {
    if (++c->next_id == 0)
        c->next_id = 1;
    return c->next_id;
}

static struct question *question_new(struct broker_client *c, const struct broker_request *asked) {
    struct question *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    struct broker_request request = *asked;
    request.id = new_id(c);
    *q = (struct question){.client = c,
                           .id = request.id,
                           .kind = request.kind,
                           .ends_us = clock_mono_us() + (int64_t)request.timeout_ms * 1000};
    buf_init_secret(&q->datagram, BROKER_MESSAGE_MAX);
    broker_request_encode(&q->datagram, &request);
    TAILQ_INSERT_TAIL(&c->pending, q, pending);
    c->count++;
    set_unsent(q, true);
    return q;
}

static bool may_ask(const struct broker_client *c, struct err *e) {
    if (!c->events)
        return err_set(e, ERR_BROKER_DOWN, "the connection to the broker is lost");
    if (c->count >= BROKER_PENDING_MAX)
        return err_set(e, ERR_BUSY, "%zu questions wait for the broker already", c->count);
    return true;
}

uint64_t broker_ask(struct broker_client *c, const struct broker_request *asked,
                    broker_answer_fn *answer, void *user, struct err *e) {
    if (!may_ask(c, e))
        return 0;
    struct question *q = question_new(c, asked);
    if (!q) {
        err_set(e, ERR_NO_MEMORY, "no memory for a question to the broker");
        return 0;
    }
    if (q->datagram.failed) {
        err_set(e,
                q->kind == BROKER_SIGN_IN  ? ERR_SIGN_IN_REFUSED
                : q->kind == BROKER_ACCEPT ? ERR_NEGOTIATE_TOKEN
                                           : ERR_KRB_USER_UNKNOWN,
                "a name or password is longer than can be, or holds a NUL byte");
        goto fail;
    }
    q->deadline = timer_new(c->poll->loop, on_deadline, q);
    if (!q->deadline) {
        err_set(e, ERR_NO_MEMORY, "no memory for a question to the broker");
        goto fail;
    }
    q->answer = answer;
    q->user = user;
    timer_start(q->deadline, (int64_t)asked->timeout_ms + BROKER_GRACE_MS);
    flush(c);
    return q->id;
fail:
    question_free(q);
    return 0;
}

void broker_cancel(struct broker_client *c, uint64_t id) {
    struct question *q = find(c, id);
    if (q)
        question_free(q);
}

/* Encodes the question anew with the time that is left. False when none is, or no memory. */
static bool renew(struct question *q) {
    struct broker_request request;
    int64_t left_ms = (q->ends_us - clock_mono_us()) / 1000;
    if (left_ms <= 0 || !broker_request_decode(buf_str(&q->datagram), &request))
        return false;
    request.timeout_ms = (uint32_t)left_ms;
    struct buf datagram;
    buf_init_secret(&datagram, BROKER_MESSAGE_MAX);
    broker_request_encode(&datagram, &request);
    bool done = !datagram.failed;
    if (done) {
        struct buf old = q->datagram;
        q->datagram = datagram;
        datagram = old;
    }
    buf_fini(&datagram);
    return done;
}

void broker_client_restarted(struct broker_client *c) {
    if (!c->events)
        return;
    struct question *q;
    TAILQ_FOREACH(q, &c->pending, pending) {
        if (renew(q)) /* else its deadline speaks for it */
            set_unsent(q, true);
    }
    flush(c);
}
