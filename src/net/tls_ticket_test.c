/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_ticket.h"

#include "net/testing.h"

static const int64_t T = TLS_TICKET_S * 1000000LL;

static void a_key_seals_for_one_time_and_opens_for_two(void **state) {
    struct tls_tickets t;
    struct tls_ticket_key first, second, third, found;
    (void)state;
    assert_true(tls_tickets_init(&t));
    assert_true(tls_tickets_seal(&t, 1, &first));
    assert_true(tls_tickets_seal(&t, T, &found));
    assert_memory_equal(&found, &first, sizeof first);
    assert_true(tls_tickets_seal(&t, T + 1, &second));
    assert_memory_not_equal(second.name, first.name, sizeof first.name);
    assert_memory_not_equal(second.cipher, first.cipher, sizeof first.cipher);
    assert_memory_not_equal(second.mac, first.mac, sizeof first.mac);
    assert_true(tls_tickets_open(&t, first.name, 2 * T, &found));
    assert_memory_equal(&found, &first, sizeof first);
    assert_true(tls_tickets_open(&t, second.name, 2 * T, &found));
    assert_false(tls_tickets_open(&t, first.name, 2 * T + 1, &found));
    assert_true(tls_tickets_seal(&t, 2 * T + 1, &third));
    assert_true(tls_tickets_open(&t, second.name, 2 * T + 1, &found));
    assert_false(tls_tickets_open(&t, first.name, 2 * T + 1, &found));
    tls_tickets_fini(&t);
}

/* Nobody has come for long: the key is still there, and does not count any more. */
static void a_key_that_rested_opens_nothing(void **state) {
    struct tls_tickets t;
    struct tls_ticket_key key, found;
    (void)state;
    assert_true(tls_tickets_init(&t));
    assert_true(tls_tickets_seal(&t, 1, &key));
    assert_false(tls_tickets_open(&t, key.name, 2 * T + 1, &found));
    tls_tickets_fini(&t);
}

static void before_the_first_key_nothing_opens(void **state) {
    static const unsigned char NAME[TLS_TICKET_NAME] = {0};
    struct tls_tickets t;
    struct tls_ticket_key found;
    (void)state;
    assert_true(tls_tickets_init(&t));
    assert_false(tls_tickets_open(&t, NAME, 5, &found));
    tls_tickets_fini(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_seals_for_one_time_and_opens_for_two),
        cmocka_unit_test(a_key_that_rested_opens_nothing),
        cmocka_unit_test(before_the_first_key_nothing_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
