/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gateway/shares.h"

#include <arpa/inet.h>

static union resolve_address address(const char *text) {
    union resolve_address a = {0};
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1)
        a.v4.sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1)
        a.v6.sin6_family = AF_INET6;
    return a;
}

static void each_address_has_its_share(void **state) {
    struct shares *s = shares_new(2);
    union resolve_address one = address("203.0.113.7"), other = address("203.0.113.8");
    (void)state;
    assert_true(shares_take(s, &one) && shares_take(s, &one));
    assert_false(shares_take(s, &one));
    assert_true(shares_take(s, &other));
    shares_give(s, &one);
    assert_true(shares_take(s, &one));
    assert_false(shares_take(s, &one));
    shares_free(s);
}

static void of_ipv6_a_network_is_one_client(void **state) {
    struct shares *s = shares_new(1);
    union resolve_address one = address("2001:db8::1"), same = address("2001:db8::ffff:2"),
                          other = address("2001:db8:0:1::1");
    (void)state;
    assert_true(shares_take(s, &one));
    assert_false(shares_take(s, &same));
    assert_true(shares_take(s, &other));
    shares_give(s, &one);
    assert_true(shares_take(s, &same));
    shares_free(s);
}

static void many_addresses_are_told_apart(void **state) {
    struct shares *s = shares_new(1);
    union resolve_address a = address("10.0.0.0");
    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        a.v4.sin_addr.s_addr = htonl(0x0a000000 + i);
        assert_true(shares_take(s, &a));
        assert_false(shares_take(s, &a));
    }
    for (uint32_t i = 0; i < 20000; i++) {
        a.v4.sin_addr.s_addr = htonl(0x0a000000 + i);
        shares_give(s, &a);
        assert_true(shares_take(s, &a));
    }
    shares_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_has_its_share),
        cmocka_unit_test(of_ipv6_a_network_is_one_client),
        cmocka_unit_test(many_addresses_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
