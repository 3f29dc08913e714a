/* SPDX-License-Identifier: Apache-2.0 */
#include "net/srv.h"

#include "base/clock.h"

/* What 1.34 of Debian 13 would have instead, 1.18 of Debian 12 does not know. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <stdio.h>

enum {
    TRIES = 2,
    SOCKETS_MAX = ARES_GETSOCK_MAXNUM - 1, /* the bits of the last do not fit into an int */
};

struct question {
    bool is_over;
    int status;
    struct srv_answer *out;
};

static void take(struct srv_answer *out, const struct ares_srv_reply *from) {
    for (; from && out->count < SRV_MAX; from = from->next) {
        struct srv *to = &out->at[out->count];
        size_t n = strlen(from->host);
        if (n == 0 || n >= sizeof to->host)
            continue;
        memcpy(to->host, from->host, n + 1);
        to->port = from->port;
        to->priority = from->priority;
        to->weight = from->weight;
        out->count++;
    }
}

static void on_answer(void *user, int status, int timeouts, unsigned char *bytes, int n) {
    (void)timeouts;
    struct question *q = user;
    struct ares_srv_reply *records = NULL;
    q->is_over = true;
    q->status = status;
    if (status == ARES_SUCCESS)
        q->status = ares_parse_srv_reply(bytes, n, &records);
    if (q->status == ARES_SUCCESS)
        take(q->out, records);
    if (records)
        ares_free_data(records);
    if (q->status == ARES_ENODATA || q->status == ARES_ENOTFOUND)
        q->status = ARES_SUCCESS;
}

static void turn(ares_channel channel, int64_t wait_ms) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd polls[SOCKETS_MAX];
    int bits = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    nfds_t count = 0;
    for (int i = 0; i < SOCKETS_MAX; i++) {
        short events = (short)((ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) |
                               (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0));
        if (events)
            polls[count++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    poll(polls, count, (int)(wait_ms < 100 ? wait_ms : 100));
    for (nfds_t i = 0; i < count; i++)
        ares_process_fd(channel,
                        polls[i].revents & (POLLIN | POLLERR) ? polls[i].fd : ARES_SOCKET_BAD,
                        polls[i].revents & POLLOUT ? polls[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time limits */
}

static int ask(const char *servers, const char *name, int64_t timeout_ms, struct question *q) {
    ares_channel channel;
    struct ares_options options = {.timeout = (int)(timeout_ms / TRIES / 2) + 1, .tries = TRIES};
    int64_t until_us = clock_mono_us() + timeout_ms * 1000;
    int status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS)
        return status;
    if (servers)
        status = ares_set_servers_ports_csv(channel, servers);
    if (status == ARES_SUCCESS)
        ares_query(channel, name, ns_c_in, ns_t_srv, on_answer, q);
    while (status == ARES_SUCCESS && !q->is_over && clock_mono_us() < until_us)
        turn(channel, (until_us - clock_mono_us()) / 1000 + 1);
    if (status == ARES_SUCCESS && !q->is_over)
        status = ARES_ETIMEOUT;
    ares_destroy(channel); /* calls back what is still open */
    return status == ARES_SUCCESS ? q->status : status;
}

bool srv_find(const char *servers, const char *name, int64_t timeout_ms, struct srv_answer *out,
              struct err *e) {
    struct question q = {.out = out};
    *out = (struct srv_answer){0};
    int status = ask(servers, name, timeout_ms, &q);
    if (status == ARES_SUCCESS)
        return true;
    return err_set(e, status == ARES_ENOMEM ? ERR_NO_MEMORY : ERR_BACKEND_UNREACHABLE,
                   "%.256s cannot be looked up: %s", name, ares_strerror(status));
}
