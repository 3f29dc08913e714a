/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/pcap.h"

#include <arpa/inet.h>
#include <stdio.h>

enum {
    LINKTYPE_RAW = 101,
    SNAPLEN = 262144,
    IPV4_SIZE = 20,
    IPV6_SIZE = 40,
    TCP_SIZE = 20,
    UDP_SIZE = 8,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    HOPS = 64,
    MARK_SIZE = 4, /* RFC 4120 7.2.2: the length of a message on TCP */
};

static void add_native(struct buf *out, uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) /* little endian, as the magic number says */
        buf_add_byte(out, (char)(value >> (8 * i)));
}

static void put16(unsigned char *p, unsigned value) {
    p[0] = (unsigned char)(value >> 8);
    p[1] = (unsigned char)value;
}

static void put32(unsigned char *p, uint32_t value) {
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

void pcap_begin(struct buf *out) {
    enum { MAGIC = 0xa1b2c3d4 /* microseconds */, MAJOR = 2, MINOR = 4 };
    add_native(out, MAGIC, 4);
    add_native(out, MAJOR, 2);
    add_native(out, MINOR, 2);
    add_native(out, 0, 4);
    add_native(out, 0, 4);
    add_native(out, SNAPLEN, 4);
    add_native(out, LINKTYPE_RAW, 4);
}

static bool read_address(struct str text, int family, unsigned char out[PCAP_ADDRESS_SIZE]) {
    char copy[64];
    if (text.n >= sizeof copy)
        return false;
    snprintf(copy, sizeof copy, "%.*s", STR_ARG(text));
    return inet_pton(family, copy, out) == 1;
}

/* "host:port", "[host]:port"; the port is what is behind the last colon. */
static bool read_server(struct pcap_flow *f, struct str text) {
    size_t colon = text.n;
    uint64_t port;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    if (colon == 0 || !str_to_u64(str_from(text, colon), UINT16_MAX, &port))
        return false;
    struct str host = str_head(text, colon - 1);
    if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_from(str_head(host, host.n - 1), 1);
    f->server_port = (uint16_t)port;
    f->is_ipv6 = !read_address(host, AF_INET, f->server);
    return !f->is_ipv6 || read_address(host, AF_INET6, f->server);
}

void pcap_flow_init(struct pcap_flow *f, unsigned number, struct str client, struct str server,
                    bool is_udp) {
    enum { FIRST_PORT = 49152, PORTS = 16384 };
    *f = (struct pcap_flow){.is_udp = is_udp,
                            .client_port = (uint16_t)(FIRST_PORT + number % PORTS)};
    if (read_server(f, server) && read_address(client, f->is_ipv6 ? AF_INET6 : AF_INET, f->client))
        return;
    f->is_ipv6 = false;
    f->server_port = PCAP_KDC_PORT;
    inet_pton(AF_INET, "192.0.2.1", f->client);
    inet_pton(AF_INET, "192.0.2.88", f->server);
}

/* RFC 1071, of 16-bit words; what was added before is `sum`. */
static uint32_t add_up(uint32_t sum, const unsigned char *p, size_t n) {
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    if (n % 2)
        sum += (uint32_t)p[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static unsigned checksum_of(uint32_t sum) { return ~sum & 0xffff; }

/* One packet under way. */
struct packet {
    const struct pcap_flow *flow;
    bool is_reply;
    int64_t at_us;
    struct str payload;
};

static size_t address_size(const struct pcap_flow *f) { return f->is_ipv6 ? 16 : 4; }

static const unsigned char *from_of(const struct packet *p) {
    return p->is_reply ? p->flow->server : p->flow->client;
}

static const unsigned char *to_of(const struct packet *p) {
    return p->is_reply ? p->flow->client : p->flow->server;
}

/* Of TCP or UDP with its pseudo-header (RFC 9293 3.1, RFC 8200 8.1). */
static unsigned transport_checksum(const struct packet *p, const unsigned char *head, size_t size) {
    unsigned protocol = p->flow->is_udp ? PROTOCOL_UDP : PROTOCOL_TCP;
    size_t n = address_size(p->flow);
    uint32_t sum = add_up(0, from_of(p), n);
    sum = add_up(sum, to_of(p), n);
    sum += protocol + (uint32_t)(size + p->payload.n);
    sum = add_up(sum, head, size); /* of an even size */
    sum = add_up(sum, (const unsigned char *)p->payload.p, p->payload.n);
    unsigned checksum = checksum_of(sum);
    return checksum || !p->flow->is_udp ? checksum : 0xffff;
}

static size_t make_ip(const struct packet *p, unsigned char *out, size_t inside) {
    const struct pcap_flow *f = p->flow;
    unsigned protocol = f->is_udp ? PROTOCOL_UDP : PROTOCOL_TCP;
    if (f->is_ipv6) {
        out[0] = 0x60;
        put16(out + 4, (unsigned)inside);
        out[6] = (unsigned char)protocol;
        out[7] = HOPS;
        memcpy(out + 8, from_of(p), 16);
        memcpy(out + 24, to_of(p), 16);
        return IPV6_SIZE;
    }
    out[0] = 0x45;
    put16(out + 2, (unsigned)(IPV4_SIZE + inside));
    put16(out + 6, 0x4000); /* not to be taken apart */
    out[8] = HOPS;
    out[9] = (unsigned char)protocol;
    memcpy(out + 12, from_of(p), 4);
    memcpy(out + 16, to_of(p), 4);
    put16(out + 10, checksum_of(add_up(0, out, IPV4_SIZE)));
    return IPV4_SIZE;
}

static size_t make_transport(const struct packet *p, unsigned char *out) {
    const struct pcap_flow *f = p->flow;
    put16(out, p->is_reply ? f->server_port : f->client_port);
    put16(out + 2, p->is_reply ? f->client_port : f->server_port);
    if (f->is_udp) {
        put16(out + 4, (unsigned)(UDP_SIZE + p->payload.n));
        put16(out + 6, transport_checksum(p, out, UDP_SIZE));
        return UDP_SIZE;
    }
    put32(out + 4, f->sent[p->is_reply] + 1);
    put32(out + 8, f->sent[!p->is_reply] + 1);
    out[12] = TCP_SIZE / 4 << 4;
    out[13] = 0x18; /* PSH, ACK */
    put16(out + 14, 0xffff);
    put16(out + 16, transport_checksum(p, out, TCP_SIZE));
    return TCP_SIZE;
}

static void add_packet(struct buf *out, const struct packet *p) {
    unsigned char ip[IPV6_SIZE] = {0}, transport[TCP_SIZE] = {0};
    enum { SECOND = 1000000 };
    size_t transport_size = make_transport(p, transport);
    size_t ip_size = make_ip(p, ip, transport_size + p->payload.n);
    uint32_t size = (uint32_t)(ip_size + transport_size + p->payload.n);
    add_native(out, (uint32_t)(p->at_us / SECOND), 4);
    add_native(out, (uint32_t)(p->at_us % SECOND), 4);
    add_native(out, size, 4);
    add_native(out, size, 4);
    buf_add(out, str_n((const char *)ip, ip_size));
    buf_add(out, str_n((const char *)transport, transport_size));
    buf_add(out, p->payload);
}

static void add_stream(struct buf *out, struct pcap_flow *f, struct packet *p, struct str bytes) {
    while (bytes.n > 0) {
        p->payload = str_head(bytes, PCAP_SEGMENT_MAX);
        add_packet(out, p);
        f->sent[p->is_reply] += (uint32_t)p->payload.n;
        bytes = str_from(bytes, PCAP_SEGMENT_MAX);
    }
}

void pcap_add(struct buf *out, struct pcap_flow *f, bool is_reply, int64_t at_us,
              struct str message) {
    struct packet p = {.flow = f, .is_reply = is_reply, .at_us = at_us, .payload = message};
    if (f->is_udp && message.n <= PCAP_UDP_MAX) {
        add_packet(out, &p);
        return;
    }
    struct buf marked;
    unsigned char mark[MARK_SIZE];
    f->is_udp = false;
    buf_init(&marked, message.n + MARK_SIZE);
    put32(mark, (uint32_t)message.n);
    buf_add(&marked, str_n((const char *)mark, sizeof mark));
    buf_add(&marked, message);
    if (marked.failed)
        out->failed = true;
    else
        add_stream(out, f, &p, buf_str(&marked));
    buf_fini(&marked);
}
