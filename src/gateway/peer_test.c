/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gateway/peer.h"
#include "net/address_range.h"

#include <arpa/inet.h>

struct row {
    const char *connection, *first, *second, *client;
};

static const struct row ROWS[] = {
    {"203.0.113.7", NULL, NULL, "203.0.113.7"},
    {"203.0.113.7", "198.51.100.1", NULL, "203.0.113.7"}, /* nobody asked it */
    {"10.1.2.3", NULL, NULL, "10.1.2.3"},
    {"10.1.2.3", "198.51.100.1", NULL, "198.51.100.1"},
    {"10.1.2.3", "192.0.2.99, 198.51.100.1", NULL, "198.51.100.1"}, /* the left one is a claim */
    {"10.1.2.3", "198.51.100.1, 10.9.9.9 , 192.0.2.1", NULL, "198.51.100.1"},
    {"10.1.2.3", "198.51.100.1", "10.9.9.9", "198.51.100.1"},
    {"10.1.2.3", "198.51.100.1", "203.0.113.9", "203.0.113.9"},
    {"10.1.2.3", "10.4.4.4", NULL, "10.4.4.4"},
    {"10.1.2.3", "198.51.100.1:4711", NULL, "198.51.100.1"},
    {"10.1.2.3", "[2001:db8::1]:4711", NULL, "2001:db8::1"},
    {"10.1.2.3", "2001:db8::1", NULL, "2001:db8::1"},
    {"fd00::1", "2001:db8::1", NULL, "2001:db8::1"},
    {"10.1.2.3", "198.51.100.1, unknown", NULL, "10.1.2.3"},
    {"10.1.2.3", "198.51.100.1, ", NULL, "10.1.2.3"},
    {"10.1.2.3", "", NULL, "10.1.2.3"},
    {"10.1.2.3", "198.51.100.1 evil", NULL, "10.1.2.3"},
    {"10.1.2.3", "198.51.100.1, 10.0.0.1.evil.example", NULL, "10.1.2.3"},
};

static union resolve_address address(const char *text) {
    union resolve_address a = {0};
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1)
        a.v4.sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1)
        a.v6.sin6_family = AF_INET6;
    return a;
}

static void only_trusted_proxies_say_who_the_client_is(void **state) {
    struct address_range trusted[3];
    struct config c = {.trusted_proxies = trusted, .trusted_proxy_count = 3};
    (void)state;
    assert_true(address_range_parse(STR("10.0.0.0/8"), &trusted[0]));
    assert_true(address_range_parse(STR("fd00::/8"), &trusted[1]));
    assert_true(address_range_parse(STR("192.0.2.1"), &trusted[2]));
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *row = &ROWS[i];
        struct header at[2] = {{STR("x-forwarded-for"), str_of(row->first ? row->first : "")},
                               {STR("X-Forwarded-For"), str_of(row->second ? row->second : "")}};
        struct headers h = {.at = at, .count = row->second ? 2 : row->first ? 1 : 0};
        union resolve_address connection = address(row->connection);
        union resolve_address client = peer_address(&c, &connection, &h);
        char text[INET6_ADDRSTRLEN];
        peer_text(&client, text);
        if (strcmp(text, row->client) != 0)
            fail_msg("%s, %s: %s", row->connection, row->first, text);
    }
}

static void an_address_is_written_as_the_system_writes_it(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4 * 256; i++) {
        char ours[INET6_ADDRSTRLEN], theirs[INET6_ADDRSTRLEN];
        union resolve_address a = address("10.99.100.0");
        ((unsigned char *)&a.v4.sin_addr)[i / 256] = (unsigned char)i;
        peer_text(&a, ours);
        inet_ntop(AF_INET, &a.v4.sin_addr, theirs, sizeof theirs);
        assert_string_equal(ours, theirs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_trusted_proxies_say_who_the_client_is),
        cmocka_unit_test(an_address_is_written_as_the_system_writes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
