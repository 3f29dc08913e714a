/* SPDX-License-Identifier: Apache-2.0
 *
 * Tickets that end while their requests wait.
 */
#include "connector/testing_person.h"
#include "connector/testing_clock.h"

enum { LIFE_S = 10 };

static void finish(struct side *s) {
    UNTIL(s->p, is_over(&s->told));
    assert_int_equal(s->told.ends, 1);
    side_end(s);
}

/* The request comes with a token on `fd`, which is alice's last. */
static void expect_token(struct place *p, struct side *s, struct person *alice, int fd) {
    static char token[4096];
    read_token(p, fd, token);
    say(fd, ANSWER);
    finish(s);
    identity_fini(&alice->identity);
    close(fd);
}

/* One connection for alice: the first request has it, the second waits, with a ticket of ten
 * seconds, for so many of them. */
static int wait_with_a_ticket(struct place *p, struct side *second, struct person *alice,
                              int64_t seconds) {
    static char token[4096];
    struct side first;
    ahead_s = 0;
    p->config->limits.backend_connections_per_identity = 1;
    p->config->apps[HR].connect_timeout_ms = 60000;
    person_make(alice, "alice");
    ask_as(&first, p, alice);
    give_ticket(p, LIFE_S);
    int fd = accept_back(p);
    read_token(p, fd, token);
    ask_as(second, p, alice);
    assert_true(nobody_connects(p));
    ahead_s = seconds;
    say(fd, ANSWER);
    finish(&first);
    return fd;
}

static void a_ticket_that_ends_in_a_wait_for_a_connection_is_not_sent(void **state) {
    struct place *p = *state;
    struct person alice;
    struct side s;
    int fd = wait_with_a_ticket(p, &s, &alice, LIFE_S - 1);
    give_ticket(p, LONG_S);
    expect_token(p, &s, &alice, fd); /* on the connection it had waited for */
}

static void one_that_is_still_good_after_a_wait_is(void **state) {
    struct place *p = *state;
    struct person alice;
    struct side s;
    int fd = wait_with_a_ticket(p, &s, &alice, LIFE_S / 2);
    expect_token(p, &s, &alice, fd);
    assert_int_equal(question(p).id, 0);
}

/* The KDC's clock is another than ours: what it gives is all there is. */
static void one_that_is_over_when_it_comes_is_sent(void **state) {
    struct place *p = *state;
    struct person alice;
    struct side s;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, -3600);
    ahead_s = 5; /* until there is a connection */
    int fd = accept_back(p);
    give_ticket(p, -3600);
    expect_token(p, &s, &alice, fd);
    ahead_s = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_ticket_that_ends_in_a_wait_for_a_connection_is_not_sent),
        TEST(one_that_is_still_good_after_a_wait_is),
        TEST(one_that_is_over_when_it_comes_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
