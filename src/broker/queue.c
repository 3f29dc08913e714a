/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/queue.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>

TAILQ_HEAD(job_list, job);

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    struct job_list waiting, running, done;
    size_t askers, limit;
    size_t attended, width; /* jobs that run and have askers, but for a look */
    const struct job *look; /* the one that runs; NULL: none */
    bool is_closed;
    void (*wake)(void *user);
    void *user;
};

struct queue *queue_new(size_t limit, size_t width, void (*wake)(void *user), void *user) {
    struct queue *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->work, NULL);
    TAILQ_INIT(&q->waiting);
    TAILQ_INIT(&q->running);
    TAILQ_INIT(&q->done);
    q->limit = limit;
    q->width = width;
    q->wake = wake;
    q->user = user;
    return q;
}

void job_free(struct job *job) {
    if (!job)
        return;
    struct asker *a;
    while ((a = TAILQ_FIRST(&job->askers))) {
        TAILQ_REMOVE(&job->askers, a, next);
        free(a);
    }
    broker_reply_fini(&job->reply);
    buf_fini(&job->datagram);
    free(job);
}

static void free_all(struct job_list *list) {
    struct job *job;
    while ((job = TAILQ_FIRST(list))) {
        TAILQ_REMOVE(list, job, next);
        job_free(job);
    }
}

void queue_free(struct queue *q) {
    if (!q)
        return;
    free_all(&q->waiting);
    free_all(&q->running);
    free_all(&q->done);
    pthread_cond_destroy(&q->work);
    pthread_mutex_destroy(&q->mutex);
    free(q);
}

/* Each is one person's, at one time: the second of two that are alike is a replay. */
static bool is_proof(enum broker_kind kind) {
    return kind == BROKER_SIGN_IN || kind == BROKER_ACCEPT;
}

static bool is_same_question(const struct broker_request *a, const struct broker_request *b) {
    return !is_proof(a->kind) && a->kind == b->kind && a->name_type == b->name_type &&
           str_eq(a->user, b->user) && str_eq(a->spn, b->spn) && str_eq(a->proof, b->proof);
}

static struct asker *find_asker(struct job *job, size_t socket, uint64_t id) {
    struct asker *a;
    TAILQ_FOREACH(a, &job->askers, next) {
        if (a->socket == socket && a->id == id)
            return a;
    }
    return NULL;
}

/* The job in `list` that this question joins: one with the same question, or with this very asker,
 * whose old question (then: a repeated sign-in) is still open. */
static struct job *find_job(struct job_list *list, size_t socket,
                            const struct broker_request *request) {
    struct job *job;
    TAILQ_FOREACH(job, list, next) {
        /* One that all have given up waits for a KDC that is silent; the next one may answer. */
        if (TAILQ_EMPTY(&job->askers))
            continue;
        if (is_same_question(&job->request, request) || find_asker(job, socket, request->id))
            return job;
    }
    return NULL;
}

static struct job *job_new(struct str datagram) {
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    TAILQ_INIT(&job->askers);
    buf_init_secret(&job->datagram, BROKER_MESSAGE_MAX);
    buf_add(&job->datagram, datagram);
    if (!job->datagram.failed && broker_request_decode(buf_str(&job->datagram), &job->request))
        return job;
    job_free(job);
    return NULL;
}

static bool add_asker(struct job *job, size_t socket, const struct broker_request *request) {
    struct asker *a = calloc(1, sizeof *a);
    if (!a)
        return false;
    a->socket = socket;
    a->id = request->id;
    a->timeout_ms = request->timeout_ms;
    a->deadline_us = clock_mono_us() + a->timeout_ms * 1000;
    TAILQ_INSERT_TAIL(&job->askers, a, next);
    return true;
}

static bool put(struct queue *q, size_t socket, struct str datagram,
                const struct broker_request *request, struct err *e) {
    struct job *job = find_job(&q->waiting, socket, request);
    if (!job)
        job = find_job(&q->running, socket, request);
    if (!job)
        job = find_job(&q->done, socket, request);
    if (job && find_asker(job, socket, request->id))
        return true;
    if (q->askers >= q->limit)
        return err_set(e, ERR_BUSY, "%zu questions wait for the broker's threads already",
                       q->askers);
    struct job *fresh = job ? NULL : job_new(datagram);
    if (!job)
        job = fresh;
    if (!job || !add_asker(job, socket, request)) {
        job_free(fresh);
        return err_set(e, ERR_NO_MEMORY, "no memory for a question");
    }
    q->askers++;
    if (fresh) {
        TAILQ_INSERT_TAIL(&q->waiting, fresh, next);
        pthread_cond_signal(&q->work);
    }
    return true;
}

bool queue_put(struct queue *q, size_t socket, struct str datagram,
               const struct broker_request *request, struct err *e) {
    pthread_mutex_lock(&q->mutex);
    bool done = put(q, socket, datagram, request, e);
    pthread_mutex_unlock(&q->mutex);
    return done;
}

static int64_t latest_deadline(const struct job *job) {
    int64_t latest = 0;
    struct asker *a;
    TAILQ_FOREACH(a, &job->askers, next) {
        if (a->deadline_us > latest)
            latest = a->deadline_us;
    }
    return latest;
}

