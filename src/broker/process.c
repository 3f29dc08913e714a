/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/process.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "broker/accept.h"
#include "broker/explain.h"
#include "broker/ldap_gss.h"
#include "broker/policy.h"
#include "broker/realm.h"
#include "directory/directory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    QUEUE_LIMIT = 1024,      /* askers that wait at a time, all workers */
    READS_PER_TURN = 64,     /* questions taken from one socket before the others get a turn */
    TIMEOUT_MAX_MS = 120000, /* what a worker may ask for at most */
    COMPLAINT_EVERY_US = 10000000, /* between two lines about what a worker does wrong */
    IDLE_THREADS_END_US = 500000,  /* those that wait for no KDC end at once */
    POLL_CONTROL = 0,
    POLL_WAKE = 1,
    POLL_SOCKETS = 2,
};

/* Something that happens at a worker's will: counted, and logged now and then. */
struct complaint {
    const char *what;
    uint64_t count;
    int64_t next_us;
};

struct broker {
    const struct broker_start *start;
    struct realm *realms; /* by the number of their account */
    size_t realm_count;
    int wake_fd; /* eventfd: a job is done */
    struct pollfd *polls;
    bool is_draining;
    int64_t ends_us; /* when draining: not later than this */
    struct complaint unreadable, unread;
    char in[BROKER_MESSAGE_MAX];
};

static void complain(struct complaint *c) {
    int64_t now = clock_mono_us();
    c->count++;
    if (now < c->next_us)
        return;
    log_printf(LOG_WARN, "%s (%llu since the last such line)", c->what,
               (unsigned long long)c->count);
    c->count = 0;
    c->next_us = now + COMPLAINT_EVERY_US;
}

