/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "doctor/redact_number.h"

static void addresses_and_numbers_are_recognised_by_their_form(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum redact_number_kind kind;
        size_t n;
    } ROWS[] = {
        {"10.0.0.10", NUMBER_IPV4, 9},
        {"10.0.0.10:88 answered", NUMBER_IPV4, 9},
        {"10.0.0.10.", NUMBER_IPV4, 9},
        {"10.0.0.10/24", NUMBER_IPV4, 9},
        {"10.0.0.10.in-addr.arpa", NUMBER_IPV4, 9},
        {"10.0.0.300", NUMBER_NONE, 0},
        {"10.0.0", NUMBER_NONE, 0},
        {"10.0.0.10a", NUMBER_NONE, 0},
        {"127.0.0.1", NUMBER_NONE, 0},
        {"127.0.0.10", NUMBER_IPV4, 10},
        {"1.2.840.113554.1.2.2", NUMBER_NONE, 0},
        {"0.1.0", NUMBER_NONE, 0},
        {"fd12:3456:789a::5", NUMBER_IPV6, 17},
        {"fd12::5: no answer", NUMBER_IPV6, 7},
        {"fd12::5.", NUMBER_IPV6, 7},
        {"fe80::1%eth0", NUMBER_IPV6, 7},
        {"::ffff:10.0.0.1]:80", NUMBER_IPV6, 15},
        {"::1", NUMBER_NONE, 0},
        {"19:00:00Z", NUMBER_NONE, 0},
        {"aa:bb:cc:dd:ee:ff", NUMBER_NONE, 0},
        {"S-1-5-21-3623811015-3361044348-30300820-1105)", NUMBER_SID, 44},
        {"s-1-5-21-1-2-3", NUMBER_SID, 14},
        {"S-1-12-1-1-2-3-4", NUMBER_SID, 16},
        {"S-1-5-32-560", NUMBER_NONE, 0},
        {"S-1-18-1", NUMBER_NONE, 0},
        {"S-1-5-210-1", NUMBER_NONE, 0},
        {"S-1", NUMBER_NONE, 0},
        {"0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c", NUMBER_GUID, 36},
        {"0B1F6C5E-6B0E-4D58-9A3C-2F1D7E8A9B0C.", NUMBER_GUID, 36},
        {"0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c0", NUMBER_NONE, 0},
        {"", NUMBER_NONE, 0},
        {"dead", NUMBER_NONE, 0},
        {":::", NUMBER_NONE, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct redact_number got = redact_number_at(str_of(ROWS[i].text));
        if (got.kind != ROWS[i].kind || got.n != ROWS[i].n)
            fail_msg("%s: kind %d, %zu bytes", ROWS[i].text, (int)got.kind, got.n);
    }
}

static void the_domain_of_a_sid_is_its_first_part(void **state) {
    (void)state;
    assert_int_equal(redact_sid_domain(STR("S-1-5-21-1-2-3-1105")), 14);
    assert_int_equal(redact_sid_domain(STR("S-1-5-21-1-2-3")), 14);
    assert_int_equal(redact_sid_domain(STR("")), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_numbers_are_recognised_by_their_form),
        cmocka_unit_test(the_domain_of_a_sid_is_its_first_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
