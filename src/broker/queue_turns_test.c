/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing_queue.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

static void *take_one(void *user) { return queue_take(user); }

/* Whether a job is taken although nothing happens; if not, `meanwhile` must let it be. */
static void assert_waits_for(struct queue *q, void (*meanwhile)(struct queue *q, struct job *job),
                             struct job *running) {
    pthread_t thread;
    void *job;
    struct timespec at;
    assert_int_equal(pthread_create(&thread, NULL, take_one, q), 0);
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 50000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    assert_int_equal(pthread_timedjoin_np(thread, &job, &at), ETIMEDOUT);
    meanwhile(q, running);
    pthread_join(thread, &job);
    assert_non_null(job);
    queue_done(q, job);
}

static void end(struct queue *q, struct job *job) { queue_done(q, job); }

static void give_up(struct queue *q, struct job *job) {
    struct queue_overdue late;
    assert_true(queue_next_overdue(q, job->deadline_us, &late));
}

static void no_more_jobs_run_than_there_are_turns(void **state) {
    struct queue *q = *state;
    put_for(q, "alice", 1, 1000);
    put_for(q, "bob", 2, 60000);
    put_for(q, "carol", 3, 60000);
    struct job *first = queue_take(q), *second = queue_take(q);
    assert_waits_for(q, end, first);
    queue_done(q, second);
}

static void a_job_all_have_given_up_gives_its_turn_to_the_next_once(void **state) {
    struct queue *q = *state;
    put_for(q, "alice", 1, 1000);
    put_for(q, "bob", 2, 60000);
    put_for(q, "carol", 3, 60000);
    struct job *hangs = queue_take(q), *second = queue_take(q);
    assert_waits_for(q, give_up, hangs); /* carol's, which has ended since */
    put_for(q, "dora", 4, 60000);
    struct job *third = queue_take(q);
    queue_done(q, hangs); /* its turn was given already */
    job_free(queue_next_done(q));
    job_free(queue_next_done(q));
    put_for(q, "erin", 5, 60000);
    assert_waits_for(q, end, second);
    queue_done(q, third);
}

static void put_look(struct queue *q, const char *user, uint64_t id, uint32_t timeout_ms) {
    struct broker_request request = ticket_question(user, id);
    request.kind = BROKER_EXAMINE;
    request.timeout_ms = timeout_ms;
    assert_int_equal(put(q, 0, &request), ERR_NONE);
}

static void looks_run_one_at_a_time_and_take_nobodys_turn(void **state) {
    struct queue *q = *state;
    put_look(q, "alice", 1, 60000);
    put_look(q, "bob", 2, 60000);
    struct job *look = queue_take(q);
    assert_int_equal(look->request.kind, BROKER_EXAMINE);
    put_for(q, "carol", 3, 60000);
    put_for(q, "dora", 4, 60000);
    struct job *first = queue_take(q), *second = queue_take(q);
    assert_int_equal(first->request.kind, BROKER_TICKET);
    assert_int_equal(second->request.kind, BROKER_TICKET);
    assert_waits_for(q, end, look); /* for bob's look, which has ended since */
    queue_done(q, first);
    queue_done(q, second);
}

static void a_look_that_hangs_is_the_only_one(void **state) {
    struct queue *q = *state;
    struct queue_overdue late;
    put_look(q, "alice", 1, 1000);
    put_look(q, "bob", 2, 60000);
    struct job *hangs = queue_take(q);
    assert_false(queue_is_idle(q));
    assert_true(queue_next_overdue(q, hangs->deadline_us, &late));
    put_for(q, "carol", 3, 60000);
    struct job *other = queue_take(q);
    assert_int_equal(other->request.kind, BROKER_TICKET);
    assert_waits_for(q, end, hangs);
    queue_done(q, other);
}

/* Threads that answer as the pool's do, and one reader. */
enum { THREADS = 4, QUESTIONS = 2000, USERS = 7 };

static sem_t done_jobs;

static void post_wake(void *user) {
    (void)user;
    sem_post(&done_jobs);
}

static void *answer_jobs(void *user) {
    struct queue *q = user;
    struct job *job;
    while ((job = queue_take(q))) {
        job->reply.kind = job->request.kind;
        job->reply.err.code = (enum err_code)job->request.user.p[0];
        queue_done(q, job);
    }
    return NULL;
}

static size_t collect(struct queue *q, bool answered[QUESTIONS]) {
    struct job *job;
    size_t n = 0;
    while ((job = queue_next_done(q))) {
        struct asker *a;
        TAILQ_FOREACH(a, &job->askers, next) {
            assert_false(answered[a->id]);
            assert_int_equal(job->reply.err.code, (int)('a' + a->id % USERS));
            answered[a->id] = true;
            n++;
        }
        job_free(job);
    }
    return n;
}

static void threads_answer_every_asker_once(void **state) {
    (void)state;
    static bool answered[QUESTIONS];
    pthread_t threads[THREADS];
    sem_init(&done_jobs, 0, 0);
    struct queue *q = queue_new(QUESTIONS, THREADS, post_wake, NULL);
    assert_non_null(q);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer_jobs, q), 0);
    size_t count = 0;
    for (uint64_t id = 0; id < QUESTIONS; id++) {
        char user[2] = {(char)('a' + id % USERS), 0};
        assert_int_equal(id % 5 ? put_ticket(q, 0, user, id) : put_sign_in(q, 0, user, id),
                         ERR_NONE);
        count += collect(q, answered);
        (void)queue_deadline(q);
    }
    while (count < QUESTIONS) {
        sem_wait(&done_jobs);
        count += collect(q, answered);
    }
    assert_true(queue_is_idle(q));
    queue_close(q);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    queue_free(q);
    sem_destroy(&done_jobs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_QUEUE(no_more_jobs_run_than_there_are_turns),
        WITH_QUEUE(a_job_all_have_given_up_gives_its_turn_to_the_next_once),
        WITH_QUEUE(looks_run_one_at_a_time_and_take_nobodys_turn),
        WITH_QUEUE(a_look_that_hangs_is_the_only_one),
        cmocka_unit_test(threads_answer_every_asker_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
