/* SPDX-License-Identifier: Apache-2.0
 *
 * Tickets that are held: how many, whose, shown and dropped.
 */
#include "connector/testing_tickets.h"

static void hold_one(struct place *p, size_t bytes) {
    tickets_free(p->c->tickets);
    p->c->tickets = tickets_new(p->broker, p->shelf, (struct tickets_limits){10, bytes, 30000});
    assert_non_null(p->c->tickets);
    fetch(p, "alice@C", far());
    assert_true(is_found(p, "alice@C")); /* too large, but the last one */
    fetch(p, "bob@C", far());
    assert_true(is_found(p, "bob@C"));
    ticket_shelf_purge(p->shelf, STR_NONE);
    assert_false(is_found(p, "alice@C"));
}

static void tickets_take_no_more_bytes_than_they_may(void **state) { hold_one(*state, 1); }

static void their_dies_count_before_they_are_made(void **state) { hold_one(*state, 5000); }

static void whose_ticket_one_is_depends_on_either_name(void **state) {
    (void)state;
    static const struct {
        const char *login, *client, *user;
        bool is_of;
    } ROWS[] = {
        {"alice@CORP.EXAMPLE", "alice@CORP.EXAMPLE", "", true},
        {"alice@CORP.EXAMPLE", NULL, "alice@corp.example", true},
        {"alice@CORP.EXAMPLE", NULL, "Alice", true},
        {"a.smith@corp.example", "alice@CORP.EXAMPLE", "alice", true},
        {"a.smith@corp.example", "alice@CORP.EXAMPLE", "a.smith@corp.example", true},
        {"x@corp.example", "alice\\@corp.example@CORP.EXAMPLE", "alice", true},
        {"alice@CORP.EXAMPLE", "alice@CORP.EXAMPLE", "alic", false},
        {"alice@CORP.EXAMPLE", "alice@CORP.EXAMPLE", "alice@other.example", false},
        {"alice@CORP.EXAMPLE", NULL, "bob", false},
        {"alice@CORP.EXAMPLE", NULL, "@", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct login l = login_for(ROWS[i].login, BROKER_NAME_PRINCIPAL);
        if (tickets_is_of(&l, ROWS[i].client, str_of(ROWS[i].user)) != ROWS[i].is_of)
            fail_msg("row %zu", i);
    }
}

static void note(void *user, const struct tickets_held *held) {
    char *seen = user;
    snprintf(seen + strlen(seen), 64, "%.40s %d,", held->login->name, (int)held->ticket->uses);
    assert_string_equal(held->spn, SPN);
}

static void held_tickets_are_shown_with_their_uses(void **state) {
    struct place *p = *state;
    char seen[256] = "";
    fetch(p, "alice@C", far());
    fetch(p, "bob@C", far());
    assert_true(is_found(p, "alice@C"));
    tickets_each(p->c->tickets, STR_NONE, note, seen);
    assert_string_equal(seen, "bob@C 1,alice@C 2,");
    seen[0] = 0;
    tickets_each(p->c->tickets, STR("bob"), note, seen);
    assert_string_equal(seen, "bob@C 1,");
}

static void purged_tickets_are_gone_and_those_of_others_stay(void **state) {
    struct place *p = *state;
    struct asker failed = {0};
    fetch(p, "alice@C", far());
    fetch(p, "bob@C", far());
    assert_int_equal(tickets_purge(p->c->tickets, STR("nobody")), 0);
    assert_int_equal(tickets_purge(p->c->tickets, STR("bob")), 1);
    assert_true(is_found(p, "alice@C"));
    assert_int_equal(ask(p, &failed, "carol@C", SPN), TICKETS_WAITING);
    reply_error(p, question(p).id, ERR_KRB_POLICY);
    UNTIL(p, failed.calls);
    assert_int_equal(tickets_purge(p->c->tickets, STR_NONE), 1);
    fetch(p, "carol@C", far()); /* what was remembered of her failure is forgotten, too */
    assert_false(is_found(p, "alice@C"));
}

static void what_was_asked_for_before_a_purge_is_for_those_who_wait_alone(void **state) {
    struct place *p = *state;
    struct asker a = {0};
    ask(p, &a, "alice@C", SPN);
    assert_int_equal(tickets_purge(p->c->tickets, STR("alice")), 0);
    reply_ticket(p, question(p).id, far());
    UNTIL(p, a.calls);
    assert_non_null(a.ticket);
    shared_ticket_release(a.ticket);
    fetch(p, "alice@C", far());
    assert_true(is_found(p, "alice@C"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(tickets_take_no_more_bytes_than_they_may),
        TEST(their_dies_count_before_they_are_made),
        TEST(whose_ticket_one_is_depends_on_either_name),
        TEST(held_tickets_are_shown_with_their_uses),
        TEST(purged_tickets_are_gone_and_those_of_others_stay),
        TEST(what_was_asked_for_before_a_purge_is_for_those_who_wait_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
