/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "broker/kdc_list.h"

#include <stdlib.h>
#include <unistd.h>

static const struct {
    const char *line, *host;
    unsigned port; /* 0: none */
} ROWS[] = {
    {"dc1.corp.example", "dc1.corp.example", 88},
    {"dc1.corp.example:750", "dc1.corp.example", 750},
    {"10.0.0.10", "10.0.0.10", 88},
    {"10.0.0.10:88", "10.0.0.10", 88},
    {"fd00::1", "fd00::1", 88},
    {"[fd00::1]", "fd00::1", 88},
    {"[fd00::1]:750", "fd00::1", 750},
    {"tcp/dc1.corp.example", "dc1.corp.example", 88},
    {"udp/10.0.0.10:750", "10.0.0.10", 750},
    {"https://kdc.corp.example/KdcProxy", "", 0},
    {"dc1.corp.example:", "", 0},
    {"dc1.corp.example:0", "", 0},
    {"dc1.corp.example:kerberos", "", 0},
    {"[fd00::1", "", 0},
    {"[]", "", 0},
    {"", "", 0},
};

static void a_line_of_krb5_conf_is_a_host_and_a_port(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct kdc_name name;
        bool is_one = kdc_list_parse(ROWS[i].line, &name);
        if (is_one != (ROWS[i].port != 0) ||
            (is_one && (strcmp(name.host, ROWS[i].host) != 0 || name.port != ROWS[i].port)))
            fail_msg("%s: %s %u", ROWS[i].line, name.host, name.port);
    }
}

static void take(void *user, const char *kdc) {
    buf_add(user, str_of(kdc));
    buf_add_byte(user, ' ');
}

static void those_of_the_realm_are_shown_in_their_order(void **state) {
    (void)state;
    char name[] = "/tmp/kdc_list_test.XXXXXX";
    struct buf seen;
    int fd = mkstemp(name);
    static const char TEXT[] = "[realms]\nA.EXAMPLE = {\n kdc = one:88\n kdc = two\n}\n"
                               "B.EXAMPLE = {\n kdc = three\n}\n";
    buf_init(&seen, 256);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, TEXT, sizeof TEXT - 1), sizeof TEXT - 1);
    close(fd);
    struct config_kerberos k = {.krb5_conf = name};
    kdc_list_each(&k, "A.EXAMPLE", take, &seen);
    assert_true(str_eq(buf_str(&seen), STR("one:88 two ")));
    kdc_list_each(&k, "C.EXAMPLE", take, &seen);
    assert_true(str_eq(buf_str(&seen), STR("one:88 two ")));
    buf_fini(&seen);
    unlink(name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_krb5_conf_is_a_host_and_a_port),
        cmocka_unit_test(those_of_the_realm_are_shown_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
