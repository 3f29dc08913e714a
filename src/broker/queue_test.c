/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing_queue.h"

static size_t count_askers(const struct job *job) {
    size_t n = 0;
    struct asker *a;
    TAILQ_FOREACH(a, &job->askers, next) { n++; }
    return n;
}

/* Takes the next job, ends it, and answers for how many. */
static size_t work_off(struct queue *q) {
    struct job *job = queue_take(q);
    assert_non_null(job);
    queue_done(q, job);
    assert_ptr_equal(queue_next_done(q), job);
    size_t n = count_askers(job);
    job_free(job);
    return n;
}

static void jobs_come_out_in_order_and_whole(void **state) {
    struct queue *q = *state;
    put_ticket(q, 0, "alice", 1);
    put_sign_in(q, 1, "bob", 2);
    struct job *first = queue_take(q), *second = queue_take(q);
    assert_true(str_eq(first->request.user, STR("alice")));
    assert_true(str_eq(second->request.password, STR("correct horse")));
    assert_int_equal(TAILQ_FIRST(&second->askers)->socket, 1);
    assert_true(first->deadline_us > clock_mono_us());
    assert_null(queue_next_done(q));
    queue_done(q, second);
    queue_done(q, first);
    assert_int_equal(woken, 2);
    assert_ptr_equal(queue_next_done(q), second);
    assert_ptr_equal(queue_next_done(q), first);
    assert_true(queue_is_idle(q));
    job_free(first);
    job_free(second);
}

static void identical_questions_share_one_exchange(void **state) {
    struct queue *q = *state;
    put_ticket(q, 0, "alice", 1);
    put_ticket(q, 1, "alice", 1);
    struct job *job = queue_take(q);
    put_ticket(q, 0, "alice", 2); /* while it runs */
    queue_done(q, job);
    put_ticket(q, 0, "alice", 3); /* before it is sent */
    assert_ptr_equal(queue_next_done(q), job);
    assert_int_equal(count_askers(job), 4);
    assert_true(queue_is_idle(q));
    job_free(job);
    put_ticket(q, 0, "alice", 4); /* after that it is a new question */
    assert_int_equal(work_off(q), 1);
}

