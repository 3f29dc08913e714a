/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* RFC 2202 3, test case 2, and RFC 4231 4.3. */
static void the_vectors_of_the_rfcs(void **state) {
    static const struct {
        enum secret_mac digest;
        size_t size;
        const char *expected;
    } ROWS[] = {
        {SECRET_MAC_SHA1, 20,
         "\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf\x9c\x25\x9a\x7c\x79"},
        {SECRET_MAC_SHA256, 32,
         "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08"
         "\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        unsigned char mac[SECRET_MAC_MAX];
        size_t n =
            secret_mac(ROWS[i].digest, STR("Jefe"), STR("what do ya want for nothing?"), mac);
        assert_int_equal(n, ROWS[i].size);
        assert_memory_equal(mac, ROWS[i].expected, n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_vectors_of_the_rfcs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
