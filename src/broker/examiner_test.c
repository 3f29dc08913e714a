/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "broker/examiner.h"

static const struct {
    const char *what;
    struct str datagram;
    bool is_one;
} ROWS[] = {
    {"a fact", {"Fkerberos.tgt\0{\"ok\":true}", 25}, true},
    {"the end", {"E", 1}, true},
    {"nothing", {"", 0}, false},
    {"an end with more behind it", {"Ex", 2}, false},
    {"a fact without a value", {"Fkerberos.tgt\0", 14}, false},
    {"a fact without a path's end", {"Fkerberos.tgt", 13}, false},
    {"a fact whose value is no JSON", {"Fa\0{", 4}, false},
    {"a ticket that is none", {"T\x81", 2}, false},
    {"something else", {"X", 1}, false},
};

static void only_what_an_examiner_sends_is_read(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct examiner_message m;
        if (examiner_read(ROWS[i].datagram, &m) != ROWS[i].is_one)
            fail_msg("%s", ROWS[i].what);
        json_decref(m.value);
        ticket_free(m.ticket);
    }
}

static void a_path_that_is_too_long_is_none(void **state) {
    (void)state;
    char datagram[300];
    struct examiner_message m;
    memset(datagram, 'a', sizeof datagram);
    datagram[0] = EXAMINER_FACT;
    datagram[200] = '\0';
    memcpy(datagram + 201, "1", 1);
    assert_false(examiner_read(str_n(datagram, 202), &m));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_an_examiner_sends_is_read),
        cmocka_unit_test(a_path_that_is_too_long_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
