/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_facts.h"

#include "base/clock.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>

enum { TRY_MS = 1000, TRIES = 2, TICK_MS = 100, SOCKETS_MAX = 32 };

struct asking {
    ares_channel channel;
    struct pollfd sockets[SOCKETS_MAX];
    size_t socket_count;
    unsigned pending;
    struct dns_facts *out;
};

static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable) {
    struct asking *a = data;
    short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
    size_t i = 0;
    while (i < a->socket_count && a->sockets[i].fd != fd)
        i++;
    if (!events) {
        if (i < a->socket_count)
            a->sockets[i] = a->sockets[--a->socket_count];
        return;
    }
    if (i == SOCKETS_MAX) /* the question then ends by its time */
        return;
    a->socket_count += i == a->socket_count;
    a->sockets[i] = (struct pollfd){.fd = fd, .events = events};
}

/* Until nothing is asked any more, or the time is over. */
static void wait_all(struct asking *a, int64_t ends_us) {
    while (a->pending > 0 && clock_mono_us() < ends_us) {
        struct pollfd now[SOCKETS_MAX];
        size_t n = a->socket_count; /* the calls below change the list */
        memcpy(now, a->sockets, n * sizeof *now);
        int ready = poll(now, n, TICK_MS);
        for (size_t i = 0; ready > 0 && i < n; i++) {
            short what = now[i].revents;
            bool is_over = what & (POLLERR | POLLHUP | POLLNVAL);
            if (what)
                ares_process_fd(a->channel, what & POLLIN || is_over ? now[i].fd : ARES_SOCKET_BAD,
                                what & POLLOUT || is_over ? now[i].fd : ARES_SOCKET_BAD);
        }
        ares_process_fd(a->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
    if (a->pending > 0)
        ares_cancel(a->channel);
}

/* From alias to name, from the host on: answers for A and AAAA bring the same ones twice. */
static void take_chain(struct dns_facts *out, const struct ares_addrinfo_cname *all) {
    const struct ares_addrinfo_cname *c = all;
    while (c && out->chain_count < DNS_CHAIN_MAX) {
        const char *last = out->chain[out->chain_count - 1];
        if (!c->alias || !c->name || !str_eq_ci(str_of(c->alias), str_of(last)) ||
            str_eq_ci(str_of(c->alias), str_of(c->name))) {
            c = c->next;
            continue;
        }
        snprintf(out->chain[out->chain_count++], DNS_NAME_SIZE, "%s", c->name);
        c = all;
    }
}

static void take_addresses(struct dns_facts *out, const struct ares_addrinfo_node *n) {
    for (; n && out->count < RESOLVE_ADDRESSES_MAX; n = n->ai_next) {
        if (n->ai_addrlen <= sizeof out->at[0] &&
            (n->ai_family == AF_INET || n->ai_family == AF_INET6))
            memcpy(&out->at[out->count++], n->ai_addr, n->ai_addrlen);
    }
}

static void on_addresses(void *user, int status, int timeouts, struct ares_addrinfo *info) {
    struct asking *a = user;
    (void)timeouts;
    a->pending--;
    if (info) {
        take_chain(a->out, info->cnames);
        take_addresses(a->out, info->nodes);
        ares_freeaddrinfo(info);
    }
    if (a->out->count > 0)
        return;
    a->out->is_silent =
        status == ARES_ECANCELLED || status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
    snprintf(a->out->error, sizeof a->out->error, "%s",
             status == ARES_SUCCESS      ? "it has no address"
             : status == ARES_ECANCELLED ? "no answer in time"
                                         : ares_strerror(status));
}

/* Not left to c-ares: 1.18 asks DNS for the AAAA record of "127.0.0.1". */
static bool take_numeric(const char *host, struct dns_facts *out) {
    union resolve_address *a = &out->at[0];
    if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1)
        a->any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1)
        a->any.sa_family = AF_INET6;
    out->count = a->any.sa_family != AF_UNSPEC;
    return out->count > 0;
}

struct name_question {
    struct asking *asking;
    size_t address;
};

static void on_name(void *user, int status, int timeouts, struct hostent *host) {
    struct name_question *q = user;
    (void)timeouts;
    q->asking->pending--;
    if (status == ARES_SUCCESS && host && host->h_name)
        snprintf(q->asking->out->names[q->address], DNS_NAME_SIZE, "%s", host->h_name);
}

static void ask_names(struct asking *a, struct name_question *questions) {
    for (size_t i = 0; i < a->out->count; i++) {
        const union resolve_address *at = &a->out->at[i];
        bool is_v6 = at->any.sa_family == AF_INET6;
        questions[i] = (struct name_question){a, i};
        a->pending++;
        ares_gethostbyaddr(a->channel,
                           is_v6 ? (const void *)&at->v6.sin6_addr : (const void *)&at->v4.sin_addr,
                           is_v6 ? sizeof at->v6.sin6_addr : sizeof at->v4.sin_addr,
                           at->any.sa_family, on_name, &questions[i]);
    }
}

static void ask_all(struct asking *a, const struct dns_question *q) {
    struct name_question names[RESOLVE_ADDRESSES_MAX];
    struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NOSORT};
    if (!take_numeric(q->host, a->out)) {
        a->pending++;
        ares_getaddrinfo(a->channel, q->host, NULL, &hints, on_addresses, a);
        wait_all(a, q->ends_us);
    }
    ask_names(a, names);
    wait_all(a, q->ends_us);
}

void dns_facts_find(const struct dns_question *q, struct dns_facts *out) {
    struct asking a = {.out = out};
    struct ares_options options = {
        .timeout = TRY_MS,
        .tries = TRIES,
        .lookups = (char[]){"fb"}, /* /etc/hosts, then DNS */
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = &a,
    };
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    *out = (struct dns_facts){.chain_count = 1};
    snprintf(out->chain[0], DNS_NAME_SIZE, "%s", q->host);
    int status = ares_init_options(&a.channel, &options, mask);
    bool has_channel = status == ARES_SUCCESS;
    if (has_channel && q->servers)
        status = ares_set_servers_ports_csv(a.channel, q->servers);
    if (status == ARES_SUCCESS)
        ask_all(&a, q);
    else
        snprintf(out->error, sizeof out->error, "%s", ares_strerror(status));
    if (has_channel)
        ares_destroy(a.channel);
}
