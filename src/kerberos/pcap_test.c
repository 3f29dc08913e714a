/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/pcap.h"

static struct buf out;

static int begin(void **state) {
    (void)state;
    buf_init(&out, 1 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    buf_fini(&out);
    return 0;
}

enum { FILE_HEAD = 24, PACKET_HEAD = 16 };

static unsigned big16(const unsigned char *p) { return (unsigned)p[0] << 8 | p[1]; }
static uint32_t big32(const unsigned char *p) { return (uint32_t)big16(p) << 16 | big16(p + 2); }
static uint32_t little32(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t sum_of(uint32_t sum, const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

static unsigned folded(uint32_t sum) {
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* The packet at `*at`, whose checksums are right: where its payload is and how long; moves on. */
static struct str packet(size_t *at, const unsigned char **transport) {
    const unsigned char *head = (const unsigned char *)buf_str(&out).p + *at,
                        *ip = head + PACKET_HEAD;
    uint32_t size = little32(head + 8);
    assert_int_equal(size, little32(head + 12));
    bool is_ipv6 = ip[0] >> 4 == 6;
    size_t ip_size = is_ipv6 ? 40 : 20, address = is_ipv6 ? 16 : 4;
    unsigned protocol = is_ipv6 ? ip[6] : ip[9];
    if (!is_ipv6) {
        assert_int_equal(folded(sum_of(0, ip, 20)), 0xffff);
        assert_int_equal(big16(ip + 2), size);
    } else {
        assert_int_equal(big16(ip + 4), size - ip_size);
    }
    *transport = ip + ip_size;
    uint32_t sum =
        sum_of(0, ip + (is_ipv6 ? 8 : 12), 2 * address) + protocol + size - (uint32_t)ip_size;
    assert_int_equal(folded(sum_of(sum, *transport, size - ip_size)), 0xffff);
    size_t transport_size = protocol == 6 ? 20 : 8;
    *at += PACKET_HEAD + size;
    return str_n((const char *)*transport + transport_size, size - ip_size - transport_size);
}

static void a_file_begins_as_its_format_says(void **state) {
    (void)state;
    pcap_begin(&out);
    assert_int_equal(buf_size(&out), FILE_HEAD);
    assert_memory_equal(buf_str(&out).p, "\xd4\xc3\xb2\xa1\2\0\4\0", 8);
    assert_memory_equal(buf_str(&out).p + 20, "\x65\0\0\0", 4);
}

static void a_question_and_its_answer_are_a_stream(void **state) {
    struct pcap_flow f;
    const unsigned char *tcp;
    size_t at = 0;
    (void)state;
    pcap_flow_init(&f, 1, STR("10.0.0.5"), STR("10.0.0.10:88"), false);
    pcap_add(&out, &f, false, 1764443101123456, STR("question"));
    pcap_add(&out, &f, true, 1764443101125000, STR("ans"));
    assert_int_equal(little32((const unsigned char *)buf_str(&out).p), 1764443101);
    assert_int_equal(little32((const unsigned char *)buf_str(&out).p + 4), 123456);
    struct str first = packet(&at, &tcp);
    assert_true(str_eq(first, STR("\0\0\0\x08question")));
    assert_int_equal(big16(tcp + 2), 88);
    assert_int_equal(big32(tcp + 4), 1);
    struct str second = packet(&at, &tcp);
    assert_true(str_eq(second, STR("\0\0\0\x03"
                                   "ans")));
    assert_int_equal(big16(tcp), 88);
    assert_int_equal(big32(tcp + 4), 1);
    assert_int_equal(big32(tcp + 8), 1 + 12);
    assert_int_equal(at, buf_size(&out));
}

static void a_long_message_is_several_packets(void **state) {
    static char text[3 * PCAP_SEGMENT_MAX];
    struct pcap_flow f;
    const unsigned char *tcp;
    size_t at = 0, n = 0, packets = 0;
    (void)state;
    memset(text, 'x', sizeof text);
    pcap_flow_init(&f, 1, STR("10.0.0.5"), STR("10.0.0.10:88"), false);
    pcap_add(&out, &f, false, 1, str_n(text, sizeof text));
    while (at < buf_size(&out)) {
        struct str payload = packet(&at, &tcp);
        assert_int_equal(big32(tcp + 4), 1 + n);
        n += payload.n;
        packets++;
    }
    assert_int_equal(n, sizeof text + 4);
    assert_int_equal(packets, 4);
}

static void datagrams_and_ipv6_have_their_own_heads(void **state) {
    struct pcap_flow f;
    const unsigned char *udp;
    size_t at = 0;
    (void)state;
    pcap_flow_init(&f, 1, STR("2001:db8::5"), STR("[2001:db8::10]:8888"), true);
    assert_true(f.is_ipv6 && f.is_udp);
    pcap_add(&out, &f, true, 1, STR("odd"));
    assert_true(str_eq(packet(&at, &udp), STR("odd")));
    assert_int_equal(big16(udp), 8888);
    assert_int_equal(big16(udp + 4), 11);
}

static void what_is_no_address_is_nobodys(void **state) {
    static const char *const SERVERS[] = {"",
                                          "kdc.example:88",
                                          "10.0.0.10",
                                          "10.0.0.10:x",
                                          "[2001:db8::10]:88",
                                          "https://kdc/",
                                          ":",
                                          "[:88"};
    (void)state;
    for (size_t i = 0; i < sizeof SERVERS / sizeof *SERVERS; i++) {
        struct pcap_flow f;
        pcap_flow_init(&f, 1, STR("10.0.0.5"), str_of(SERVERS[i]), false);
        assert_false(f.is_ipv6);
        assert_memory_equal(f.server, "\xc0\0\x02\x58", 4);
        assert_int_equal(f.server_port, 88);
    }
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(a_file_begins_as_its_format_says),  ROW(a_question_and_its_answer_are_a_stream),
        ROW(a_long_message_is_several_packets), ROW(datagrams_and_ipv6_have_their_own_heads),
        ROW(what_is_no_address_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
