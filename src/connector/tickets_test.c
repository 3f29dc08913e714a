/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/testing_tickets.h"

static void one_question_serves_all_who_wait(void **state) {
    struct place *p = *state;
    struct asker askers[3] = {{0}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(p, &askers[i], "alice@C", SPN), TICKETS_WAITING);
    struct broker_request q = question(p);
    assert_true(q.id != 0 && q.kind == BROKER_TICKET && q.timeout_ms > 0);
    assert_int_equal(question(p).id, 0);
    reply_ticket(p, q.id, far());
    UNTIL(p, askers[2].calls);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(askers[i].calls, 1);
        assert_ptr_equal(askers[i].ticket, askers[0].ticket);
        shared_ticket_release(askers[i].ticket);
    }
    assert_true(is_found(p, "alice@C"));
    assert_int_equal(question(p).id, 0);
}

static void other_names_name_types_and_spns_are_other_tickets(void **state) {
    struct place *p = *state;
    fetch(p, "alice@C", far());
    struct login enterprise = login_for("alice@C", BROKER_NAME_ENTERPRISE);
    struct asker a[3] = {{0}};
    struct tickets_question q = {
        .login = &enterprise, .spn = SPN, .done = on_ticket, .user = &a[0]};
    assert_int_equal(tickets_get(p->c->tickets, &q, &a[0].ticket, &a[0].wait, &a[0].err),
                     TICKETS_WAITING);
    assert_int_equal(question(p).name_type, BROKER_NAME_ENTERPRISE);
    assert_int_equal(ask(p, &a[1], "alice@c", SPN), TICKETS_WAITING);
    assert_int_equal(ask(p, &a[2], "alice@C", SPN "2"), TICKETS_WAITING);
    for (int i = 0; i < 3; i++)
        tickets_cancel(a[i].wait);
}

static void a_failure_is_told_to_all_and_kept_for_a_second(void **state) {
    struct place *p = *state;
    struct asker askers[2] = {{0}};
    for (int i = 0; i < 2; i++)
        ask(p, &askers[i], "alice@C", SPN);
    reply_error(p, question(p).id, ERR_KRB_SPN_UNKNOWN);
    UNTIL(p, askers[1].calls);
    for (int i = 0; i < 2; i++)
        assert_true(askers[i].calls == 1 && askers[i].err.code == ERR_KRB_SPN_UNKNOWN);
    struct asker again = {0};
    assert_int_equal(ask(p, &again, "alice@C", SPN), TICKETS_FAILED);
    assert_int_equal(again.err.code, ERR_KRB_SPN_UNKNOWN);
    assert_int_equal(question(p).id, 0);
    ahead_s = 2;
    fetch(p, "alice@C", far());
    ahead_s = 0;
    assert_true(is_found(p, "alice@C"));
}

static void a_broker_that_is_busy_may_be_asked_again_at_once(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    ask(p, &a, "alice@C", SPN);
    reply_error(p, question(p).id, ERR_BUSY);
    UNTIL(p, a.calls);
    fetch(p, "alice@C", far());
}

static void whoever_is_told_may_cancel_the_others_and_ask_again(void **state) {
    struct place *p = *state;
    for (int is_good = 0; is_good < 2; is_good++) {
        struct asker a[3] = {{.asks_again = "bob@C"}, {0}, {0}};
        a[0].cancels = &a[1];
        for (int i = 0; i < 3; i++)
            ask(p, &a[i], "alice@C", SPN);
        uint64_t id = question(p).id;
        if (is_good)
            reply_ticket(p, id, far());
        else
            reply_error(p, id, ERR_KRB_POLICY);
        UNTIL(p, a[2].calls);
        assert_true(a[0].calls == 1 && a[1].calls == 0 && a[2].calls == 1);
        assert_non_null(a[0].wait);
        assert_true(str_eq(question(p).user, STR("bob@C")));
        tickets_cancel(a[0].wait);
        shared_ticket_release(a[2].ticket);
        tickets_free(p->c->tickets);
        p->c->tickets =
            tickets_new(p->broker, p->shelf, (struct tickets_limits){10, SIZE_MAX, 30000});
        assert_non_null(p->c->tickets);
    }
}

static void a_cancelled_wait_is_not_told_and_the_ticket_kept(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    ask(p, &a, "alice@C", SPN);
    tickets_cancel(a.wait);
    tickets_cancel(NULL);
    reply_ticket(p, question(p).id, far());
    settle(p);
    assert_int_equal(a.calls, 0);
    assert_true(is_found(p, "alice@C"));
}

static void the_least_recently_used_goes_first(void **state) {
    struct place *p = *state;
    tickets_free(p->c->tickets);
    p->c->tickets = tickets_new(p->broker, p->shelf, (struct tickets_limits){2, SIZE_MAX, 30000});
    assert_non_null(p->c->tickets);
    fetch(p, "alice@C", far());
    fetch(p, "bob@C", far());
    assert_true(is_found(p, "alice@C"));
    fetch(p, "carol@C", far());
    assert_true(is_found(p, "alice@C") && is_found(p, "carol@C"));
    ticket_shelf_purge(p->shelf, STR_NONE);
    assert_false(is_found(p, "bob@C"));
}

