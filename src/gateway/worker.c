/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/worker.h"

#include "base/log.h"
#include "base/sandbox.h"
#include "base/spare.h"
#include "connector/assertion.h"
#include "gateway/admin.h"
#include "gateway/errand.h"
#include "gateway/listen_tls.h"
#include "gateway/server.h"
#include "net/tls.h"
#include "preauth/bearer_cache.h"
#include "preauth/certificate_desk.h"
#include "preauth/factor_keys.h"
#include "preauth/oidc_desk.h"
#include "preauth/page.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Free memory that a thread keeps: with the C library's 128 KB, a busy one gives pages back and
 * fetches them again all the time, which took a quarter of the processor time of a request on a
 * machine that had other work, too. */
enum { HEAP_KEPT = 4 << 20 };

/* One event loop and its thread. The main thread only waits for the supervisor's words and passes
 * them on. */
struct lane {
    uv_loop_t loop;
    uv_thread_t thread;
    uv_async_t told; /* look at the words below */
    struct server server;
    struct admin *admin; /* the first lane's, if there is one */
    unsigned number;
    _Atomic bool is_told_drain, is_told_end, is_told_broker, hands_over;
    struct worker *worker;
    bool has_loop, has_server, has_thread;
};

struct worker {
    const struct worker_start *start;
    struct server_shared shared;
    struct lane *lanes;
    struct metrics **metrics; /* of each lane */
    const char **app_names;
    struct standing *standing;
    struct look *look;      /* of our pages */
    unsigned left, drained; /* lanes; guarded by `lock` */
    pthread_mutex_t lock;
    int drained_fd[2]; /* a byte when the last lane has drained */
};

/* Whether this was the last lane. */
static bool count(struct worker *w, unsigned *lanes) {
    pthread_mutex_lock(&w->lock);
    bool is_last = ++*lanes == w->start->threads;
    pthread_mutex_unlock(&w->lock);
    return is_last;
}

static void on_drained(void *user) {
    struct worker *w = ((struct lane *)user)->worker;
    if (count(w, &w->drained) && write(w->drained_fd[1], "d", 1) != 1)
        log_printf(LOG_ERROR, "the end of draining cannot be told: %s", strerror(errno));
}

static void tell_supervisor(const struct worker *w, char word, const struct err *e) {
    char message[1 + sizeof *e] = {word};
    if (e)
        memcpy(message + 1, e, sizeof *e);
    if (send(w->start->control_fd, message, e ? sizeof message : 1, MSG_NOSIGNAL) < 0)
        log_printf(LOG_ERROR, "the supervisor cannot be told: %s", strerror(errno));
}

static void on_told(uv_async_t *async) {
    struct lane *lane = async->data;
    struct worker *w = lane->worker;
    if (lane->is_told_broker) {
        lane->is_told_broker = false;
        if (lane->server.broker)
            broker_client_restarted(lane->server.broker);
    }
    errands_run(w->shared.errands, lane->number, &lane->server);
    if (lane->is_told_end) {
        errands_leave(w->shared.errands, lane->number);
        server_fini(&lane->server);
        lane->has_server = false;
        admin_free(lane->admin);
        uv_close((uv_handle_t *)&lane->told, NULL);
    } else if (lane->is_told_drain && !lane->server.is_draining) {
        if (lane->admin)
            admin_drain(lane->admin);
        server_drain(&lane->server, lane->hands_over, on_drained, lane);
        if (count(w, &w->left))
            tell_supervisor(w, WORKER_SAYS_LEFT, NULL);
    }
}

static void run_lane(void *user) {
    struct lane *lane = user;
    spare_begin();
    uv_run(&lane->loop, UV_RUN_DEFAULT); /* until told to end: then no handle is left */
    spare_end();
}

static bool lane_start(struct worker *w, unsigned i, struct err *e) {
    const struct worker_start *s = w->start;
    struct lane *lane = &w->lanes[i];
    const int *listen_fds = s->listen_fds + i * s->config->listen_count;
    int broker_fd = s->broker_sockets ? s->broker_sockets[i] : -1;
    lane->worker = w;
    lane->number = i;
    if (uv_loop_init(&lane->loop) != 0)
        return err_set(e, ERR_NO_MEMORY, "no memory for an event loop");
    lane->has_loop = true;
    uv_async_init(&lane->loop, &lane->told, on_told);
    lane->told.data = lane;
    if (!(w->metrics[i] = metrics_new(s->config->app_count)))
        return err_set(e, ERR_NO_MEMORY, "no memory for metrics");
    struct server_start start = {.loop = &lane->loop,
                                 .shared = &w->shared,
                                 .metrics = w->metrics[i],
                                 .checks_health = i == 0,
                                 .listen_fds = listen_fds,
                                 .broker_fd = broker_fd};
    lane->has_server = server_init(&lane->server, &start, e);
    return lane->has_server;
}

