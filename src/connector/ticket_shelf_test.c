/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/testing_tickets.h"

static struct ticket *ticket_of(const char *client, int64_t ends_s) {
    struct ticket *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->client = strdup(client);
    t->starts_s = clock_wall_s();
    t->ends_s = ends_s;
    return t;
}

static void put(struct ticket_shelf *s, const char *name, int64_t ends_s) {
    struct login l = login_for(name, BROKER_NAME_PRINCIPAL);
    struct ticket *t = ticket_of(name, ends_s);
    ticket_shelf_put(s, &l, SPN, t, clock_mono_us() + 1);
    ticket_free(t);
}

/* When the ticket there ends; 0: there is none that ends after `after_s`. */
static int64_t take(struct ticket_shelf *s, const char *name, const char *spn, int64_t after_s) {
    struct login l = login_for(name, BROKER_NAME_PRINCIPAL);
    struct ticket *t = ticket_shelf_take(s, &l, spn, after_s);
    int64_t ends_s = t ? t->ends_s : 0;
    ticket_free(t);
    return ends_s;
}

static void what_is_put_can_be_taken_by_its_names_alone(void **state) {
    (void)state;
    struct ticket_shelf *s = ticket_shelf_new(10, SIZE_MAX);
    struct login enterprise = login_for("alice@C", BROKER_NAME_ENTERPRISE);
    put(s, "alice@C", 50);
    assert_int_equal(take(s, "alice@C", SPN, 0), 50);
    assert_int_equal(take(s, "alice@C", SPN, 50), 0);
    assert_int_equal(take(s, "alice@C", SPN "2", 0), 0);
    assert_int_equal(take(s, "Alice@C", SPN, 0), 0);
    assert_null(ticket_shelf_take(s, &enterprise, SPN, 0));
    struct login other_account = login_for("alice@C", BROKER_NAME_PRINCIPAL);
    other_account.account = 1;
    assert_null(ticket_shelf_take(s, &other_account, SPN, 0));
    put(s, "alice@C", 60);
    assert_int_equal(take(s, "alice@C", SPN, 50), 60);
    ticket_shelf_free(s);
}

static void the_least_recently_taken_goes_when_there_are_too_many(void **state) {
    (void)state;
    struct ticket_shelf *s = ticket_shelf_new(2, SIZE_MAX);
    put(s, "alice@C", 50);
    put(s, "bob@C", 50);
    take(s, "alice@C", SPN, 0);
    put(s, "carol@C", 50);
    assert_int_equal(take(s, "bob@C", SPN, 0), 0);
    assert_int_equal(take(s, "alice@C", SPN, 0), 50);
    assert_int_equal(take(s, "carol@C", SPN, 0), 50);
    ticket_shelf_free(s);
}

static void what_is_larger_than_all_that_may_be_is_not_kept(void **state) {
    (void)state;
    struct ticket_shelf *s = ticket_shelf_new(2, sizeof(struct ticket) * 3 / 2);
    put(s, "alice@C", 50);
    put(s, "bob@C", 50);
    assert_int_equal(take(s, "alice@C", SPN, 0), 0);
    assert_int_equal(take(s, "bob@C", SPN, 0), 50);
    ticket_shelf_free(s);
}

static void who_holds_a_ticket_keeps_it_when_the_shelf_is_gone(void **state) {
    (void)state;
    struct ticket_shelf *s = ticket_shelf_new(10, SIZE_MAX);
    struct login l = login_for("alice@C", BROKER_NAME_PRINCIPAL);
    put(s, "alice@C", 50);
    struct ticket *held = ticket_shelf_take(s, &l, SPN, 0);
    ticket_shelf_drop(s, &l, SPN);
    assert_int_equal(take(s, "alice@C", SPN, 0), 0);
    ticket_shelf_free(s);
    assert_string_equal(held->client, "alice@C");
    ticket_free(held);
}

static void a_purge_drops_one_persons_and_takes_in_nothing_asked_before(void **state) {
    (void)state;
    struct ticket_shelf *s = ticket_shelf_new(10, SIZE_MAX);
    struct login l = login_for("alice@C", BROKER_NAME_PRINCIPAL);
    struct ticket *t = ticket_of("alice@C", 50);
    int64_t asked_us = clock_mono_us();
    put(s, "alice@C", 50);
    put(s, "bob@C", 50);
    ticket_shelf_purge(s, STR("alice"));
    assert_int_equal(take(s, "alice@C", SPN, 0), 0);
    assert_int_equal(take(s, "bob@C", SPN, 0), 50);
    ticket_shelf_put(s, &l, SPN, t, asked_us);
    assert_int_equal(take(s, "alice@C", SPN, 0), 0);
    put(s, "alice@C", 50);
    assert_int_equal(take(s, "alice@C", SPN, 0), 50);
    ticket_shelf_purge(s, STR_NONE);
    assert_int_equal(take(s, "bob@C", SPN, 0), 0);
    ticket_free(t);
    ticket_shelf_free(s);
}