static void a_ticket_in_use_outlives_its_place(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    fetch(p, "alice@C", far());
    assert_int_equal(ask(p, &a, "alice@C", SPN), TICKETS_FOUND);
    struct login l = login_for("alice@C", BROKER_NAME_PRINCIPAL);
    assert_true(tickets_renew(p->c->tickets, &(struct tickets_question){.login = &l, .spn = SPN}));
    assert_false(is_found(p, "alice@C"));
    assert_true(tickets_renew(
        p->c->tickets,
        &(struct tickets_question){.login = &l, .spn = SPN})); /* which is being asked for */
    assert_string_equal(a.ticket->ticket->client, "alice@CORP.EXAMPLE");
    shared_ticket_release(a.ticket);
    reply_ticket(p, question(p).id, far());
    settle(p);
    assert_true(is_found(p, "alice@C"));
}

static void a_ticket_near_its_end_is_not_used_any_more(void **state) {
    struct place *p = *state;
    static const struct {
        int64_t life_s, used_s;
    } ROWS[] = {{36000, 35880}, {600, 480}, {100, 80}, {10, 8}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char name[] = {(char)('a' + i), '@', 'C', 0};
        ahead_s = 0;
        fetch(p, name, clock_wall_s() + ROWS[i].life_s);
        ahead_s = ROWS[i].used_s - 1;
        assert_true(is_found(p, name));
        reply_error(p, question(p).id, ERR_KRB_KDC_UNREACHABLE); /* asked ahead */
        settle(p);
        ahead_s = ROWS[i].used_s + 2;
        assert_false(is_found(p, name));
        reply_error(p, question(p).id, ERR_KRB_KDC_UNREACHABLE);
        settle(p);
    }
    ahead_s = 0;
}

static void a_ticket_in_use_is_asked_for_ahead_and_stays_in_use_meanwhile(void **state) {
    struct place *p = *state;
    fetch(p, "alice@C", far());
    ahead_s = 36000 - 120 - 600 - 2;
    assert_true(is_found(p, "alice@C"));
    assert_int_equal(question(p).id, 0);
    ahead_s += 4;
    assert_true(is_found(p, "alice@C"));
    struct broker_request q = question(p);
    assert_true(q.id != 0 && str_eq(q.user, STR("alice@C")));
    assert_true(is_found(p, "alice@C"));
    assert_int_equal(question(p).id, 0); /* once */
    reply_error(p, q.id, ERR_KRB_KDC_UNREACHABLE);
    settle(p);
    assert_true(is_found(p, "alice@C")); /* still good, and not asked again at once */
    assert_int_equal(question(p).id, 0);
    ahead_s += 31;
    assert_true(is_found(p, "alice@C"));
    reply_ticket(p, question(p).id, far());
    settle(p);
    ahead_s += 3600; /* the first one is long over */
    assert_true(is_found(p, "alice@C"));
    assert_int_equal(question(p).id, 0);
    ahead_s = 0;
}

static void a_back_end_has_a_ticket_renewed_once_a_minute(void **state) {
    struct place *p = *state;
    struct login l = login_for("alice@C", BROKER_NAME_PRINCIPAL);
    fetch(p, "alice@C", far());
    assert_true(tickets_renew(p->c->tickets, &(struct tickets_question){.login = &l, .spn = SPN}));
    reply_ticket(p, question(p).id, far());
    settle(p);
    assert_true(is_found(p, "alice@C"));
    assert_false(tickets_renew(p->c->tickets, &(struct tickets_question){.login = &l, .spn = SPN}));
    assert_true(is_found(p, "alice@C"));
    ahead_s = TICKETS_RENEW_S + 1;
    assert_true(tickets_renew(p->c->tickets, &(struct tickets_question){.login = &l, .spn = SPN}));
    assert_false(is_found(p, "alice@C"));
    ahead_s = 0;
}

static void a_broker_that_is_gone_is_said_to_all(void **state) {
    struct place *p = *state;
    struct asker waits = {0}, later = {0};
    ask(p, &waits, "alice@C", SPN);
    close(p->broker_fds[1]);
    p->broker_fds[1] = -1;
    UNTIL(p, waits.calls);
    assert_int_equal(waits.err.code, ERR_BROKER_DOWN);
    assert_int_equal(ask(p, &later, "alice@C", SPN), TICKETS_FAILED);
    assert_int_equal(later.err.code, ERR_BROKER_DOWN);
}

static void a_table_may_go_while_the_broker_is_asked(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    ask(p, &a, "alice@C", SPN);
    tickets_cancel(a.wait);
    tickets_free(p->c->tickets);
    p->c->tickets = NULL;
    reply_ticket(p, question(p).id, far());
    settle(p);
    assert_int_equal(a.calls, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_question_serves_all_who_wait),
        TEST(other_names_name_types_and_spns_are_other_tickets),
        TEST(a_failure_is_told_to_all_and_kept_for_a_second),
        TEST(a_broker_that_is_busy_may_be_asked_again_at_once),
        TEST(whoever_is_told_may_cancel_the_others_and_ask_again),
        TEST(a_cancelled_wait_is_not_told_and_the_ticket_kept),
        TEST(the_least_recently_used_goes_first),
        TEST(a_ticket_in_use_outlives_its_place),
        TEST(a_ticket_near_its_end_is_not_used_any_more),
        TEST(a_ticket_in_use_is_asked_for_ahead_and_stays_in_use_meanwhile),
        TEST(a_back_end_has_a_ticket_renewed_once_a_minute),
        TEST(a_broker_that_is_gone_is_said_to_all),
        TEST(a_table_may_go_while_the_broker_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