static void questions_that_differ_are_not_shared(void **state) {
    struct queue *q = *state;
    struct broker_request other_spn = ticket_question("alice", 2);
    struct broker_request other_type = ticket_question("alice", 3);
    other_spn.spn = STR("HTTP/crm.corp.example");
    other_type.name_type = BROKER_NAME_ENTERPRISE;
    put_ticket(q, 0, "alice", 1);
    put(q, 0, &other_spn);
    put(q, 0, &other_type);
    put_ticket(q, 0, "Alice", 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(work_off(q), 1);
    assert_true(queue_is_idle(q));
}

static void questions_with_the_tickets_of_two_sessions_are_not_shared(void **state) {
    struct queue *q = *state;
    static const struct str OWN[] = {STR("one"), STR("other"), STR("one")};
    for (size_t i = 0; i < 3; i++) {
        struct broker_request request = ticket_question("alice", i + 1);
        request.name_type = BROKER_NAME_OWN;
        request.proof = OWN[i];
        put(q, 0, &request);
    }
    assert_int_equal(work_off(q), 2);
    assert_int_equal(work_off(q), 1);
}

static void sign_ins_are_never_shared(void **state) {
    struct queue *q = *state;
    put_sign_in(q, 0, "alice", 1);
    put_sign_in(q, 0, "alice", 2);
    put_sign_in(q, 1, "alice", 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(work_off(q), 1);
}

static void two_tickets_that_are_alike_are_judged_one_after_the_other(void **state) {
    struct queue *q = *state;
    put_accept(q, 0, "token", 1);
    put_accept(q, 0, "token", 2);
    put_accept(q, 1, "token", 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(work_off(q), 1);
}

static void what_is_asked_again_is_answered_once(void **state) {
    struct queue *q = *state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(put_sign_in(q, 0, "alice", 1), ERR_NONE);
        assert_int_equal(put_ticket(q, 0, "alice", 2), ERR_NONE);
    }
    struct job *job = queue_take(q);
    put_sign_in(q, 0, "alice", 1); /* while it runs */
    queue_done(q, job);
    put_sign_in(q, 0, "alice", 1); /* before it is sent */
    assert_ptr_equal(queue_next_done(q), job);
    assert_int_equal(count_askers(job), 1);
    job_free(job);
    assert_int_equal(work_off(q), 1);
    assert_true(queue_is_idle(q));
}

static void askers_above_the_limit_are_refused_and_room_comes_back(void **state) {
    struct queue *q = *state;
    put_ticket(q, 0, "alice", 1);
    put_ticket(q, 0, "alice", 2);
    put_sign_in(q, 0, "bob", 3);
    put_sign_in(q, 0, "bob", 4);
    assert_int_equal(put_ticket(q, 0, "alice", 5), ERR_BUSY);
    assert_int_equal(put_sign_in(q, 0, "carol", 6), ERR_BUSY);
    assert_int_equal(put_ticket(q, 0, "alice", 2), ERR_NONE); /* is counted already */
    assert_int_equal(work_off(q), 2);
    assert_int_equal(put_sign_in(q, 0, "carol", 6), ERR_NONE);
    assert_int_equal(put_ticket(q, 0, "alice", 5), ERR_NONE);
    assert_int_equal(put_ticket(q, 0, "alice", 7), ERR_BUSY);
}

static void askers_whose_time_is_over_are_taken_off(void **state) {
    struct queue *q = *state;
    struct queue_overdue late;
    int64_t now = clock_mono_us();
    assert_true(queue_deadline(q) == INT64_MAX);
    put_for(q, "alice", 1, 1000);
    put_for(q, "alice", 2, 9000);
    put_for(q, "bob", 3, 5000);
    assert_false(queue_next_overdue(q, now, &late));
    int64_t first = queue_deadline(q);
    assert_true(first >= now + 1000000 && first < now + 5000000);
    assert_false(queue_next_overdue(q, first - 1, &late));
    assert_true(queue_next_overdue(q, first, &late));
    assert_true(late.id == 1 && late.waited_ms == 1000 && late.kind == BROKER_TICKET);
    assert_false(late.is_running);
    assert_false(queue_next_overdue(q, first, &late));
    assert_int_equal(work_off(q), 1); /* alice's second asker still waits */
}

static void a_job_nobody_waits_for_is_never_begun(void **state) {
    struct queue *q = *state;
    struct queue_overdue late;
    put_for(q, "alice", 1, 0);
    put_for(q, "bob", 2, 60000);
    assert_true(queue_next_overdue(q, clock_mono_us(), &late));
    struct job *job = queue_take(q);
    assert_true(str_eq(job->request.user, STR("bob")));
    queue_done(q, job);
}

static void a_job_all_have_given_up_runs_on_but_is_not_joined(void **state) {
    struct queue *q = *state;
    struct queue_overdue late;
    put_for(q, "alice", 1, 0);
    struct job *job = queue_take(q);
    assert_true(queue_next_overdue(q, clock_mono_us(), &late));
    assert_true(late.is_running);
    assert_true(queue_deadline(q) == INT64_MAX);
    assert_true(queue_is_idle(q)); /* nobody is to wait for it */
    put_for(q, "alice", 2, 60000); /* its KDC is silent: the next one may answer */
    queue_done(q, job);
    assert_ptr_equal(queue_next_done(q), job);
    assert_int_equal(count_askers(job), 0);
    job_free(job);
    assert_int_equal(work_off(q), 1);
}

static void the_job_has_the_time_of_the_most_patient_asker(void **state) {
    struct queue *q = *state;
    put_for(q, "alice", 1, 1000);
    put_for(q, "alice", 2, 50000);
    put_for(q, "alice", 3, 2000);
    int64_t now = clock_mono_us();
    struct job *job = queue_take(q);
    assert_true(job->deadline_us > now + 40000000 && job->deadline_us <= now + 50000000);
    queue_done(q, job);
}

static void a_closed_queue_gives_no_more_jobs(void **state) {
    struct queue *q = *state;
    put_ticket(q, 0, "alice", 1);
    queue_close(q);
    assert_null(queue_take(q));
    assert_null(queue_take(q));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_QUEUE(jobs_come_out_in_order_and_whole),
        WITH_QUEUE(identical_questions_share_one_exchange),
        WITH_QUEUE(questions_that_differ_are_not_shared),
        WITH_QUEUE(questions_with_the_tickets_of_two_sessions_are_not_shared),
        WITH_QUEUE(sign_ins_are_never_shared),
        WITH_QUEUE(two_tickets_that_are_alike_are_judged_one_after_the_other),
        WITH_QUEUE(what_is_asked_again_is_answered_once),
        WITH_QUEUE(askers_above_the_limit_are_refused_and_room_comes_back),
        WITH_QUEUE(askers_whose_time_is_over_are_taken_off),
        WITH_QUEUE(a_job_nobody_waits_for_is_never_begun),
        WITH_QUEUE(a_job_all_have_given_up_runs_on_but_is_not_joined),
        WITH_QUEUE(the_job_has_the_time_of_the_most_patient_asker),
        WITH_QUEUE(a_closed_queue_gives_no_more_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
