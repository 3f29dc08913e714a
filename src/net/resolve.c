/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include "net/timer.h"

#include <ares.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRY_MS = 2000, TRIES = 2, TICK_MS = 250 };

/* One socket of c-ares on the loop. */
struct watch {
    uv_poll_t poll; /* first: freed as itself */
    struct resolver *resolver;
    ares_socket_t fd;
    struct watch *next;
};

struct resolver {
    uv_loop_t *loop;
    ares_channel channel;
    struct watch *watches;
    struct timer *tick;
    unsigned pending;
};

struct resolve_query {
    struct resolver *resolver;
    resolve_fn *done; /* NULL: cancelled */
    void *user;
    char *host;
    struct timer *later; /* delivers a result that c-ares had at once */
    struct resolve_result result;
    bool starting;
};

static void free_handle(uv_handle_t *handle) { free(handle); }

static void on_tick(void *user) {
    struct resolver *r = user;
    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    if (r->pending)
        timer_start(r->tick, TICK_MS);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct watch *w = (struct watch *)poll;
    struct resolver *r = w->resolver;
    ares_socket_t fd = w->fd;
    bool readable = status < 0 || events & UV_READABLE,
         writable = status < 0 || events & UV_WRITABLE;
    ares_process_fd(r->channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
}

static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable) {
    struct resolver *r = data;
    struct watch **at = &r->watches;
    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    struct watch *w = *at;
    if (!readable && !writable) { /* c-ares closes the socket after this call */
        if (w) {
            *at = w->next;
            uv_close((uv_handle_t *)&w->poll, free_handle);
        }
        return;
    }
    if (!w) {
        w = calloc(1, sizeof *w);
        if (!w || uv_poll_init_socket(r->loop, &w->poll, fd) != 0) {
            free(w); /* the query then ends by its time limit */
            return;
        }
        w->resolver = r;
        w->fd = fd;
        w->next = r->watches;
        r->watches = w;
    }
    uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_poll);
}

struct resolver *resolver_new(uv_loop_t *loop, const char *servers, struct err *e) {
    struct resolver *r = calloc(1, sizeof *r);
    struct ares_options options = {
        .timeout = TRY_MS,
        .tries = TRIES,
        .lookups = (char[]){"fb"}, /* /etc/hosts, then DNS */
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = r,
    };
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (!r || !(r->tick = timer_new(loop, on_tick, r))) {
        free(r);
        err_set(e, ERR_NO_MEMORY, "no memory for the resolver");
        return NULL;
    }
    r->loop = loop;
    int status = ares_init_options(&r->channel, &options, mask);
    bool has_channel = status == ARES_SUCCESS;
    if (has_channel && servers)
        status = ares_set_servers_ports_csv(r->channel, servers);
    if (status == ARES_SUCCESS)
        return r;
    err_set(e, ERR_CONFIG, "connector.dns: %s", ares_strerror(status));
    if (has_channel)
        ares_destroy(r->channel);
    timer_free(r->tick);
    free(r);
    return NULL;
}

void resolver_free(struct resolver *r) {
    if (!r)
        return;
    ares_destroy(r->channel);
    timer_free(r->tick);
    free(r);
}

static void query_free(struct resolve_query *q) {
    timer_free(q->later);
    free(q->host);
    free(q);
}

static void deliver(void *user) {
    struct resolve_query *q = user;
    if (q->done)
        q->done(q->user, &q->result);
    query_free(q);
}

static void on_addresses(void *user, int status, int timeouts, struct ares_addrinfo *info) {
    struct resolve_query *q = user;
    struct resolve_result *result = &q->result;
    (void)timeouts;
    q->resolver->pending--;
    for (struct ares_addrinfo_node *n = info ? info->nodes : NULL;
         n && result->count < RESOLVE_ADDRESSES_MAX; n = n->ai_next) {
        if (n->ai_addrlen <= sizeof result->at[0])
            memcpy(&result->at[result->count++], n->ai_addr, n->ai_addrlen);
    }
    if (info)
        ares_freeaddrinfo(info);
    if (result->count == 0) {
        err_set(&result->err, ERR_BACKEND_UNREACHABLE, "the host name %s cannot be resolved: %s",
                q->host, ares_strerror(status));
        err_hint(&result->err,
                 "Look the name up with the resolver kerbgate uses (connector.dns, or "
                 "/etc/resolv.conf): host %s. Correct internal_url or the DNS record.",
                 q->host);
    }
    if (q->starting) /* never call back from inside resolve_start */
        timer_start(q->later, 0);
    else
        deliver(q);
}

struct resolve_query *resolve_start(struct resolver *r, const char *host, uint16_t port,
                                    resolve_fn *done, void *user) {
    struct resolve_query *q = calloc(1, sizeof *q);
    if (q)
        *q = (struct resolve_query){.resolver = r, .done = done, .user = user, .starting = true};
    if (!q || !(q->host = strdup(host)) || !(q->later = timer_new(r->loop, deliver, q))) {
        free(q ? q->host : NULL);
        free(q);
        return NULL;
    }
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    /* Not left to c-ares: 1.18 asks DNS for the AAAA record of "127.0.0.1". */
    bool is_v4 = inet_pton(AF_INET, host, &(struct in_addr){0}) == 1;
    struct ares_addrinfo_hints hints = {.ai_family = is_v4 ? AF_INET : AF_UNSPEC,
                                        .ai_socktype = SOCK_STREAM,
                                        .ai_flags = ARES_AI_NUMERICSERV | ARES_AI_NOSORT};
    if (r->pending++ == 0) /* never set back: new questions must not keep old ones waiting */
        timer_start(r->tick, TICK_MS);
    ares_getaddrinfo(r->channel, host, service, &hints, on_addresses, q);
    q->starting = false;
    return q;
}

void resolve_cancel(struct resolve_query *q) {
    if (q)
        q->done = NULL;
}
