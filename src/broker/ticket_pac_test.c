/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose ticket it is. What a PAC says is tested in kerberos/pac_test.c, with a KDC in
 * tests/e2e/test_deny_groups.py and test_access.py.
 */
#include "broker/ticket_pac.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is put in the place of the person's own ticket by who knows her session key. */
static void only_the_ticket_of_this_sign_in_counts(void **state) {
    enum { LIFE_S = 300 };
    static const struct {
        const char *what, *client;
        int since_s, left_s;
        bool is_hers;
    } ROWS[] = {
        {"hers", "mallory@CORP.EXAMPLE", 0, LIFE_S, true},
        {"somebody else's", "alice@CORP.EXAMPLE", 0, LIFE_S, false},
        {"of another realm", "mallory@ELSE.EXAMPLE", 0, LIFE_S, false},
        {"from before", "mallory@CORP.EXAMPLE", 60, LIFE_S, false},
        {"over", "mallory@CORP.EXAMPLE", 0, -1, false},
    };
    struct krb k = {0};
    krb5_creds tgt = {0};
    krb5_timestamp now_s = (krb5_timestamp)clock_wall_s();
    (void)state;
    assert_int_equal(krb5_init_context(&k.context), 0);
    assert_int_equal(krb5_parse_name(k.context, "mallory@CORP.EXAMPLE", &tgt.client), 0);
    tgt.times.authtime = now_s;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        krb5_enc_tkt_part part = {
            .times = {.authtime = now_s - ROWS[i].since_s, .endtime = now_s + ROWS[i].left_s}};
        krb5_ticket ticket = {.enc_part2 = &part};
        const struct ticket_pac t = {.opened = &ticket};
        assert_int_equal(krb5_parse_name(k.context, ROWS[i].client, &part.client), 0);
        if (ticket_pac_is_of(&t, &k, &tgt) != ROWS[i].is_hers)
            fail_msg("%s", ROWS[i].what);
        krb5_free_principal(k.context, part.client);
    }
    krb5_free_principal(k.context, tgt.client);
    krb5_free_context(k.context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_ticket_of_this_sign_in_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
