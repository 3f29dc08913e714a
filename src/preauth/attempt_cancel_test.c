/* SPDX-License-Identifier: Apache-2.0
 *
 * Sign-ins whose browser goes away before they are decided.
 */
#include "preauth/testing_attempt.h"

/* Nothing is left of the request when its client has gone. */
static void hang_up(struct place *p, struct local_wait *wait) {
    local_cancel(wait);
    arena_fini_wiped(&p->arena);
    memset(&p->request, 0xee, sizeof p->request);
}

static void who_hangs_up_has_guessed_all_the_same(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    hang_up(p, wait);
    assert_int_equal(asked.canceled_questions, 0);
    broker_answers(ERR_SIGN_IN_REFUSED);
    assert_int_equal(asked.good + asked.untried, 0);
    assert_int_equal(asked.event, 21002);
    assert_string_equal(asked.event_text, "the directory said no");
}

static void who_does_not_wait_for_the_refusal_is_written_down(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_SIGN_IN_REFUSED);
    hang_up(p, wait);
    assert_null(delay.fire);
    assert_int_equal(asked.event, 21002);
    assert_int_equal(asked.good + asked.untried, 0);
}

/* The button was pressed twice: the first of the two was no failure. */
static void who_hangs_up_with_the_right_password_has_not_failed(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    hang_up(p, wait);
    broker_answers(ERR_NONE);
    assert_int_equal(asked.good, 1);
    assert_int_equal(asked.created, 0);
}

static void who_hangs_up_before_the_directory_was_asked_has_not_tried(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    hang_up(p, wait);
    reserve_answers(0, ERR_NONE);
    assert_int_equal(asked.untried, 1);
    assert_int_equal(asked.asked, 0);
}

static void who_hangs_up_and_was_throttled_takes_nothing_back(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    hang_up(p, wait);
    reserve_answers(60, ERR_NONE);
    assert_int_equal(asked.untried, 0);
}

static void who_hangs_up_after_the_verdict_ends_it(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_NONE);
    hang_up(p, wait);
    assert_int_equal(asked.good, 1);
}

static void what_was_abandoned_goes_with_the_loop(void **state) {
    struct place *p = *state;
    struct local_wait *wait;
    post_well(p, FORM("alice", "%2F"), &wait);
    reserve_answers(0, ERR_NONE);
    local_cancel(wait);
    assert_int_equal(post(p, FORM("bob", "%2F"), &wait), LOCAL_LATER);
    local_cancel(wait);
    local_fini(&p->tools);
    assert_int_equal(asked.canceled_questions, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(who_hangs_up_has_guessed_all_the_same),
        TEST(who_does_not_wait_for_the_refusal_is_written_down),
        TEST(who_hangs_up_with_the_right_password_has_not_failed),
        TEST(who_hangs_up_before_the_directory_was_asked_has_not_tried),
        TEST(who_hangs_up_and_was_throttled_takes_nothing_back),
        TEST(who_hangs_up_after_the_verdict_ends_it),
        TEST(what_was_abandoned_goes_with_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
