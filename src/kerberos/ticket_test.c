/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/ticket.h"

static void flags_are_written_as_klist_writes_them(void **state) {
    (void)state;
    static const struct {
        uint32_t flags;
        const char *text;
    } ROWS[] = {
        {0, ""},
        {0x40a10000, "FRA"},
        {0x60a50000, "FfRAO"},
        {0xffffffff, "FfPpDdiRIAHTOa"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[TICKET_FLAGS_SIZE];
        ticket_flags_text(ROWS[i].flags, text);
        assert_string_equal(text, ROWS[i].text);
    }
}

static void encryption_types_have_names(void **state) {
    (void)state;
    assert_string_equal(ticket_enctype_name(18), "aes256-cts");
    assert_string_equal(ticket_enctype_name(23), "rc4-hmac");
    assert_string_equal(ticket_enctype_name(-133), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_written_as_klist_writes_them),
        cmocka_unit_test(encryption_types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