static void wake(void *user) {
    struct broker *b = user;
    uint64_t one = 1;
    while (write(b->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void send_reply(struct broker *b, size_t socket, const struct broker_reply *reply) {
    struct buf out;
    buf_init_secret(&out, BROKER_MESSAGE_MAX);
    broker_reply_encode(&out, reply);
    if (out.failed && reply->err.code == ERR_NONE) {
        struct broker_reply sorry = {.id = reply->id, .kind = reply->kind};
        err_set(&sorry.err, ERR_INTERNAL, "the ticket is larger than can be passed on");
        buf_clear(&out);
        broker_reply_encode(&out, &sorry);
    }
    struct str s = buf_str(&out);
    /* Never waits: a worker that does not read loses its answers, not the others theirs. */
    if (out.failed || send(b->start->sockets[socket], s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        complain(&b->unread);
    buf_fini(&out);
}

static void refuse(struct broker *b, size_t socket, uint64_t id, enum broker_kind kind,
                   const struct err *e) {
    struct broker_reply reply = {.id = id, .kind = kind, .err = *e};
    send_reply(b, socket, &reply);
}

/* A person's KDC is proven by an account of the same realm, where there is one; else by the first,
 * to which there has to be a trust. */
static size_t prover_of(const struct broker *b, struct str realm) {
    for (size_t i = 0; i < b->realm_count; i++) {
        if (str_eq(config_account_realm(b->start->config, i), realm))
            return i;
    }
    return 0;
}

/* Whose question it is. People's own tickets are opened by the account that sealed them at their
 * sign-in. NULL: there is no such account. */
static struct realm *realm_for(const struct broker *b, const struct broker_request *q) {
    size_t at = q->account;
    const struct config *config = b->start->config;
    const struct config_provider *taker =
        q->kind == BROKER_ACCEPT ? accept_provider(config, q->provider, q->host) : NULL;
    if (q->kind == BROKER_ACCEPT)
        at = taker ? config_negotiate_account(config, taker) : SIZE_MAX;
    else if (q->kind == BROKER_SIGN_IN)
        at = prover_of(b, q->realm);
    else if (q->name_type == BROKER_NAME_OWN)
        at = prover_of(b, policy_name_of(q->user).realm);
    return at < b->realm_count ? &b->realms[at] : NULL;
}

static void take_question(struct broker *b, size_t socket, struct str datagram) {
    struct broker_request request;
    struct err e;
    if (!broker_request_decode(datagram, &request)) {
        complain(&b->unreadable);
        return;
    }
    if (request.timeout_ms > TIMEOUT_MAX_MS)
        request.timeout_ms = TIMEOUT_MAX_MS;
    struct realm *realm = realm_for(b, &request);
    if (!realm)
        complain(&b->unreadable);
    else if (!queue_put(realm->queue, socket, datagram, &request, &e))
        refuse(b, socket, request.id, request.kind, &e);
}

static void read_socket(struct broker *b, size_t socket) {
    struct pollfd *poll = &b->polls[POLL_SOCKETS + socket];
    for (int i = 0; i < READS_PER_TURN; i++) {
        ssize_t n = recv(poll->fd, b->in, sizeof b->in, MSG_DONTWAIT | MSG_TRUNC);
        /* An empty datagram also reads as 0; the end is when the poll says so, too. */
        if (n <= 0 && poll->revents & (POLLHUP | POLLERR | POLLNVAL))
            poll->fd = -1;
        if (n < 0)
            return;
        if ((size_t)n > sizeof b->in)
            complain(&b->unreadable);
        else
            take_question(b, socket, str_n(b->in, (size_t)n));
        secret_wipe(b->in, (size_t)n < sizeof b->in ? (size_t)n : sizeof b->in);
        if (poll->fd < 0)
            return;
    }
}

static void send_done_of(struct broker *b, struct queue *queue) {
    struct job *job;
    while ((job = queue_next_done(queue))) {
        struct asker *a;
        TAILQ_FOREACH(a, &job->askers, next) {
            job->reply.id = a->id;
            send_reply(b, a->socket, &job->reply);
        }
        job_free(job);
    }
}

static void send_done(struct broker *b) {
    uint64_t count;
    if (read(b->wake_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        log_printf(LOG_ERROR, "the broker's wake-up cannot be read: %s", strerror(errno));
    for (size_t i = 0; i < b->realm_count; i++)
        send_done_of(b, b->realms[i].queue);
}

/* The broker itself says that a KDC is silent, while the thread that asked it still waits. */
static void send_overdue(struct broker *b, const struct realm *r) {
    struct queue_overdue late;
    while (queue_next_overdue(r->queue, clock_mono_us(), &late)) {
        struct err e;
        explain_silence(&r->config.kerberos, late.kind == BROKER_SIGN_IN ? STEP_SIGN_IN : STEP_AS,
                        late.is_running, late.waited_ms, &e);
        refuse(b, late.socket, late.id, late.kind, &e);
    }
}

static void read_control(struct broker *b) {
    char told = 0;
    ssize_t n = recv(b->start->control_fd, &told, 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    bool is_drain = n == 1 && told == BROKER_IS_TOLD_DRAIN;
    if (n > 0 && !is_drain)
        return;
    b->is_draining = true;
    b->ends_us = clock_mono_us();
    if (is_drain)
        b->ends_us += b->start->config->limits.drain_timeout_ms * 1000;
    for (size_t i = 0; i < b->start->socket_count; i++)
        b->polls[POLL_SOCKETS + i].fd = -1;
    if (!is_drain)
        b->polls[POLL_CONTROL].fd = -1;
}

static bool is_idle(struct broker *b) {
    for (size_t i = 0; i < b->realm_count; i++) {
        if (!queue_is_idle(b->realms[i].queue))
            return false;
    }
    return true;
}

static bool is_over(struct broker *b) {
    return b->is_draining && (is_idle(b) || clock_mono_us() >= b->ends_us);
}

static int wait_ms(struct broker *b) {
    int64_t until = INT64_MAX;
    for (size_t i = 0; i < b->realm_count; i++) {
        int64_t its = queue_deadline(b->realms[i].queue);
        until = its < until ? its : until;
    }
    if (b->is_draining && b->ends_us < until)
        until = b->ends_us;
    if (until == INT64_MAX)
        return -1;
    int64_t ms = (until - clock_mono_us() + 999) / 1000;
    return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void serve(struct broker *b) {
    nfds_t count = (nfds_t)(POLL_SOCKETS + b->start->socket_count);
    while (!is_over(b)) {
        if (poll(b->polls, count, wait_ms(b)) < 0 && errno != EINTR) {
            log_printf(LOG_ERROR, "the broker cannot wait: %s", strerror(errno));
            return;
        }
        if (b->polls[POLL_CONTROL].fd >= 0 && b->polls[POLL_CONTROL].revents)
            read_control(b);
        send_done(b);
        for (size_t i = 0; i < b->realm_count; i++)
            send_overdue(b, &b->realms[i]);
        for (size_t i = 0; i < b->start->socket_count; i++) {
            if (b->polls[POLL_SOCKETS + i].fd >= 0 && b->polls[POLL_SOCKETS + i].revents)
                read_socket(b, i);
        }
    }
}

static bool prepare_polls(struct broker *b, struct err *e) {
    const struct broker_start *s = b->start;
    b->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    b->polls = calloc(POLL_SOCKETS + s->socket_count, sizeof *b->polls);
    if (b->wake_fd < 0 || !b->polls)
        return err_set(e, ERR_NO_MEMORY, "no memory for the broker");
    b->polls[POLL_CONTROL] = (struct pollfd){.fd = s->control_fd, .events = POLLIN};
    b->polls[POLL_WAKE] = (struct pollfd){.fd = b->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < s->socket_count; i++)
        b->polls[POLL_SOCKETS + i] = (struct pollfd){.fd = s->sockets[i], .events = POLLIN};
    return true;
}

static bool load_keys(struct broker *b, struct err *e) {
    const struct config *config = b->start->config;
    size_t count = 1 + config->kerberos.account_count;
    b->realms = calloc(count, sizeof *b->realms);
    if (!b->realms)
        return err_set(e, ERR_NO_MEMORY, "no memory for the broker");
    while (b->realm_count < count) {
        size_t number = b->realm_count++;
        if (!realm_load(&b->realms[number], config, number, e))
            return false;
    }
    return true;
}

/* The order matters: keytabs are read with the rights to do so, everything after without. */
static bool prepare(struct broker *b, struct err *e) {
    b->unreadable.what = "dropped a question that cannot be read";
    b->unread.what = "dropped an answer that a worker does not take";
    if (!load_keys(b, e) ||
        !sandbox_enter(&(struct sandbox){.user = b->start->config->broker_user}, e) ||
        !prepare_polls(b, e))
        return false;
    directory_init();
    ldap_gss_init(b->start->config->kerberos.krb5_conf);
    for (size_t i = 0; i < b->realm_count; i++) {
        if (!realm_start(&b->realms[i], QUEUE_LIMIT, wake, b, e))
            return false;
    }
    return true;
}

static void tell_supervisor(const struct broker *b, const struct err *e) {
    char message[1 + sizeof *e] = {e ? BROKER_SAYS_ERROR : BROKER_SAYS_READY};
    if (e)
        memcpy(message + 1, e, sizeof *e);
    if (send(b->start->control_fd, message, e ? sizeof message : 1, MSG_NOSIGNAL) < 0)
        log_printf(LOG_ERROR, "the supervisor cannot be told: %s", strerror(errno));
}

/* Threads that still wait for a KDC keep all they use; the process ends over them. */
static void release(struct broker *b) {
    int64_t until = clock_mono_us() + IDLE_THREADS_END_US;
    bool are_gone = true;
    for (size_t i = 0; i < b->realm_count; i++)
        are_gone = realm_free(&b->realms[i], until) && are_gone;
    if (!are_gone)
        return;
    free(b->realms);
    if (b->wake_fd >= 0)
        close(b->wake_fd);
    free(b->polls);
    free(b);
}

int broker_process(const struct broker_start *s) {
    struct err e = {0};
    struct broker *b = calloc(1, sizeof *b);
    if (!b)
        return 1;
    b->start = s;
    b->wake_fd = -1;
    log_process("broker");
    bool is_ready = prepare(b, &e);
    if (!is_ready)
        log_err(LOG_ERROR, "the broker cannot start", &e);
    tell_supervisor(b, is_ready ? NULL : &e);
    if (is_ready)
        serve(b);
    release(b);
    return is_ready ? 0 : 1; // NOLINT(clang-analyzer-unix.Malloc): because see release()
}
