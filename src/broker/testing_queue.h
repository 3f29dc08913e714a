/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the queue: one with room for LIMIT askers and WIDTH turns, and questions for it.
 */
#pragma once
#include "broker/testing.h"

#include "base/clock.h"
#include "broker/queue.h"

enum { LIMIT = 4, WIDTH = 2 };

static int woken;

static inline void count_wake(void *user) {
    (void)user;
    woken++;
}

static inline int queue_make(void **state) {
    woken = 0;
    *state = queue_new(LIMIT, WIDTH, count_wake, NULL);
    return *state ? 0 : -1;
}

static inline int queue_remove(void **state) {
    queue_free(*state);
    return 0;
}

static inline enum err_code put(struct queue *q, size_t socket,
                                const struct broker_request *request) {
    struct err e = {ERR_NONE};
    struct broker_request decoded;
    struct buf b;
    buf_init_secret(&b, BROKER_MESSAGE_MAX);
    broker_request_encode(&b, request);
    assert_true(broker_request_decode(buf_str(&b), &decoded));
    bool done = queue_put(q, socket, buf_str(&b), &decoded, &e);
    assert_int_equal(done, e.code == ERR_NONE);
    buf_fini(&b);
    return e.code;
}

static inline enum err_code put_ticket(struct queue *q, size_t socket, const char *user,
                                       uint64_t id) {
    struct broker_request request = ticket_question(user, id);
    return put(q, socket, &request);
}

static inline enum err_code put_sign_in(struct queue *q, size_t socket, const char *user,
                                        uint64_t id) {
    struct broker_request request = sign_in_question(user, id);
    return put(q, socket, &request);
}

static inline enum err_code put_accept(struct queue *q, size_t socket, const char *ap_req,
                                       uint64_t id) {
    struct broker_request request = accept_question(ap_req, id);
    return put(q, socket, &request);
}

static inline void put_for(struct queue *q, const char *user, uint64_t id, uint32_t timeout_ms) {
    struct broker_request request = ticket_question(user, id);
    request.timeout_ms = timeout_ms;
    assert_int_equal(put(q, 0, &request), ERR_NONE);
}

#define WITH_QUEUE(test) cmocka_unit_test_setup_teardown(test, queue_make, queue_remove)
