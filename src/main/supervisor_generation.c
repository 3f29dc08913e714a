/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_generation.h"

#include "base/clock.h"
#include "base/log.h"
#include "broker/process.h"
#include "events/catalogue.h"
#include "gateway/worker.h"
#include "main/supervisor_event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool has_child(const struct generation *g, int role) {
    return role == CHILD_WORKER || child_has_broker(g->config);
}

/* The descriptors of child.h, from CHILD_CONFIG_FD on. */
static bool start_child(struct generation *g, enum child_role role, struct err *e) {
    const struct config *c = g->config;
    const int *links = role == CHILD_BROKER ? g->pairs.broker : g->pairs.worker;
    size_t count = 1 + child_fd_count(role, c), n = 0;
    int *fds = calloc(count, sizeof *fds);
    if (!fds)
        return err_set(e, ERR_NO_MEMORY, "no memory to start the %s", child_name(role));
    fds[n++] = g->config_fd;
    for (unsigned i = 0; i < g->pairs.count; i++)
        fds[n++] = links[i];
    for (size_t i = 0; role == CHILD_WORKER && i < g->listeners.count; i++)
        fds[n++] = g->listeners.items[i].fd;
    if (role == CHILD_WORKER && child_has_access_log(c))
        fds[n++] = g->access_log_fd;
    if (role == CHILD_WORKER)
        pairs_forget_answers(&g->pairs);
    bool ok = child_start(&g->children[role], c->file, fds, count, e);
    free(fds);
    return ok;
}

/* Here, because a worker may not; for each generation anew, so that a reload begins the next file
 * when this one was renamed. Readable for the group alone: it says who was where. */
static bool open_access_log(struct generation *g, struct err *e) {
    const char *file = g->config->access_log.file;
    if (strcmp(file, "-") == 0)
        g->access_log_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    else
        g->access_log_fd =
            open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    if (g->access_log_fd >= 0) {
        if (strcmp(file, "-") != 0) /* that a pipe has no reader would have been said by now */
            fcntl(g->access_log_fd, F_SETFL, O_APPEND);
        return true;
    }
    err_set(e, ERR_CONFIG, "gateway.access_log.file: %s cannot be opened: %s", file,
            strerror(errno));
    err_hint(e, "The folder must be there and writable for the account that starts kerbgate");
    return false;
}

static bool open_all(struct generation *g, struct str text, const struct generation *before,
                     struct err *e) {
    const struct config *c = g->config;
    g->config_fd = sealed_text(text, e);
    return g->config_fd >= 0 &&
           listeners_open(&g->listeners, c, before ? &before->listeners : NULL, e) &&
           (!child_has_broker(c) || pairs_open(&g->pairs, c->threads, e)) &&
           (!child_has_access_log(c) || open_access_log(g, e));
}

struct generation *generation_adopt(struct config *config, int config_fd, struct err *e) {
    struct generation *g = calloc(1, sizeof *g);
    if (!g) {
        config_free(config);
        err_set(e, ERR_NO_MEMORY, "no memory for a generation of processes");
        return NULL;
    }
    g->config = config;
    g->config_fd = config_fd;
    g->access_log_fd = -1;
    for (int role = 0; role < GENERATION_CHILDREN; role++) {
        child_init(&g->children[role], role);
        g->restart_us[role] = INT64_MAX;
    }
    return g;
}

struct generation *generation_start(struct config *config, struct str text,
                                    const struct generation *before, struct err *e) {
    struct generation *g = generation_adopt(config, -1, e);
    if (!g)
        return NULL;
    g->deadline_us = clock_mono_us() + GENERATION_READY_S * 1000000LL;
    if (!open_all(g, text, before, e)) {
        generation_free(g);
        return NULL;
    }
    bool ok = true;
    for (int role = 0; ok && role < GENERATION_CHILDREN; role++)
        ok = !has_child(g, role) || start_child(g, role, &g->err);
    if (!ok)
        generation_kill(g);
    return g;
}

void generation_free(struct generation *g) {
    if (!g)
        return;
    for (int role = 0; role < GENERATION_CHILDREN; role++)
        child_leave(&g->children[role]);
    listeners_close(&g->listeners);
    pairs_close(&g->pairs);
    if (g->config_fd >= 0)
        close(g->config_fd);
    if (g->access_log_fd >= 0)
        close(g->access_log_fd);
    config_free(g->config);
    free(g);
}

bool generation_is_ready(const struct generation *g) {
    for (int role = 0; role < GENERATION_CHILDREN; role++)
        if (has_child(g, role) && !g->children[role].is_ready)
            return false;
    return g->state == GENERATION_STARTING;
}

bool generation_has_left(const struct generation *g) {
    const struct child *worker = &g->children[CHILD_WORKER];
    return g->state != GENERATION_SERVING && (worker->has_left || !worker->pid);
}

bool generation_is_over(const struct generation *g) {
    for (int role = 0; role < GENERATION_CHILDREN; role++)
        if (g->children[role].pid)
            return false;
    return g->state == GENERATION_DRAINING || g->state == GENERATION_KILLED;
}

void generation_serve(struct generation *g) {
    g->state = GENERATION_SERVING;
    g->deadline_us = INT64_MAX;
}

