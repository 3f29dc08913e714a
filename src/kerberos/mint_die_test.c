/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint_die.h"

#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_text_of_a_ticket_is_its_whole_groups_wherever_they_begin(void **state) {
    (void)state;
    static const size_t SKIPS[] = {0, 0, 1, 2, 2, 1, 0};
    char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 37 + 11);
    for (size_t size = 3; size <= sizeof bytes; size++) {
        struct mint_die d = {.ticket = bytes, .ticket_size = size};
        for (size_t i = 0; i < sizeof SKIPS / sizeof *SKIPS; i++) {
            struct str left = str_from(str_n(bytes, size), SKIPS[i]);
            struct buf whole;
            buf_init(&whole, 100);
            encode_base64(&whole, str_head(left, left.n / 3 * 3));
            assert_true(str_eq(mint_die_text(&d, SKIPS[i]), buf_str(&whole)));
            buf_fini(&whole);
        }
        free(d.text);
    }
}

static void its_size_counts_the_ticket_and_its_text(void **state) {
    (void)state;
    for (size_t size = 0; size < 100 * 1000; size = size * 3 + 1)
        assert_true(mint_die_size(&(struct ticket){.der_size = size}) >=
                    sizeof(struct mint_die) + size + (size + 2) / 3 * 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_a_ticket_is_its_whole_groups_wherever_they_begin),
        cmocka_unit_test(its_size_counts_the_ticket_and_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