/* On the first thread's loop: it says little, and seldom. */
static bool start_admin(struct worker *w, struct err *e) {
    const struct config *c = w->start->config;
    for (size_t i = 0; i < c->app_count; i++)
        w->app_names[i] = c->apps[i].name;
    struct metrics_source source = {.threads = w->metrics,
                                    .thread_count = w->start->threads,
                                    .apps = w->app_names,
                                    .app_count = c->app_count};
    struct admin_start start = {.loop = &w->lanes[0].loop,
                                .fd = w->start->admin_fd,
                                .metrics = source,
                                .access_log = w->shared.access_log,
                                .standing = w->standing};
    if (w->start->admin_fd < 0)
        return true;
    w->lanes[0].admin = admin_new(&start);
    return w->lanes[0].admin || err_set(e, ERR_NO_MEMORY, "no memory for gateway.admin");
}

static bool open_access_log(struct worker *w, struct err *e) {
    bool is_json = w->start->config->access_log.format == ACCESS_LOG_JSON;
    if (w->start->access_log_fd < 0)
        return true;
    w->shared.access_log =
        access_log_open(w->start->access_log_fd, is_json ? ACCESS_JSON : ACCESS_TEXT, e);
    return w->shared.access_log != NULL;
}

/* Whatever needs more rights than a worker keeps is opened before they are given up. */
static bool make_bearers(struct server_shared *shared, struct err *e) {
    const struct config *c = shared->config;
    bool is_needed = false;
    for (size_t i = 0; i < c->provider_count; i++)
        is_needed |= c->providers[i].type == PROVIDER_BEARER;
    if (is_needed)
        shared->bearers = bearer_cache_new(c->limits.bearer_tokens);
    return !is_needed || shared->bearers ||
           err_set(e, ERR_NO_MEMORY,
                   "no memory for access tokens; lower "
                   "gateway.limits.bearer_tokens");
}

static bool prepare(struct worker *w, struct err *e) {
    const struct config *c = w->start->config;
    struct server_shared *shared = &w->shared;
    shared->config = c;
    shared->tls = calloc(c->listen_count, sizeof(struct tls_server *));
    w->lanes = calloc(w->start->threads, sizeof *w->lanes);
    w->metrics = calloc(w->start->threads, sizeof *w->metrics);
    w->app_names = calloc(c->app_count, sizeof *w->app_names);
    if (!shared->tls || !w->lanes || !w->metrics || !w->app_names || pipe(w->drained_fd) != 0)
        return err_set(e, ERR_NO_MEMORY, "no memory for a worker");
    if (!listen_tls(c, shared->tls, e))
        return false;
    if (!(shared->trust = trust_new(c, e)) || !(shared->keys = assertion_keys(c, e)) ||
        !oidc_desk_new(c, &shared->desk, e) || !(shared->factor_keys = factor_keys_new(c, e)) ||
        !(shared->certificates = certificate_desk_new(c, e)) || !(w->look = look_new(c, e)) ||
        !sandbox_enter(&(struct sandbox){.user = c->user}, e))
        return false;
    page_init(w->look);
    if (!oidc_desk_start(shared->desk, e) || !make_bearers(shared, e) ||
        !certificate_desk_start(shared->certificates, e))
        return false;
    struct session_limits limits = {.idle_s = c->session_idle_s,
                                    .lifetime_s = c->session_lifetime_s,
                                    .rows = c->limits.sessions};
    shared->sessions = session_store_open(c->store, limits, e);
    if (shared->sessions)
        shared->sink = sink_open(c->store, c->limits.events, e);
    if (!shared->sink || !open_access_log(w, e))
        return false;
    if (!(w->standing = standing_new(shared->sink)))
        return err_set(e, ERR_NO_MEMORY, "no memory for what the doctor finds");
    struct errands_world world = {.config = c, .sessions = shared->sessions, .sink = shared->sink};
    if (!(shared->errands = errands_new(w->start->threads, &world)))
        return err_set(e, ERR_NO_MEMORY, "no memory for a worker");
    if (!(shared->shelf = ticket_shelf_new(c->limits.tickets, c->limits.ticket_bytes)))
        return err_set(e, ERR_NO_MEMORY, "no memory for the threads' tickets");
    if (!(shared->health = health_new(c)))
        return err_set(e, ERR_NO_MEMORY, "no memory for the state of back ends");
    for (unsigned i = 0; i < w->start->threads; i++) {
        if (!lane_start(w, i, e))
            return false;
    }
    return start_admin(w, e);
}

static void tell_lanes(struct worker *w, char word) {
    for (unsigned i = 0; w->lanes && i < w->start->threads; i++) {
        struct lane *lane = &w->lanes[i];
        if (!lane->has_thread)
            continue;
        if (word == WORKER_IS_TOLD_HAND_OVER)
            lane->hands_over = true;
        if (word == WORKER_IS_TOLD_DRAIN || word == WORKER_IS_TOLD_HAND_OVER)
            lane->is_told_drain = true;
        else if (word == WORKER_IS_TOLD_BROKER_IS_NEW)
            lane->is_told_broker = true;
        else
            lane->is_told_end = true;
        uv_async_send(&lane->told);
    }
}

