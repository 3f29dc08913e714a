/* SPDX-License-Identifier: Apache-2.0
 *
 * Errands from the inside, for errand.c, which has the threads do them and answers, and
 * errand_sessions.c, which knows what is to be done with sessions.
 */
#pragma once
#include "gateway/errand.h"

#include <pthread.h>
#include <sys/queue.h>

enum { ERRAND_APP_MAX = 64, ERRAND_ID_MAX = 16 };

struct errand {
    TAILQ_ENTRY(errand) next;
    struct errands *errands;
    uint64_t number;
    char kind;
    char user[BROKER_NAME_MAX + 1];
    int fd;        /* -1: nobody waits for an answer */
    unsigned left; /* threads that have not done their part */
    unsigned purged;
    struct buf text;
    /* Of sessions; what the store's thread writes before the threads have their part. */
    const struct config_app *app; /* NULL: of all */
    char id[ERRAND_ID_MAX + 1];   /* empty: all */
    struct err err;               /* why it was not done */
    unsigned sessions;
    struct session *ended[ERRAND_PEOPLE_MAX];
    unsigned ended_count;
    bool are_too_many; /* for `ended` */
};
TAILQ_HEAD(errand_list, errand);

struct lane_part {
    uv_async_t *wake; /* NULL: takes no part */
    uint64_t done;    /* number of the last one it did */
    bool drops_all;   /* a sign-out was too many: everybody's tickets go */
};

/* `lock` guards all of it; what a thread does between is its own. */
struct errands {
    pthread_mutex_t lock;
    struct errand_list under_way, ready;
    unsigned count; /* in both, and those that the session store works on */
    uint64_t number;
    int fd;
    struct errands_world world;
    unsigned lane_count;
    struct lane_part lanes[];
};

/* Called with the lock. One more, not under way yet; NULL: memory, or too many. */
struct errand *errand_new(struct errands *e, char kind, int fd);
/* Called with the lock: all threads have a part in it. */
void errand_launch(struct errands *e, struct errand *d);
/* Called with the lock: no thread has; it is answered. */
void errand_finish(struct errands *e, struct errand *d);

/* An errand of kind ERRAND_SESSIONS, ERRAND_REVOKE or ERRAND_END, which `asked` tells; takes `fd`
 * when it answers NULL. Else why not, for people. */
const char *errand_ask_sessions(struct errands *e, char kind, struct str asked, int fd);
/* Appends "key":"text", and the same with a time of the wall clock in words. Any thread. */
void errand_add(struct buf *out, const char *key, const char *text);
void errand_add_time(struct buf *out, const char *key, int64_t wall_s);
/* A thread's part of one that ends sessions. */
void errand_end_sessions(struct errand *d, struct server *s);
/* The word about the outcome. */
void errand_tell_sessions(const struct errand *d, char *word, size_t size);
