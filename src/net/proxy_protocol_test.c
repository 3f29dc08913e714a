/* SPDX-License-Identifier: Apache-2.0 */
#include "net/proxy_protocol.h"

#include "net/testing.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"
#define ADDRESSES4 "\300\0\2\1\300\0\2\2\x30\x39\x01\xbb"
#define ADDRESSES6                                                                                 \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\x30\x39\x01" \
    "\xbb"

static void expect_address(const union resolve_address *a, const char *address, unsigned port) {
    char text[INET6_ADDRSTRLEN] = "";
    bool is_v6 = a->any.sa_family == AF_INET6;
    inet_ntop(a->any.sa_family,
              is_v6 ? (const void *)&a->v6.sin6_addr : (const void *)&a->v4.sin_addr, text,
              sizeof text);
    assert_string_equal(text, address);
    assert_int_equal(ntohs(is_v6 ? a->v6.sin6_port : a->v4.sin_port), port);
}

/* Whole, behind each other, and a byte at a time. */
static enum proxy_result read_in_pieces(struct str header, struct proxy_header *out,
                                        struct err *e) {
    char *bytes = malloc(header.n);
    enum proxy_result result = PROXY_MORE;
    assert_non_null(bytes);
    for (size_t n = 0; n <= header.n && result == PROXY_MORE; n++) {
        memcpy(bytes, header.p, n);
        result = proxy_header_read(str_n(bytes, n), out, e);
        assert_true(result != PROXY_READY || n == header.n);
    }
    free(bytes);
    return result;
}