void generation_drain(struct generation *g, const struct generation *next) {
    int64_t limit_ms = g->config->limits.drain_timeout_ms + GENERATION_DRAIN_GRACE_S * 1000LL;
    g->state = GENERATION_DRAINING;
    g->deadline_us = clock_mono_us() + limit_ms * 1000;
    for (int role = 0; role < GENERATION_CHILDREN; role++)
        g->restart_us[role] = INT64_MAX;
    /* The worker hears of it before its listeners go. */
    child_tell(&g->children[CHILD_WORKER], next ? WORKER_IS_TOLD_HAND_OVER : WORKER_IS_TOLD_DRAIN);
    listeners_retire(&g->listeners, next ? &next->listeners : NULL);
    if (!g->children[CHILD_WORKER].pid)
        child_leave(&g->children[CHILD_BROKER]);
}

void generation_kill(struct generation *g) {
    g->state = GENERATION_KILLED;
    g->deadline_us = INT64_MAX;
    for (int role = 0; role < GENERATION_CHILDREN; role++) {
        g->restart_us[role] = INT64_MAX;
        child_kill(&g->children[role]);
    }
}

size_t generation_poll(const struct generation *g, struct pollfd *polls) {
    size_t n = 0;
    for (int role = 0; role < GENERATION_CHILDREN; role++)
        if (g->children[role].control >= 0)
            polls[n++] = (struct pollfd){.fd = g->children[role].control, .events = POLLIN};
    return n;
}

static int64_t ready_limit_us(const struct child *c) {
    return c->pid && !c->is_ready ? c->since_us + GENERATION_READY_S * 1000000LL : INT64_MAX;
}

int64_t generation_next_us(const struct generation *g) {
    int64_t next = g->deadline_us;
    for (int role = 0; role < GENERATION_CHILDREN; role++) {
        int64_t limit =
            g->state == GENERATION_SERVING ? ready_limit_us(&g->children[role]) : INT64_MAX;
        next = limit < next ? limit : next;
        next = g->restart_us[role] < next ? g->restart_us[role] : next;
    }
    return next;
}

static void plan_restart(struct generation *g, int role, int64_t healthy_us) {
    int64_t wait_ms = child_back_off_ms(&g->children[role], healthy_us);
    g->restart_us[role] = clock_mono_us() + wait_ms * 1000;
}

/* A child that serves, or is to serve again. */
static void tick_child(struct generation *g, int role, int64_t now) {
    struct child *c = &g->children[role];
    struct err e;
    if (now >= g->restart_us[role]) {
        g->restart_us[role] = INT64_MAX;
        if (!start_child(g, role, &e)) {
            log_err(LOG_ERROR, "a process cannot be started again", &e);
            plan_restart(g, role, 0);
        }
    }
    if (now >= ready_limit_us(c)) {
        log_printf(LOG_ERROR, "the %s (process %d) is not ready after %d s and is ended",
                   child_name(role), (int)c->pid, GENERATION_READY_S);
        child_kill(c);
        c->since_us = now; /* not again in the next turn, should it take its time to die */
    }
}

/* What takes too long is ended; why is said once. */
static void tick_deadline(struct generation *g) {
    if (g->state == GENERATION_STARTING) {
        const char *name = child_name(
            has_child(g, CHILD_BROKER) && !g->children[CHILD_BROKER].is_ready ? CHILD_BROKER
                                                                              : CHILD_WORKER);
        err_set(&g->err, ERR_INTERNAL, "the %s was not ready after %d s", name, GENERATION_READY_S);
        err_hint(&g->err, "The lines of the %s in the log say how far it came", name);
    } else {
        log_printf(LOG_WARN, "processes that did not end in the drain timeout and %d s are killed",
                   GENERATION_DRAIN_GRACE_S);
    }
    generation_kill(g);
}

void generation_tick(struct generation *g) {
    int64_t now = clock_mono_us();
    for (int role = 0; role < GENERATION_CHILDREN; role++) {
        bool is_new = child_read(&g->children[role]);
        if (is_new && g->state == GENERATION_SERVING)
            log_printf(LOG_INFO, "the %s serves again, as process %d", child_name(role),
                       (int)g->children[role].pid);
        if (is_new && g->state == GENERATION_SERVING && role == CHILD_BROKER)
            child_tell(&g->children[CHILD_WORKER], WORKER_IS_TOLD_BROKER_IS_NEW);
        if (g->state == GENERATION_SERVING)
            tick_child(g, role, now);
    }
    if (now >= g->deadline_us)
        tick_deadline(g);
}

static void crashed(struct generation *g, int role, const struct err *e) {
    struct child *c = &g->children[role];
    char text[sizeof e->detail + 64];
    plan_restart(g, role, c->is_ready ? clock_mono_us() - c->since_us : 0);
    snprintf(text, sizeof text, "%s; it is started again", e->detail);
    supervisor_event(g->config, EVENT_PROCESS_DIED, text);
}

bool generation_reaped(struct generation *g, pid_t pid, int status) {
    int role = 0;
    while (role < GENERATION_CHILDREN && g->children[role].pid != pid)
        role++;
    if (role == GENERATION_CHILDREN)
        return false;
    struct err e;
    child_ended(&g->children[role], status, &e);
    if (g->state == GENERATION_STARTING) {
        g->err = e;
        generation_kill(g);
    } else if (g->state == GENERATION_SERVING) {
        crashed(g, role, &e);
    } else if (g->state == GENERATION_DRAINING && role == CHILD_WORKER) {
        child_leave(&g->children[CHILD_BROKER]); /* nobody is left to ask it */
    }
    return true;
}
