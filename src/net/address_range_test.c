/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address_range.h"

#include "net/testing.h"

#include <arpa/inet.h>

union any {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static union any address(const char *text) {
    union any a = {.any = {.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET}};
    void *to = a.any.sa_family == AF_INET6 ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr;
    assert_int_equal(inet_pton(a.any.sa_family, text, to), 1);
    return a;
}

static void a_range_has_its_addresses_and_no_others(void **state) {
    (void)state;
    static const struct {
        const char *range, *inside, *outside;
    } ROWS[] = {
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
        {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
        {"192.0.2.0/31", "192.0.2.1", "192.0.2.2"},
        {"192.0.2.7", "192.0.2.7", "192.0.2.6"},
        {"192.0.2.7/32", "192.0.2.7", "192.0.3.7"},
        {"0.0.0.0/0", "203.0.113.9", "2001:db8::1"},
        {"::/0", "2001:db8::1", "203.0.113.9"},
        {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
        {"2001:db8::8000/113", "2001:db8::ffff", "2001:db8::7fff"},
        {"2001:DB8::1", "2001:db8::1", "2001:db8::2"},
        {"::1/128", "::1", "::"},
        /* IPv4 inside IPv6, on either side. */
        {"10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"},
        {"::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"},
        {"::ffff:10.1.2.3", "10.1.2.3", "::10.1.2.3"},
        {"::/0", "::1", "::ffff:10.1.2.3"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct address_range r;
        union any in = address(ROWS[i].inside), out = address(ROWS[i].outside);
        if (!address_range_parse(str_of(ROWS[i].range), &r))
            fail_msg("%s is refused", ROWS[i].range);
        if (!address_ranges_have(&r, 1, &in.any))
            fail_msg("%s has not %s", ROWS[i].range, ROWS[i].inside);
        if (address_ranges_have(&r, 1, &out.any))
            fail_msg("%s has %s", ROWS[i].range, ROWS[i].outside);
    }
}

static void what_two_readers_could_read_differently_is_refused(void **state) {
    (void)state;
    static const struct str ROWS[] = {
        {"", 0},       STR("10.0.0.1/8"),     STR("10.0.0.0/33"),  STR("10.0.0.0/"),
        STR("/8"),     STR("10.0.0.0/08"),    STR("10.0.0.0/-1"),  STR("10.0.0.0/+8"),
        STR("10/8"),   STR("010.0.0.1"),      STR("10.0.0.0/8 "),  STR(" 10.0.0.0/8"),
        STR("::1/64"), STR("::/129"),         STR("[::1]"),        STR("[::]/0"),
        STR("::1%lo"), STR("10.0.0.1:443"),   STR("10.0.0.0/8/8"), STR("10.0.0.0/255.0.0.0"),
        STR("host"),   STR("10.0.0.1\0.bad"), STR("10.0.0.1-9"),   STR("10.0.0.*"),
        STR("::g"),    STR("128.0.0.0/0"),    STR("0x0a000000/8"), STR("::ffff:10.0.0.1/104"),
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct address_range r;
        if (address_range_parse(ROWS[i], &r))
            fail_msg("%.*s is accepted", STR_ARG(ROWS[i]));
    }
}

static void the_network_that_was_meant_is_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *network;
    } ROWS[] = {
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"192.0.2.129/25", "192.0.2.128/25"},
        {"1.2.3.4/0", "0.0.0.0/0"},
        {"fd00::1/8", "fd00::/8"},
        {"::ffff:10.0.0.1/104", "10.0.0.0/8"},
        {"10.0.0.0/8", ""},
        {"10.0.0.1", ""},
        {"10.0.0.1/33", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char network[ADDRESS_RANGE_TEXT_MAX] = "unset";
        bool is_named = address_range_network(str_of(ROWS[i].text), network);
        assert_string_equal(network, ROWS[i].network);
        assert_int_equal(is_named, *network != 0);
    }
}

static void any_of_several_ranges_will_do(void **state) {
    (void)state;
    struct address_range r[2];
    union any a = address("192.0.2.1"), other = {.any = {.sa_family = AF_UNIX}};
    assert_true(address_range_parse(STR("10.0.0.0/8"), &r[0]));
    assert_true(address_range_parse(STR("192.0.2.0/24"), &r[1]));
    assert_true(address_ranges_have(r, 2, &a.any));
    assert_false(address_ranges_have(r, 1, &a.any));
    assert_false(address_ranges_have(NULL, 0, &a.any));
    assert_false(address_ranges_have(r, 2, &other.any));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_has_its_addresses_and_no_others),
        cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
        cmocka_unit_test(the_network_that_was_meant_is_named),
        cmocka_unit_test(any_of_several_ranges_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
