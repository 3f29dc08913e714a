/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/server.h"

#include "base/log.h"
#include "connector/forget.h"
#include "gateway/client.h"
#include "gateway/errand.h"
#include "gateway/peer.h"
#include "gateway/shares.h"
#include "gateway/walk.h"
#include "net/timer.h"
#include "preauth/renewal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_TURN = 64, /* before the clients that are there get their turn */
    RENEWAL_MS = 50,       /* between two looks whether the last sessions are renewed */
    SWEEP_MS = 10000,      /* how much longer than its session a WebSocket lives at the most */
    ACCEPT_AGAIN_MS = 100, /* after the system had no descriptor or memory for one more */
};

struct listener {
    struct server *server;
    uv_poll_t *poll;
    int fd;
    const struct config_listen *config;
    struct tls_server *tls;
};

static void free_handle(uv_handle_t *handle) { free(handle); }

static size_t listener_count(const struct server *s) { return s->shared->config->listen_count; }

static void on_listener(uv_poll_t *poll, int status, int events);

static void set_accepting(struct server *s, bool on) {
    if (s->is_accepting == on || (on && s->is_draining))
        return;
    s->is_accepting = on;
    for (size_t i = 0; i < listener_count(s); i++) {
        if (on)
            uv_poll_start(s->listeners[i].poll, UV_READABLE, on_listener);
        else
            uv_poll_stop(s->listeners[i].poll);
    }
}

static bool is_full(const struct server *s) {
    return s->client_count >= s->shared->config->limits.connections;
}

/* At the limit the client that has waited longest between two requests makes room, once another is
 * there; if all are at work, new ones wait in the kernel's queue. */
static bool may_accept(struct server *s) {
    bool is_room = !is_full(s) || !TAILQ_EMPTY(&s->idle);
    if (!is_room)
        set_accepting(s, false);
    return is_room;
}