/* A datagram of the supervisor's, and the descriptor that came with it, or -1. */
static ssize_t hear(int control_fd, char word[WORKER_WORD_MAX], int *fd) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {word, WORKER_WORD_MAX};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(control_fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    *fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof *fd);
    return n;
}

/* False when nobody is left to serve for. */
static bool listen_to_supervisor(struct worker *w) {
    char word[WORKER_WORD_MAX];
    int fd;
    ssize_t n = hear(w->start->control_fd, word, &fd);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        return false;
    if (n > 0 && word[0] == WORKER_IS_TOLD_TICKETS && fd >= 0) {
        errands_ask(w->shared.errands, str_n(word + 1, (size_t)n - 1), fd);
        return true;
    }
    if (n == 1 && word[0] == WORKER_IS_TOLD_CHECKUP && fd >= 0) {
        standing_begin(w->standing, fd);
        return true;
    }
    if (fd >= 0)
        close(fd);
    if (n == 1)
        tell_lanes(w, word[0]);
    return true;
}

/* Until everything has drained, or nobody is left to serve for. */
static void obey(struct worker *w) {
    struct pollfd polls[] = {{.fd = w->start->control_fd, .events = POLLIN},
                             {.fd = w->drained_fd[0], .events = POLLIN},
                             {.fd = errands_fd(w->shared.errands), .events = POLLIN},
                             {.fd = -1, .events = POLLIN}};
    for (;;) {
        polls[3].fd = standing_fd(w->standing);
        if (poll(polls, 4, -1) < 0 && errno != EINTR)
            return;
        if (polls[3].revents)
            standing_hear(w->standing);
        if (polls[2].revents)
            errands_answer(w->shared.errands);
        if (polls[1].revents)
            return;
        if (polls[0].revents && !listen_to_supervisor(w))
            return;
    }
}

static void release(struct worker *w) {
    const struct config *c = w->start->config;
    for (unsigned i = 0; w->lanes && i < w->start->threads; i++) {
        struct lane *lane = &w->lanes[i];
        if (lane->has_thread)
            uv_thread_join(&lane->thread);
        else if (lane->has_server)
            server_fini(&lane->server);
        if (!lane->has_thread)
            admin_free(lane->admin);
        if (lane->has_loop && !lane->has_thread) {
            uv_close((uv_handle_t *)&lane->told, NULL);
            uv_run(&lane->loop, UV_RUN_DEFAULT);
        }
        if (lane->has_loop)
            uv_loop_close(&lane->loop);
    }
    free(w->lanes);
    for (unsigned i = 0; w->metrics && i < w->start->threads; i++)
        metrics_free(w->metrics[i]);
    free(w->metrics);
    free((void *)w->app_names);
    session_store_close(w->shared.sessions);
    standing_free(w->standing);
    sink_close(w->shared.sink);
    access_log_close(w->shared.access_log);
    health_free(w->shared.health);
    ticket_shelf_free(w->shared.shelf);
    errands_free(w->shared.errands);
    oidc_desk_free(w->shared.desk);
    factor_keys_free(w->shared.factor_keys);
    bearer_cache_free(w->shared.bearers);
    certificate_desk_free(w->shared.certificates);
    trust_free(w->shared.trust);
    jws_keys_free(w->shared.keys);
    look_free(w->look);
    for (size_t i = 0; w->shared.tls && i < c->listen_count; i++)
        tls_server_free(w->shared.tls[i]);
    free(w->shared.tls);
    close(w->drained_fd[0]);
    close(w->drained_fd[1]);
}

static bool run_threads(struct worker *w, struct err *e) {
    for (unsigned i = 0; i < w->start->threads; i++) {
        struct lane *lane = &w->lanes[i];
        errands_join(w->shared.errands, i, &lane->told);
        lane->has_thread = uv_thread_create(&lane->thread, run_lane, lane) == 0;
        if (!lane->has_thread)
            errands_leave(w->shared.errands, i);
        if (!lane->has_thread)
            return err_set(e, ERR_NO_MEMORY, "no memory for a thread");
    }
    return true;
}

int worker_process(const struct worker_start *s) {
    struct err e = {0};
    struct worker w = {.start = s, .lock = PTHREAD_MUTEX_INITIALIZER, .drained_fd = {-1, -1}};
    log_process("worker");
    mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
    bool is_ready = prepare(&w, &e) && run_threads(&w, &e);
    if (!is_ready)
        log_err(LOG_ERROR, "the worker cannot start", &e);
    tell_supervisor(&w, is_ready ? WORKER_SAYS_READY : WORKER_SAYS_ERROR, is_ready ? NULL : &e);
    if (is_ready)
        obey(&w);
    oidc_desk_stop(w.shared.desk); /* or the lanes would wait for its answers */
    certificate_desk_stop(w.shared.certificates);
    tell_lanes(&w, 'E');
    release(&w);
    return is_ready ? 0 : 1;
}
