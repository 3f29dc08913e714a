/* SPDX-License-Identifier: Apache-2.0
 *
 * A generation: one configuration, and the broker and the worker that serve it. A start makes the
 * first, a reload another beside it; when that is ready the one before drains and ends. The
 * supervisor keeps both ends of the sockets between worker and broker, so that one that is started
 * again finds the questions or answers of the other in them. Nothing here waits: generation_poll
 * and generation_next_us say for what. Supervisor only.
 */
#pragma once
#include "main/supervisor_child.h"
#include "main/supervisor_listen.h"
#include "main/supervisor_sockets.h"

#include <poll.h>
#include <sys/queue.h>

enum {
    GENERATION_READY_S = 30,      /* for both children to say that they are ready */
    GENERATION_DRAIN_GRACE_S = 5, /* beyond the drain timeout, then it is killed */
    GENERATION_CHILDREN = 2,
    GENERATIONS_MAX = 6, /* one serves, one starts, the others drain */
};

enum generation_state {
    GENERATION_STARTING, /* until both children are ready */
    GENERATION_SERVING,  /* a child that dies is started again */
    GENERATION_DRAINING, /* the worker finishes what runs, then the broker ends */
    GENERATION_KILLED,   /* its children are to be reaped */
};

TAILQ_HEAD(generation_list, generation);

struct generation {
    TAILQ_ENTRY(generation) next;
    enum generation_state state;
    struct config *config;
    int config_fd;     /* sealed memfd */
    int access_log_fd; /* -1: none */
    struct listeners listeners;
    struct pairs pairs;                         /* one for each thread; none without a broker */
    struct child children[GENERATION_CHILDREN]; /* by role */
    int64_t restart_us[GENERATION_CHILDREN];    /* when to start it again, INT64_MAX: not */
    int64_t deadline_us;                        /* STARTING, DRAINING: killed then */
    struct err err;                             /* why it could not start */
};

/* Takes `config`, whose text is `text`, also when it fails. Opens what it needs, with the sockets
 * of `before` (NULL: none) where they fit, and starts the children. NULL with `e` set. */
struct generation *generation_start(struct config *config, struct str text,
                                    const struct generation *before, struct err *e);
/* One that another program has started, of which nothing is known yet but its configuration; its
 * state, descriptors and children are the caller's to fill in. Takes both when it answers; NULL:
 * memory, with `e` set, and `config` is freed. */
struct generation *generation_adopt(struct config *config, int config_fd, struct err *e);
/* Only when generation_is_over. NULL is allowed. */
void generation_free(struct generation *g);

/* GENERATION_STARTING, and both children have said that they are ready. */
bool generation_is_ready(const struct generation *g);
/* Whether its worker takes no new connections any more: it was told so and has answered, or is
 * gone.
 */
bool generation_has_left(const struct generation *g);
/* No child is left, and none will be started. */
bool generation_is_over(const struct generation *g);

void generation_serve(struct generation *g);
/* Its listeners that `next` (NULL: nobody) has not are closed for all. */
void generation_drain(struct generation *g, const struct generation *next);
void generation_kill(struct generation *g);

/* Fills at most GENERATION_CHILDREN elements: what to wait for. */
size_t generation_poll(const struct generation *g, struct pollfd *polls);
/* Takes what the children have said, and does what is due. */
void generation_tick(struct generation *g);
/* When something is due, INT64_MAX: nothing is. */
int64_t generation_next_us(const struct generation *g);
/* waitpid(2) answered `pid` and `status`. True when it was a child of this generation. */
bool generation_reaped(struct generation *g, pid_t pid, int status);