static bool is_look(const struct job *job) { return job->request.kind == BROKER_EXAMINE; }

/* The oldest of those whose turn it is; NULL: none. */
static struct job *next_job(const struct queue *q) {
    struct job *job;
    TAILQ_FOREACH(job, &q->waiting, next) {
        if (is_look(job) ? !q->look : q->attended < q->width)
            return job;
    }
    return NULL;
}

static void begin(struct queue *q, struct job *job) {
    TAILQ_REMOVE(&q->waiting, job, next);
    TAILQ_INSERT_TAIL(&q->running, job, next);
    job->is_running = true;
    if (is_look(job))
        q->look = job;
    else
        q->attended++;
    job->deadline_us = latest_deadline(job);
}

struct job *queue_take(struct queue *q) {
    struct job *job = NULL;
    pthread_mutex_lock(&q->mutex);
    while (!q->is_closed && !(job = next_job(q)))
        pthread_cond_wait(&q->work, &q->mutex);
    if (job)
        begin(q, job);
    pthread_mutex_unlock(&q->mutex);
    return job;
}

/* A running job has ended, or nobody waits for it any more: the next one may begin. */
static void give_turn(struct queue *q) {
    q->attended--;
    pthread_cond_signal(&q->work);
}

/* However long nobody has waited for it: there is one thread for looks. */
static void end_look(struct queue *q) {
    q->look = NULL;
    pthread_cond_signal(&q->work);
}

void queue_done(struct queue *q, struct job *job) {
    pthread_mutex_lock(&q->mutex);
    if (is_look(job))
        end_look(q);
    else if (!TAILQ_EMPTY(&job->askers))
        give_turn(q);
    TAILQ_REMOVE(&q->running, job, next);
    TAILQ_INSERT_TAIL(&q->done, job, next);
    pthread_mutex_unlock(&q->mutex);
    q->wake(q->user);
}

struct job *queue_next_done(struct queue *q) {
    pthread_mutex_lock(&q->mutex);
    struct job *job = TAILQ_FIRST(&q->done);
    if (job) {
        struct asker *a;
        TAILQ_REMOVE(&q->done, job, next);
        TAILQ_FOREACH(a, &job->askers, next) { q->askers--; }
    }
    pthread_mutex_unlock(&q->mutex);
    return job;
}

static struct asker *find_overdue(const struct job *job, int64_t now_us) {
    struct asker *a;
    TAILQ_FOREACH(a, &job->askers, next) {
        if (a->deadline_us <= now_us)
            return a;
    }
    return NULL;
}

/* Takes an overdue asker off a job of `list`, and a waiting job nobody waits for off the list. */
static bool take_overdue(struct queue *q, struct job_list *list, int64_t now_us,
                         struct queue_overdue *out) {
    struct asker *a = NULL;
    struct job *job;
    TAILQ_FOREACH(job, list, next) {
        if ((a = find_overdue(job, now_us)))
            break;
    }
    if (!a)
        return false;
    *out = (struct queue_overdue){.socket = a->socket,
                                  .id = a->id,
                                  .kind = job->request.kind,
                                  .waited_ms = a->timeout_ms,
                                  .is_running = job->is_running};
    TAILQ_REMOVE(&job->askers, a, next);
    free(a);
    q->askers--;
    if (!TAILQ_EMPTY(&job->askers))
        return true;
    if (job->is_running) {
        if (!is_look(job))
            give_turn(q);
        return true;
    }
    TAILQ_REMOVE(list, job, next);
    job_free(job);
    return true;
}

bool queue_next_overdue(struct queue *q, int64_t now_us, struct queue_overdue *out) {
    pthread_mutex_lock(&q->mutex);
    bool found =
        take_overdue(q, &q->waiting, now_us, out) || take_overdue(q, &q->running, now_us, out);
    pthread_mutex_unlock(&q->mutex);
    return found;
}

static int64_t earliest_in(const struct job_list *list) {
    int64_t earliest = INT64_MAX;
    struct job *job;
    TAILQ_FOREACH(job, list, next) {
        struct asker *a;
        TAILQ_FOREACH(a, &job->askers, next) {
            if (a->deadline_us < earliest)
                earliest = a->deadline_us;
        }
    }
    return earliest;
}

int64_t queue_deadline(struct queue *q) {
    pthread_mutex_lock(&q->mutex);
    int64_t waiting = earliest_in(&q->waiting), running = earliest_in(&q->running);
    pthread_mutex_unlock(&q->mutex);
    return waiting < running ? waiting : running;
}

bool queue_is_idle(struct queue *q) {
    pthread_mutex_lock(&q->mutex);
    bool is_idle = TAILQ_EMPTY(&q->waiting) && q->attended == 0 && TAILQ_EMPTY(&q->done) &&
                   !(q->look && !TAILQ_EMPTY(&q->look->askers));
    pthread_mutex_unlock(&q->mutex);
    return is_idle;
}

void queue_close(struct queue *q) {
    pthread_mutex_lock(&q->mutex);
    q->is_closed = true;
    pthread_cond_broadcast(&q->work);
    pthread_mutex_unlock(&q->mutex);
}