static void addresses_are_read(void **state) {
    static const struct {
        struct str header;
        const char *source, *destination;
        unsigned source_port, destination_port;
    } ROWS[] = {
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 12345 443\r\n"), "192.0.2.1", "192.0.2.2", 12345, 443},
        {STR("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n"), "255.255.255.255", "0.0.0.0", 65535,
         0},
        {STR("PROXY TCP6 2001:DB8::1 2001:db8::2 1 2\r\n"), "2001:db8::1", "2001:db8::2", 1, 2},
        {STR("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), "::ffff:192.0.2.1", "::1", 1, 2},
        {STR("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         65535, 65535},
        {STR(V2 "\x21\x11\0\x0c" ADDRESSES4), "192.0.2.1", "192.0.2.2", 12345, 443},
        {STR(V2 "\x21\x21\0\x24" ADDRESSES6), "2001:db8::1", "2001:db8::2", 12345, 443},
        /* Additions: none of ours, an empty one, and a checksum among others. */
        {STR(V2 "\x21\x11\0\x13" ADDRESSES4 "\xe0\0\1x\4\0\0"), "192.0.2.1", "192.0.2.2", 12345,
         443},
        {STR(V2 "\x21\x11\0\x17" ADDRESSES4 "\4\0\1x\3\0\4\233\233\220\226"), "192.0.2.1",
         "192.0.2.2", 12345, 443},
        {STR(V2 "\x21\x21\0\x2b" ADDRESSES6 "\3\0\4\175\223\070\304"), "2001:db8::1", "2001:db8::2",
         12345, 443},
        /* As HAProxy 2.6 sends it. */
        {STR(V2 "\x21\x11\0\x13"
                "\177\000\000\001\177\000\000\001\317\074\302\317"
                "\003\000\004\230\111\170\130"),
         "127.0.0.1", "127.0.0.1", 53052, 49871},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct proxy_header h;
        struct err e;
        assert_int_equal(read_in_pieces(ROWS[i].header, &h, &e), PROXY_READY);
        assert_int_equal(h.size, ROWS[i].header.n);
        assert_false(h.is_local);
        expect_address(&h.source, ROWS[i].source, ROWS[i].source_port);
        expect_address(&h.destination, ROWS[i].destination, ROWS[i].destination_port);
    }
}

static void the_connections_own_addresses_stand(void **state) {
    static const struct str ROWS[] = {
        STR("PROXY UNKNOWN\r\n"),
        STR("PROXY UNKNOWN  whatever \0 comes\r\n"),
        STR("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"), /* 107 bytes */
        STR(V2 "\x20\0\0\0"),
        STR(V2 "\x20\x11\0\x0c" ADDRESSES4),
        STR(V2 "\x20\xff\0\3abc"), /* the family of LOCAL says nothing */
        STR(V2 "\x21\0\0\0"),
        STR(V2 "\x21\0\0\5abcde"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct proxy_header h;
        struct err e;
        assert_int_equal(read_in_pieces(ROWS[i], &h, &e), PROXY_READY);
        assert_int_equal(h.size, ROWS[i].n);
        assert_true(h.is_local);
        assert_int_equal(h.source.any.sa_family, AF_UNSPEC);
    }
}

static void what_comes_behind_is_the_clients(void **state) {
    static const struct str ROWS[] = {
        STR("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nPROXY TCP4 192.0.2.9 192.0.2.2 1 2\r\n"),
        STR(V2 "\x21\x11\0\x0c" ADDRESSES4 V2 "\x21\x11\0\x0c" ADDRESSES4),
    };
    static const size_t SIZES[] = {36, 28};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct proxy_header h;
        struct err e;
        assert_int_equal(proxy_header_read(ROWS[i], &h, &e), PROXY_READY);
        assert_int_equal(h.size, SIZES[i]);
        expect_address(&h.source, "192.0.2.1", i ? 12345 : 1);
    }
}

static void what_is_wrong_is_refused_and_named(void **state) {
    static const struct {
        struct str in;
        const char *why;
    } ROWS[] = {
        {STR("GET / HTTP/1.1\r\n"), "begins with something else"},
        {STR("\x16\x03\x01"), "begins with TLS"},
        {STR("PROXX"), "begins with something else"},
        {STR("proxy TCP4"), "begins with something else"},
        {STR("\r\n\r\n\0\r\nQUIT\r"), "begins with something else"},
        {STR("PROXY\tTCP4"), "begins with something else"},
        /* Version 1. */
        {STR("PROXY \r\n"), "neither for TCP4"},
        {STR("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), "neither for TCP4"},
        {STR("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"), "neither for TCP4"},
        {STR("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n"), "neither for TCP4"},
        {STR("PROXY UNKNOWNX\r\n"), "neither for TCP4"},
        {STR("PROXY UNKNOWN x\n"), "without a CR"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"), "without a CR"},
        {STR("PROXY TCP4 192.0.2.1\r192.0.2.2 1 2\r\n"), "CR inside"},
        {STR("PROXY TCP4\r\n"), "two addresses and two ports"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"), "two addresses and two ports"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"), "two addresses and two ports"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"), "two addresses and two ports"},
        {STR("PROXY TCP4 192.0.2.1  192.0.2.2 2\r\n"), "not IPv4"},
        {STR("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"), "not IPv4"},
        {STR("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n"), "not IPv4"},
        {STR("PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n"), "not IPv4"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2\0 1 2\r\n"), "not IPv4"},
        {STR("PROXY TCP4 ::1 192.0.2.2 1 2\r\n"), "not IPv4"},
        {STR("PROXY TCP6 192.0.2.1 ::1 1 2\r\n"), "not IPv6"},
        {STR("PROXY TCP6 ::1%lo ::1 1 2\r\n"), "not IPv6"},
        {STR("PROXY TCP6 [::1] ::1 1 2\r\n"), "not IPv6"},
        {STR("PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n"), "not IPv6"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"), "not a number up to 65535"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n"), "not a number up to 65535"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 1 02\r\n"), "not a number up to 65535"},
        {STR("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n"), "not a number up to 65535"},
        /* Version 2. */
        {STR(V2 "\x11"), "version is not 2"},
        {STR(V2 "\x22"), "neither LOCAL nor PROXY"},
        {STR(V2 "\x21\x12\0\x0c" ADDRESSES4), "not for TCP over"},
        {STR(V2 "\x21\x01\0\x0c" ADDRESSES4), "not for TCP over"},
        {STR(V2 "\x21\x31\0\x03"
                "abc"),
         "not for TCP over"},
        {STR(V2 "\x21\x11\0\x0b" ADDRESSES4), "too short for its addresses"},
        {STR(V2 "\x21\x21\0\x0c" ADDRESSES4), "too short for its addresses"},
        {STR(V2 "\x21\x11\x0f\xf1"), "longer than 4096 bytes"},
        {STR(V2 "\x20\0\xff\xff"), "longer than 4096 bytes"},
        {STR(V2 "\x21\x11\0\x0e" ADDRESSES4 "\4\0"), "cut off"},
        {STR(V2 "\x21\x11\0\x10" ADDRESSES4 "\4\0\2x"
                "y"),
         "longer than the header"},
        {STR(V2 "\x21\x11\0\x10" ADDRESSES4 "\4\xff\xffx"), "longer than the header"},
        {STR(V2 "\x21\x11\0\x13" ADDRESSES4 "\3\0\4\1\2\3\4"), "checksum is wrong"},
        {STR(V2 "\x21\x11\0\x12" ADDRESSES4 "\3\0\3\1\2\3"), "not four bytes"},
        {STR(V2 "\x21\x11\0\x1a" ADDRESSES4 "\3\0\4\303\370\136\304\3\0\4"
                "abcd"),
         "or there are two"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct proxy_header h;
        struct err e = {ERR_NONE};
        assert_int_equal(proxy_header_read(ROWS[i].in, &h, &e), PROXY_REFUSED);
        assert_int_equal(e.code, ERR_HTTP_BAD_REQUEST);
        if (!strstr(e.detail, ROWS[i].why))
            fail_msg("row %zu: %s", i, e.detail);
        assert_non_null(strstr(e.hint, "proxy_protocol_from"));
    }
}

static void nobody_is_waited_for_without_end(void **state) {
    static char line[PROXY_V1_MAX + 1] = "PROXY UNKNOWN ", block[PROXY_HEADER_MAX] = V2 "\x21\x11";
    struct proxy_header h;
    struct err e;
    (void)state;
    memset(line + 14, 'x', sizeof line - 14);
    assert_int_equal(proxy_header_read(str_n(line, PROXY_V1_MAX - 1), &h, &e), PROXY_MORE);
    assert_int_equal(proxy_header_read(str_n(line, PROXY_V1_MAX), &h, &e), PROXY_REFUSED);
    line[PROXY_V1_MAX - 1] = '\r';
    line[PROXY_V1_MAX] = '\n'; /* one byte too long */
    assert_int_equal(proxy_header_read(str_n(line, PROXY_V1_MAX + 1), &h, &e), PROXY_REFUSED);
    assert_non_null(strstr(e.detail, "107 bytes"));
    block[14] = 0x0f; /* as long as may be, in one addition */
    block[15] = (char)0xf0;
    block[28] = 4;
    block[29] = 0x0f;
    block[30] = (char)0xe1;
    assert_int_equal(proxy_header_read(str_n(block, sizeof block - 1), &h, &e), PROXY_MORE);
    assert_int_equal(proxy_header_read(str_n(block, sizeof block), &h, &e), PROXY_READY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(the_connections_own_addresses_stand),
        cmocka_unit_test(what_comes_behind_is_the_clients),
        cmocka_unit_test(what_is_wrong_is_refused_and_named),
        cmocka_unit_test(nobody_is_waited_for_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
