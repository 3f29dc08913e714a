/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/kdc_probe.h"

#include "base/clock.h"
#include "kerberos/as_req.h"
#include "kerberos/kdc_reply.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LENGTH_SIZE = 4, /* before each message over TCP (RFC 4120 7.2.2) */
    REPLY_MAX = 8192,
    RETRY_MS = 1000, /* datagrams get lost */
};

/* A conversation over one of the two. */
struct talk {
    struct kdc_probe *with;
    struct kdc_way *way;
    bool is_tcp;
    int fd; /* -1: it is over */
    bool is_connected;
    int64_t sent_us;
    size_t got;
    char reply[REPLY_MAX];
};

struct talks {
    struct str message; /* with its length before it */
    int64_t began_us, until_us;
    struct talk at[2 * KDC_PROBES_MAX];
    size_t count;
};

static void end(struct talks *all, struct talk *t, const char *failure) {
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    t->way->took_us = clock_mono_us() - all->began_us;
    t->way->has_answered = !failure;
    snprintf(t->way->failure, sizeof t->way->failure, "%s", failure ? failure : "");
}

static void say(struct talks *all, struct talk *t) {
    struct str m = t->is_tcp ? all->message : str_from(all->message, LENGTH_SIZE);
    ssize_t n = send(t->fd, m.p, m.n, MSG_NOSIGNAL);
    t->sent_us = clock_mono_us();
    if (n != (ssize_t)m.n)
        end(all, t, n < 0 ? strerror(errno) : "it does not take a message of usual size");
}

static void begin(struct talks *all, struct kdc_probe *with, bool is_tcp) {
    struct talk *t = &all->at[all->count++];
    t->with = with;
    t->is_tcp = is_tcp;
    t->way = is_tcp ? &with->tcp : &with->udp;
    t->got = 0;
    t->fd = socket(with->address.ss_family,
                   (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    t->is_connected = t->fd >= 0 && connect(t->fd, (const struct sockaddr *)&with->address,
                                            with->address_size) == 0;
    if (t->fd < 0 || (!t->is_connected && errno != EINPROGRESS))
        end(all, t, strerror(errno));
    else if (t->is_connected)
        say(all, t);
}

static void take_reply(struct talks *all, struct talk *t, struct str reply) {
    struct kdc_reply said;
    if (!kdc_reply_decode(reply, &said)) {
        end(all, t, "what answers there is no domain controller: it does not speak Kerberos");
        return;
    }
    end(all, t, NULL);
    t->with->code = said.code;
    t->with->nt_status = said.nt_status;
    if (said.stime_s) {
        t->with->has_clock = true;
        t->with->skew_s = clock_wall_s() - said.stime_s;
    }
}

static size_t length_of(const struct talk *t) {
    const unsigned char *p = (const unsigned char *)t->reply;
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static void hear(struct talks *all, struct talk *t) {
    ssize_t n = recv(t->fd, t->reply + t->got, sizeof t->reply - t->got, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end(all, t, n < 0 ? strerror(errno) : "it closed the connection without an answer");
        return;
    }
    t->got += (size_t)n;
    if (!t->is_tcp)
        take_reply(all, t, str_n(t->reply, t->got));
    else if (t->got >= LENGTH_SIZE && length_of(t) > sizeof t->reply - LENGTH_SIZE)
        end(all, t, "what answers there is no domain controller: it does not speak Kerberos");
    else if (t->got >= LENGTH_SIZE && t->got - LENGTH_SIZE >= length_of(t))
        take_reply(all, t, str_n(t->reply + LENGTH_SIZE, length_of(t)));
}

static void go_on(struct talks *all, struct talk *t, short events) {
    int error = 0;
    socklen_t size = sizeof error;
    if (!events && !t->is_tcp && clock_mono_us() - t->sent_us > (int64_t)RETRY_MS * 1000) {
        say(all, t);
        return;
    }
    if (!events)
        return;
    if (t->is_connected) {
        hear(all, t);
        return;
    }
    getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    t->is_connected = true;
    if (error)
        end(all, t, strerror(error));
    else
        say(all, t);
}

/* Whether some are still open. */
static bool turn(struct talks *all) {
    struct pollfd polls[2 * KDC_PROBES_MAX];
    bool is_open = false;
    for (size_t i = 0; i < all->count; i++) {
        short events = all->at[i].is_connected ? POLLIN : POLLOUT;
        polls[i] = (struct pollfd){.fd = all->at[i].fd, .events = events};
        is_open |= all->at[i].fd >= 0;
    }
    int64_t left_ms = (all->until_us - clock_mono_us()) / 1000;
    if (!is_open || left_ms <= 0)
        return false;
    if (poll(polls, all->count, (int)(left_ms < 100 ? left_ms : 100)) < 0 && errno != EINTR)
        return false;
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].fd >= 0)
            go_on(all, &all->at[i], polls[i].revents);
    return true;
}

static void silence(struct talks *all, struct talk *t) {
    end(all, t,
        t->is_tcp && !t->is_connected ? "the connection is not answered: a firewall drops it, or "
                                        "there is nobody"
                                      : "no answer in time");
}

static struct str message_of(const struct kdc_probe_question *q, char *memory) {
    char der[AS_REQ_MAX];
    struct str m = as_req_write(der, &(struct as_req){.client = q->client,
                                                      .realm = q->realm,
                                                      .now_s = clock_wall_s(),
                                                      .nonce = (uint32_t)clock_mono_us()});
    for (int i = 0; i < LENGTH_SIZE; i++)
        memory[i] = (char)(m.n >> (8 * (LENGTH_SIZE - 1 - i)));
    if (m.n)
        memcpy(memory + LENGTH_SIZE, m.p, m.n);
    return m.n ? str_n(memory, m.n + LENGTH_SIZE) : STR_NONE;
}

void kdc_probe(struct kdc_probe *at, size_t count, const struct kdc_probe_question *q) {
    char memory[LENGTH_SIZE + AS_REQ_MAX];
    struct talks *all = calloc(1, sizeof *all);
    if (!all)
        return;
    all->message = message_of(q, memory);
    all->began_us = clock_mono_us();
    all->until_us = all->began_us + q->timeout_ms * 1000;
    for (size_t i = 0; all->message.n && i < count && i < KDC_PROBES_MAX; i++) {
        begin(all, &at[i], true);
        begin(all, &at[i], false);
    }
    while (turn(all))
        ;
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].fd >= 0)
            silence(all, &all->at[i]);
    free(all);
}
