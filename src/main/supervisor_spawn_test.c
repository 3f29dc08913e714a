/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_child_sees_no_second_configuration(void **state) {
    (void)state;
    const char *const from[] = {"PATH=/bin",
                                "TZ=UTC",
                                "KRB5_CONFIG=/evil",
                                "KRB5_TRACE=/evil",
                                "KRB5CCNAME=/evil",
                                "LD_PRELOAD=/evil",
                                "LANG=C",
                                "LANGUAGE=de",
                                "MALLOC_PERTURB_=7",
                                "SSLKEYLOGFILE=/evil",
                                "TZDIR=/evil",
                                "TZ",
                                "ASAN_OPTIONS=x",
                                "OPENSSL_CONF=/evil",
                                "",
                                NULL};
    static const char *const KEPT[] = {"TZ=UTC", "LANG=C", "MALLOC_PERTURB_=7", "ASAN_OPTIONS=x"};
    char **to = spawn_environment((char *const *)from);
    size_t n = 0;
    assert_non_null(to);
    for (; to[n]; n++) {
        assert_true(n < sizeof KEPT / sizeof *KEPT);
        assert_string_equal(to[n], KEPT[n]);
    }
    assert_int_equal(n, sizeof KEPT / sizeof *KEPT);
    free(to);
}

static void an_empty_environment_stays_empty(void **state) {
    (void)state;
    char *from[] = {NULL};
    char **to = spawn_environment(from);
    assert_non_null(to);
    assert_null(to[0]);
    free(to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_sees_no_second_configuration),
        cmocka_unit_test(an_empty_environment_stays_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
