/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve.h"

#include "base/clock.h"
#include "net/resolve_names.h"
#include "net/timer.h"

#include <ares.h>
#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>

enum { TRY_MS = 2000, TRIES = 2, TICK_MS = 250, FAILURE_KEEP_S = 1 };

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
    unsigned pending; /* questions */
    struct resolve_names names;
    struct resolve_query_list ready; /* to be called back by `later` */
    size_t ready_count;
    struct timer *later;
};

struct resolve_query {
    struct resolver *resolver;
    resolve_fn *done;
    void *user;
    uint16_t port;
    struct resolve_name *name;     /* NULL: `numeric` is the answer */
    union resolve_address numeric; /* port 0 */
    bool is_ready;
    TAILQ_ENTRY(resolve_query) in_list; /* the name's or, when ready, the resolver's */
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

static void deliver(void *user);

static bool init(struct resolver *r, uv_loop_t *loop) {
    *r = (struct resolver){.loop = loop};
    r->tick = timer_new(loop, on_tick, r);
    r->later = timer_new(loop, deliver, r);
    TAILQ_INIT(&r->ready);
    resolve_names_init(&r->names);
    if (r->tick && r->later)
        return true;
    timer_free(r->tick);
    timer_free(r->later);
    return false;
}

static void fini(struct resolver *r) {
    resolve_names_fini(&r->names);
    timer_free(r->tick);
    timer_free(r->later);
    free(r);
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
#ifdef ARES_OPT_QUERY_CACHE /* 1.31: keeps failures for as long as the server likes */
    mask |= ARES_OPT_QUERY_CACHE;
    options.qcache_max_ttl = 0;
#endif
    if (!r || !init(r, loop)) {
        free(r);
        err_set(e, ERR_NO_MEMORY, "no memory for the resolver");
        return NULL;
    }
    int status = ares_init_options(&r->channel, &options, mask);
    bool has_channel = status == ARES_SUCCESS;
    if (has_channel && servers)
        status = ares_set_servers_ports_csv(r->channel, servers);
    if (status == ARES_SUCCESS)
        return r;
    err_set(e, ERR_CONFIG, "connector.dns: %s", ares_strerror(status));
    if (has_channel)
        ares_destroy(r->channel);
    fini(r);
    return NULL;
}

void resolver_free(struct resolver *r) {
    if (!r)
        return;
    ares_destroy(r->channel);
    fini(r);
}

/* Never called from inside resolve_start. */
static void make_ready(struct resolve_query *q) {
    struct resolver *r = q->resolver;
    q->is_ready = true;
    TAILQ_INSERT_TAIL(&r->ready, q, in_list);
    r->ready_count++;
    timer_start(r->later, 0);
}

static void query_free(struct resolve_query *q) {
    struct resolver *r = q->resolver;
    if (q->is_ready) {
        TAILQ_REMOVE(&r->ready, q, in_list);
        r->ready_count--;
    } else {
        TAILQ_REMOVE(&q->name->waiting, q, in_list);
    }
    if (q->name)
        q->name->users--;
    free(q);
}

static void fail(const struct resolve_name *n, struct err *e) {
    err_set(e, ERR_BACKEND_UNREACHABLE, "the host name %s cannot be resolved: %s", n->host,
            ares_strerror(n->status));
    err_hint(e,
             "Look the name up with the resolver kerbgate uses (connector.dns, or "
             "/etc/resolv.conf): host %s. Correct internal_url or the DNS record.",
             n->host);
}

static void set_port(union resolve_address *a, uint16_t port) {
    if (a->any.sa_family == AF_INET6)
        a->v6.sin6_port = htons(port);
    else
        a->v4.sin_port = htons(port);
}

static void answer(const struct resolve_query *q, struct resolve_result *result) {
    struct resolve_name *n = q->name;
    *result = (struct resolve_result){.count = n ? n->count : 1};
    if (!n)
        result->at[0] = q->numeric;
    else if (n->count == 0)
        fail(n, &result->err);
    for (size_t i = 0; n && i < n->count; i++)
        result->at[i] = n->at[(n->turn + i) % n->count];
    for (size_t i = 0; i < result->count; i++)
        set_port(&result->at[i], q->port);
    if (n)
        n->turn++;
}

/* Those that are ready now: what their owners ask for meanwhile has its turn after the loop's. */
static void deliver(void *user) {
    struct resolver *r = user;
    struct resolve_query *q;
    for (size_t n = r->ready_count; n > 0 && (q = TAILQ_FIRST(&r->ready)); n--) {
        struct resolve_result result;
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because query_free() moves the list's head on
        resolve_fn *done = q->done;
        void *who = q->user;
        answer(q, &result);
        query_free(q);
        done(who, &result);
    }
    if (r->ready_count > 0)
        timer_start(r->later, 0);
}

/* The answer for a name, for the time that the shortest-lived record of it says. */
static void keep(struct resolve_name *n, int status, const struct ares_addrinfo *info) {
    int ttl = info && info->nodes ? INT_MAX : FAILURE_KEEP_S;
    n->count = n->turn = 0;
    n->status = status;
    for (const struct ares_addrinfo_node *at = info ? info->nodes : NULL;
         at && n->count < RESOLVE_ADDRESSES_MAX; at = at->ai_next) {
        if (at->ai_addrlen > sizeof n->at[0])
            continue;
        memcpy(&n->at[n->count++], at->ai_addr, at->ai_addrlen);
        ttl = at->ai_ttl < ttl ? at->ai_ttl : ttl;
    }
    for (const struct ares_addrinfo_cname *at = info ? info->cnames : NULL; at; at = at->next)
        ttl = at->ttl < ttl ? at->ttl : ttl;
    n->ends_us = clock_mono_us() + resolve_names_keep_us(n->count > 0 ? ttl : FAILURE_KEEP_S);
}

struct question {
    struct resolver *resolver;
    struct resolve_name *name;
};

static void on_addresses(void *user, int status, int timeouts, struct ares_addrinfo *info) {
    struct question *asked = user;
    struct resolve_name *n = asked->name;
    struct resolve_query *q;
    (void)timeouts;
    asked->resolver->pending--;
    free(asked);
    n->is_asking = false;
    keep(n, status, info);
    if (info)
        ares_freeaddrinfo(info);
    while ((q = TAILQ_FIRST(&n->waiting))) {
        TAILQ_REMOVE(&n->waiting, q, in_list);
        make_ready(q);
    }
}

static bool ask(struct resolver *r, struct resolve_name *n) {
    struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NOSORT};
    struct question *asked = malloc(sizeof *asked);
    if (!asked)
        return false;
    *asked = (struct question){r, n};
    n->is_asking = true;
    if (r->pending++ == 0) /* never set back: new questions must not keep old ones waiting */
        timer_start(r->tick, TICK_MS);
    ares_getaddrinfo(r->channel, n->host, NULL, &hints, on_addresses, asked);
    return true;
}

/* Not left to c-ares: 1.18 asks DNS for the AAAA record of "127.0.0.1". */
static bool is_numeric(const char *host, union resolve_address *a) {
    *a = (union resolve_address){0};
    if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1)
        a->any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1)
        a->any.sa_family = AF_INET6;
    return a->any.sa_family != AF_UNSPEC;
}

struct resolve_query *resolve_start(struct resolver *r, const char *host, uint16_t port,
                                    resolve_fn *done, void *user) {
    struct resolve_query *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    *q = (struct resolve_query){.resolver = r, .done = done, .user = user, .port = port};
    if (is_numeric(host, &q->numeric)) {
        make_ready(q);
        return q;
    }
    struct resolve_name *n = resolve_names_get(&r->names, host);
    if (!n) {
        free(q);
        return NULL;
    }
    q->name = n;
    n->users++;
    if (!n->is_asking && clock_mono_us() < n->ends_us) {
        make_ready(q);
        return q;
    }
    TAILQ_INSERT_TAIL(&n->waiting, q, in_list);
    if (!n->is_asking && !ask(r, n)) {
        query_free(q);
        return NULL;
    }
    return q;
}

void resolve_cancel(struct resolve_query *q) {
    if (q)
        query_free(q);
}