static void on_listener(uv_poll_t *poll, int status, int events) {
    struct listener *l = poll->data;
    struct server *s = l->server;
    (void)status, (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && may_accept(s); i++) {
        struct client_source from = {.listen = l->config, .tls = l->tls};
        socklen_t size = sizeof from.peer;
        int fd = accept4(l->fd, &from.peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            if (is_full(s))
                client_free(TAILQ_FIRST(&s->idle));
            client_accept(s, fd, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_printf(LOG_ERROR, "no more clients for a moment: %s", strerror(errno));
            set_accepting(s, false);
            timer_start(s->accept_again, ACCEPT_AGAIN_MS);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static void on_accept_again(void *user) { set_accepting(user, true); }

static void on_drain_end(void *user) {
    struct server *s = user;
    struct client *c;
    if (s->client_count)
        log_printf(LOG_WARN, "%u clients were cut off at the end of the drain timeout",
                   s->client_count);
    s->is_drain_over = true;
    while ((c = TAILQ_FIRST(&s->clients)))
        client_free(c);
}

/* What a provider gives out once may be on its way. */
static bool waits_for_renewals(struct server *s) {
    if (s->is_drain_over || !renewal_is_under_way(&s->tools))
        return false;
    timer_start(s->turn, RENEWAL_MS);
    return true;
}

static void tell_drained(struct server *s) {
    if (s->is_draining && s->client_count == 0 && s->drained && !waits_for_renewals(s)) {
        void (*drained)(void *user) = s->drained;
        s->drained = NULL;
        timer_stop(s->drain_end);
        drained(s->drained_user);
    }
}

static void on_turn(void *user) {
    struct server *s = user;
    struct client_list now = TAILQ_HEAD_INITIALIZER(now);
    struct client *c;
    TAILQ_CONCAT(&now, &s->turns, in_turn);
    while ((c = TAILQ_FIRST(&now))) {
        TAILQ_REMOVE(&now, c, in_turn);
        c->is_in_turns = false;
        client_turn(c);
    }
    tell_drained(s);
}

void server_add(struct server *s, struct client *c) {
    TAILQ_INSERT_TAIL(&s->clients, c, in_all);
    s->client_count++;
    metrics_add(s->metrics, METRICS_CLIENTS, 1);
}

void server_idle(struct server *s, struct client *c, bool is_idle) {
    if (c->is_in_idle == is_idle)
        return;
    c->is_in_idle = is_idle;
    if (!is_idle) {
        TAILQ_REMOVE(&s->idle, c, in_idle_list);
        return;
    }
    TAILQ_INSERT_TAIL(&s->idle, c, in_idle_list);
    if (is_full(s))
        set_accepting(s, true); /* somebody could make room now */
}

void server_remove(struct server *s, struct client *c) {
    char address[INET6_ADDRSTRLEN];
    server_idle(s, c, false);
    if (c->is_in_turns)
        TAILQ_REMOVE(&s->turns, c, in_turn);
    TAILQ_REMOVE(&s->clients, c, in_all);
    peer_text(&c->peer, address);
    connector_forget_client(s->connector, c->id, address);
    s->client_count--;
    metrics_add(s->metrics, METRICS_CLIENTS, -1);
    set_accepting(s, true);
    if (s->is_draining && s->client_count == 0)
        timer_start(s->turn, 0);
}

void server_turn(struct server *s, struct client *c) {
    if (c->is_in_turns)
        return;
    c->is_in_turns = true;
    TAILQ_INSERT_TAIL(&s->turns, c, in_turn);
    timer_start(s->turn, 0);
}

void server_drain(struct server *s, bool hands_over, void (*drained)(void *user), void *user) {
    struct client *c, *next;
    set_accepting(s, false);
    s->is_draining = true;
    s->is_handing_over = hands_over;
    s->drained = drained;
    s->drained_user = user;
    timer_start(s->drain_end, s->shared->config->limits.drain_timeout_ms);
    for (c = TAILQ_FIRST(&s->clients); c; c = next) {
        next = TAILQ_NEXT(c, in_all);
        client_drain(c);
    }
    timer_start(s->turn, 0);
}

struct ending {
    bool (*is_ended)(void *user, const struct session *session);
    void *user;
    unsigned count;
};

static void end_walk(void *user, struct walk *w) {
    struct ending *e = user;
    const struct session *session = walk_session(w);
    if (!session || !e->is_ended(e->user, session))
        return;
    e->count++;
    walk_session_ended(w);
}

unsigned server_end_sessions(struct server *s,
                             bool (*is_ended)(void *user, const struct session *session),
                             void *user) {
    struct ending e = {.is_ended = is_ended, .user = user};
    struct client *c;
    TAILQ_FOREACH(c, &s->clients, in_all)
    if (c->protocol && !c->is_gone)
        c->protocol->walks(c, end_walk, &e);
    return e.count;
}

static bool has_ended(void *user, const struct session *session) {
    const struct server *s = user;
    return session_has_ended(s->shared->sessions, session);
}

/* A new request is asked for its session; what has gone on for hours is looked at here. */
static void on_sweep(void *user) {
    struct server *s = user;
    server_end_sessions(s, has_ended, s);
    timer_start(s->sweep, SWEEP_MS);
}

static bool listen_on(struct server *s, const int *fds) {
    s->listeners = calloc(listener_count(s), sizeof *s->listeners);
    for (size_t i = 0; s->listeners && i < listener_count(s); i++) {
        struct listener *l = &s->listeners[i];
        *l = (struct listener){.server = s,
                               .fd = fds[i],
                               .config = &s->shared->config->listen[i],
                               .tls = s->shared->tls[i]};
        l->poll = calloc(1, sizeof *l->poll);
        if (!l->poll || uv_poll_init_socket(s->loop, l->poll, l->fd) != 0) {
            free(l->poll);
            l->poll = NULL;
            return false;
        }
        l->poll->data = l;
    }
    return s->listeners != NULL;
}

/* A ticket is as good as a session while it lasts. */
static void on_signed_out(void *user, const struct session_ended *ended) {
    struct server *s = user;
    if (s->shared->errands)
        errands_sign_out(s->shared->errands, ended);
}

static bool start(struct server *s, const struct server_start *with, struct err *e) {
    s->turn = timer_new(s->loop, on_turn, s);
    s->accept_again = timer_new(s->loop, on_accept_again, s);
    s->drain_end = timer_new(s->loop, on_drain_end, s);
    s->sweep = timer_new(s->loop, on_sweep, s);
    s->shares = shares_new(s->shared->config->limits.requests_per_client);
    if (!s->turn || !s->accept_again || !s->drain_end || !s->sweep || !s->shares ||
        !listen_on(s, with->listen_fds))
        return err_set(e, ERR_NO_MEMORY, "no memory for a server");
    if (with->broker_fd >= 0 && !(s->broker = broker_client_new(s->loop, with->broker_fd, e)))
        return false;
    struct connector_start c = {.loop = s->loop,
                                .config = s->shared->config,
                                .trust = s->shared->trust,
                                .keys = s->shared->keys,
                                .broker = s->broker,
                                .shelf = s->shared->shelf,
                                .metrics = s->metrics,
                                .health = s->shared->health,
                                .sink = s->shared->sink,
                                .checks_health = with->checks_health};
    s->connector = connector_new(&c, e);
    s->findings = finding_desk_new(&(struct finding_desk_start){.loop = s->loop,
                                                                .config = s->shared->config,
                                                                .broker = s->broker,
                                                                .sink = s->shared->sink});
    s->tools = (struct local_tools){.loop = s->loop,
                                    .config = s->shared->config,
                                    .sessions = s->shared->sessions,
                                    .broker = s->broker,
                                    .sink = s->shared->sink,
                                    .keys = s->shared->keys,
                                    .desk = s->shared->desk,
                                    .factor_keys = s->shared->factor_keys,
                                    .note_key = session_store_key(s->shared->sessions),
                                    .signed_out = on_signed_out,
                                    .signed_out_user = s};
    return s->connector != NULL;
}

bool server_init(struct server *s, const struct server_start *with, struct err *e) {
    *s = (struct server){.loop = with->loop, .shared = with->shared, .metrics = with->metrics};
    buf_init(&s->record, ACCESS_RECORD_MAX);
    TAILQ_INIT(&s->clients);
    TAILQ_INIT(&s->idle);
    TAILQ_INIT(&s->turns);
    if (!start(s, with, e)) {
        server_fini(s);
        return false;
    }
    set_accepting(s, true);
    timer_start(s->sweep, SWEEP_MS);
    return true;
}

void server_fini(struct server *s) {
    struct client *c;
    s->is_draining = true; /* nobody is accepted in a freed one's place */
    while ((c = TAILQ_FIRST(&s->clients)))
        client_free(c);
    connector_free(s->connector);
    local_fini(&s->tools);
    finding_desk_free(s->findings);
    if (s->broker)
        broker_client_free(s->broker);
    for (size_t i = 0; s->listeners && i < listener_count(s); i++) {
        if (s->listeners[i].poll)
            uv_close((uv_handle_t *)s->listeners[i].poll, free_handle);
    }
    free(s->listeners);
    buf_fini(&s->record);
    shares_free(s->shares);
    timer_free(s->turn);
    timer_free(s->accept_again);
    timer_free(s->drain_end);
    timer_free(s->sweep);
}