/* --- two threads' tickets, with one broker behind both --- */

static int pair_make(void **state) {
    int code = place_make(state);
    struct place *p = *state;
    if (code == 0)
        p->other = tickets_new(p->broker, p->shelf, (struct tickets_limits){10, SIZE_MAX, 30000});
    return code || !p->other;
}

static int pair_remove(void **state) {
    tickets_free(((struct place *)*state)->other);
    return place_remove(state);
}

static void swap(struct place *p) {
    struct tickets *t = p->other;
    p->other = p->c->tickets;
    p->c->tickets = t;
}

static void what_one_thread_has_got_the_other_does_not_ask_for(void **state) {
    struct place *p = *state;
    fetch(p, "alice@C", far());
    swap(p);
    assert_true(is_found(p, "alice@C"));
    assert_false(is_found(p, "bob@C"));
}

static void who_waits_already_is_told_whatever_comes_to_the_shelf(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    tickets_free(p->c->tickets);
    p->c->tickets = tickets_new(p->broker, p->shelf, (struct tickets_limits){1, SIZE_MAX, 30000});
    assert_int_equal(ask(p, &a, "alice@C", SPN), TICKETS_WAITING);
    uint64_t id = question(p).id;
    put(p->shelf, "alice@C", far()); /* by another thread */
    put(p->shelf, "bob@C", far());
    assert_false(is_found(p, "alice@C")); /* waits, too */
    assert_true(is_found(p, "bob@C"));    /* and there is room for one */
    reply_ticket(p, id, far());
    UNTIL(p, a.calls);
    assert_non_null(a.ticket);
    shared_ticket_release(a.ticket);
}

static void a_failure_is_over_when_the_other_has_a_ticket(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    ask(p, &a, "alice@C", SPN);
    reply_error(p, question(p).id, ERR_KRB_NOT_DELEGATED);
    UNTIL(p, a.calls);
    assert_int_equal(ask(p, &a, "alice@C", SPN), TICKETS_FAILED);
    swap(p);
    fetch(p, "alice@C", far());
    swap(p);
    assert_true(is_found(p, "alice@C"));
}

static void one_that_is_over_is_asked_for(void **state) {
    struct place *p = *state;
    fetch(p, "alice@C", clock_wall_s() + 10);
    swap(p);
    ahead_s = 9; /* it is used for four fifths of its life, whoever got it */
    fetch(p, "alice@C", far());
    ahead_s = 0;
}

static void one_that_is_renewed_by_a_thread_is_renewed_for_the_other(void **state) {
    struct place *p = *state;
    fetch(p, "alice@C", clock_wall_s() + 1000);
    swap(p);
    assert_true(is_found(p, "alice@C"));
    ahead_s = 800; /* due */
    assert_true(is_found(p, "alice@C"));
    reply_ticket(p, question(p).id, far());
    settle(p);
    swap(p);
    assert_true(is_found(p, "alice@C"));
    assert_int_equal(question(p).id, 0);
    ahead_s = 0;
}

static void one_that_a_back_end_refused_is_not_had_of_the_other(void **state) {
    struct place *p = *state;
    struct login l = login_for("alice@C", BROKER_NAME_PRINCIPAL);
    fetch(p, "alice@C", far());
    assert_true(tickets_renew(p->c->tickets, &(struct tickets_question){.login = &l, .spn = SPN}));
    assert_true(question(p).id);
    swap(p);
    assert_false(is_found(p, "alice@C"));
}

static void a_purge_in_one_thread_leaves_the_other_nothing_new(void **state) {
    struct place *p = *state;
    fetch(p, "alice@C", far());
    tickets_purge(p->c->tickets, STR("alice"));
    swap(p);
    assert_false(is_found(p, "alice@C"));
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_make, pair_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_can_be_taken_by_its_names_alone),
        cmocka_unit_test(the_least_recently_taken_goes_when_there_are_too_many),
        cmocka_unit_test(what_is_larger_than_all_that_may_be_is_not_kept),
        cmocka_unit_test(who_holds_a_ticket_keeps_it_when_the_shelf_is_gone),
        cmocka_unit_test(a_purge_drops_one_persons_and_takes_in_nothing_asked_before),
        WITH_PAIR(what_one_thread_has_got_the_other_does_not_ask_for),
        WITH_PAIR(who_waits_already_is_told_whatever_comes_to_the_shelf),
        WITH_PAIR(a_failure_is_over_when_the_other_has_a_ticket),
        WITH_PAIR(one_that_is_over_is_asked_for),
        WITH_PAIR(one_that_is_renewed_by_a_thread_is_renewed_for_the_other),
        WITH_PAIR(one_that_a_back_end_refused_is_not_had_of_the_other),
        WITH_PAIR(a_purge_in_one_thread_leaves_the_other_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
