/* SPDX-License-Identifier: Apache-2.0 */
#include "events/access_log.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct access_log {
    int fd;
    enum access_format format;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    struct buf waiting;
    uint64_t lost, told; /* records that did not fit; of them, those the log speaks of */
    bool is_closing;
    /* The thread's: */
    struct buf writing;
    bool is_broken; /* the last write failed, which has been said */
};

/* Requests do not wait for us: this thread never takes the processor from another one when there is
 * something to write, and offers it after each piece. But not when another batch waits by then:
 * where all processors are busy, it would get it back too late, and lines would be lost. */
enum { PIECE = 16 * 1024 };

static void give_way(struct access_log *l) {
    pthread_mutex_lock(&l->lock);
    bool is_calm = buf_size(&l->waiting) < ACCESS_LOG_BATCH && !l->is_closing;
    pthread_mutex_unlock(&l->lock);
    if (is_calm)
        sched_yield();
}

/* Whole lines, for another generation may be appending to the same file. */
static struct str next_piece(struct str all) {
    struct str rest = str_from(all, PIECE);
    return str_head(all, PIECE + str_index(rest, '\n') + 1);
}

/* Nobody is told twice of one fault: a full disk would fill the log, too. */
static void write_all(struct access_log *l) {
    while (buf_size(&l->writing) > 0) {
        struct str piece = next_piece(buf_str(&l->writing));
        ssize_t n = write(l->fd, piece.p, piece.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (!l->is_broken)
                log_printf(LOG_ERROR, "the access log cannot be written, lines are lost: %s",
                           strerror(errno));
            l->is_broken = true;
            buf_clear(&l->writing);
            return;
        }
        l->is_broken = false;
        buf_consume(&l->writing, (size_t)n);
        give_way(l);
    }
}

/* Waits for the first record, then a moment for those that come with it. */
static void gather(struct access_log *l) {
    struct timespec until;
    while (buf_size(&l->waiting) == 0 && !l->is_closing)
        pthread_cond_wait(&l->changed, &l->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ACCESS_LOG_GATHER_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!l->is_closing && buf_size(&l->waiting) < ACCESS_LOG_BATCH &&
           pthread_cond_timedwait(&l->changed, &l->lock, &until) != ETIMEDOUT) {
    }
}

/* Takes what waits; false when the log is closed and nothing is left. */
static bool take(struct access_log *l, uint64_t *lost) {
    pthread_mutex_lock(&l->lock);
    gather(l);
    struct buf empty = l->writing;
    l->writing = l->waiting;
    l->waiting = empty;
    *lost = l->lost - l->told;
    l->told = l->lost;
    pthread_mutex_unlock(&l->lock);
    return buf_size(&l->writing) > 0;
}

static void *write_records(void *arg) {
    struct access_log *l = arg;
    uint64_t lost;
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &(struct sched_param){0});
    while (take(l, &lost)) {
        write_all(l);
        if (lost > 0)
            log_printf(LOG_ERROR,
                       "%" PRIu64 " lines of the access log are lost: its disk is too slow, or all "
                       "processors are busy",
                       lost);
    }
    return NULL;
}

static bool start(struct access_log *l) {
    pthread_condattr_t monotonic;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return pthread_create(&l->thread, NULL, write_records, l) == 0;
}

struct access_log *access_log_open(int fd, enum access_format format, struct err *e) {
    struct access_log *l = calloc(1, sizeof *l);
    if (l) {
        l->fd = fd;
        l->format = format;
        buf_init(&l->waiting, ACCESS_LOG_BUFFER);
        buf_init(&l->writing, ACCESS_LOG_BUFFER);
        if (start(l))
            return l;
    }
    free(l);
    close(fd);
    err_set(e, ERR_NO_MEMORY, "no memory for the access log");
    return NULL;
}

void access_log_close(struct access_log *l) {
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->is_closing = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    buf_fini(&l->waiting);
    buf_fini(&l->writing);
    close(l->fd);
    free(l);
}

void access_log_record(struct access_log *l, struct buf *scratch, const struct activity *a) {
    if (!l)
        return;
    access_record(scratch, a, l->format);
    struct str line = buf_str(scratch);
    pthread_mutex_lock(&l->lock);
    size_t before = buf_size(&l->waiting);
    if (scratch->failed || line.n > buf_room(&l->waiting))
        l->lost++;
    else
        buf_add(&l->waiting, line);
    size_t after = buf_size(&l->waiting);
    /* The thread sleeps, or waits for more: each is told once. */
    bool is_told =
        (before == 0 && after > 0) || (before < ACCESS_LOG_BATCH && after >= ACCESS_LOG_BATCH);
    pthread_mutex_unlock(&l->lock);
    buf_clear(scratch);
    if (is_told)
        pthread_cond_signal(&l->changed);
}

uint64_t access_log_lost(struct access_log *l) {
    if (!l)
        return 0;
    pthread_mutex_lock(&l->lock);
    uint64_t lost = l->lost;
    pthread_mutex_unlock(&l->lock);
    return lost;
}
