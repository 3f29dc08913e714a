/* SPDX-License-Identifier: Apache-2.0 */
#include "net/proxy_protocol.h"

#include <arpa/inet.h>

#define V1_START STR("PROXY ")
#define V2_START STR("\r\n\r\n\0\r\nQUIT\n")

enum {
    V2_FIXED = 16, /* signature, version and command, family, length */
    TLV_FIXED = 3, /* type, length */
    TLV_CRC32C = 3,
    FAMILY_TCP4 = 0x11,
    FAMILY_TCP6 = 0x21,
};

static enum proxy_result refuse(struct err *e, const char *what) {
    err_set(e, ERR_HTTP_BAD_REQUEST, "the PROXY header is refused: %s", what);
    err_hint(e, "Let the load balancer send the PROXY protocol (HAProxy: send-proxy-v2), or take "
                "its address out of gateway.listen.proxy_protocol_from.");
    return PROXY_REFUSED;
}

static enum proxy_result local(struct proxy_header *out, size_t size) {
    out->size = size;
    out->is_local = true;
    return PROXY_READY;
}

static void set_address(union resolve_address *to, bool is_v6, const void *address, uint16_t port) {
    if (is_v6) {
        to->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&to->v6.sin6_addr, address, sizeof to->v6.sin6_addr);
    } else {
        to->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&to->v4.sin_addr, address, sizeof to->v4.sin_addr);
    }
}

/* --- version 1, a line of text --- */

/* The part before the next blank, or the last one. Whoever writes two blanks gets an empty one. */
static struct str word(struct str *line) {
    size_t n = str_index(*line, ' ');
    struct str w = str_head(*line, n);
    *line = str_from(*line, n + 1);
    return w;
}

static bool read_address(struct str text, bool is_v6, unsigned char address[16]) {
    char terminated[INET6_ADDRSTRLEN];
    if (text.n >= sizeof terminated || str_index(text, 0) < text.n)
        return false;
    memcpy(terminated, text.n ? text.p : "", text.n);
    terminated[text.n] = 0;
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, terminated, address) == 1;
}

static bool read_port(struct str text, uint16_t *port) {
    uint64_t number;
    if (!str_to_u64(text, UINT16_MAX, &number) || (text.n > 1 && text.p[0] == '0'))
        return false;
    *port = (uint16_t)number;
    return true;
}

static enum proxy_result read_v1_line(struct str line, struct proxy_header *out, struct err *e) {
    unsigned char source[16], destination[16];
    uint16_t source_port, destination_port;
    size_t blanks = 0;
    struct str kind = word(&line);
    if (str_eq(kind, STR("UNKNOWN"))) /* "must ignore anything presented before the CRLF" */
        return local(out, out->size);
    bool is_v6 = str_eq(kind, STR("TCP6"));
    if (!is_v6 && !str_eq(kind, STR("TCP4")))
        return refuse(e, "it is neither for TCP4 nor for TCP6 nor UNKNOWN");
    for (size_t i = 0; i < line.n; i++)
        blanks += line.p[i] == ' ';
    if (blanks != 3)
        return refuse(e, "there are not two addresses and two ports, one blank between them");
    if (!read_address(word(&line), is_v6, source) || !read_address(word(&line), is_v6, destination))
        return refuse(e, is_v6 ? "an address is not IPv6" : "an address is not IPv4");
    if (!read_port(word(&line), &source_port) || !read_port(word(&line), &destination_port))
        return refuse(e, "a port is not a number up to 65535");
    set_address(&out->source, is_v6, source, source_port);
    set_address(&out->destination, is_v6, destination, destination_port);
    return PROXY_READY;
}

static enum proxy_result read_v1(struct str in, struct proxy_header *out, struct err *e) {
    struct str line = str_head(in, PROXY_V1_MAX);
    size_t end = str_index(line, '\r');
    if (str_index(line, '\n') < end)
        return refuse(e, "its line ends without a CR");
    if (end + 1 >= line.n)
        return line.n < PROXY_V1_MAX ? PROXY_MORE : refuse(e, "its line is longer than 107 bytes");
    if (line.p[end + 1] != '\n')
        return refuse(e, "there is a CR inside its line");
    out->size = end + 2;
    return read_v1_line(str_from(str_head(line, end), V1_START.n), out, e);
}

/* --- version 2, binary --- */

static size_t u16(const char *p) { return (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1]; }

/* RFC 3720 12.1 and appendix B.4, of the header with the `zeros` bytes at `at` taken as 0. */
static uint32_t crc32c(struct str header, size_t at, size_t zeros) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < header.n; i++) {
        crc ^= i >= at && i < at + zeros ? 0 : (unsigned char)header.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

/* NULL, or what is wrong with the additions, which begin at `at` and end with the header. */
static const char *wrong_tlv(struct str header, size_t at) {
    bool has_crc = false;
    while (at < header.n) {
        if (header.n - at < TLV_FIXED)
            return "an addition (TLV) is cut off";
        size_t size = u16(header.p + at + 1), value = at + TLV_FIXED;
        if (size > header.n - value)
            return "an addition (TLV) is longer than the header";
        if (header.p[at] == TLV_CRC32C) {
            if (has_crc || size != sizeof(uint32_t))
                return "its checksum has not four bytes, or there are two";
            has_crc = true;
            uint32_t said = (uint32_t)(u16(header.p + value) << 16 | u16(header.p + value + 2));
            if (said != crc32c(header, value, size))
                return "its checksum is wrong";
        }
        at = value + size;
    }
    return NULL;
}

static enum proxy_result read_v2_addresses(struct str header, struct proxy_header *out,
                                           struct err *e) {
    unsigned char family = (unsigned char)header.p[13];
    bool is_v6 = family == FAMILY_TCP6;
    size_t address = is_v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
    size_t end = V2_FIXED + 2 * (address + sizeof(uint16_t));
    if (family == 0)
        return local(out, header.n);
    if (!is_v6 && family != FAMILY_TCP4)
        return refuse(e, "it is not for TCP over IPv4 or IPv6");
    if (header.n < end)
        return refuse(e, "it is too short for its addresses");
    const char *wrong = wrong_tlv(header, end);
    if (wrong)
        return refuse(e, wrong);
    const char *at = header.p + V2_FIXED, *ports = at + 2 * address;
    set_address(&out->source, is_v6, at, (uint16_t)u16(ports));
    set_address(&out->destination, is_v6, at + address, (uint16_t)u16(ports + 2));
    out->size = header.n;
    return PROXY_READY;
}

static enum proxy_result read_v2(struct str in, struct proxy_header *out, struct err *e) {
    if (in.n > 12 && (in.p[12] & 0xf0) != 0x20)
        return refuse(e, "its version is not 2");
    if (in.n > 12 && (in.p[12] & 0x0f) > 1)
        return refuse(e, "its command is neither LOCAL nor PROXY");
    if (in.n < V2_FIXED)
        return PROXY_MORE;
    size_t size = V2_FIXED + u16(in.p + 14);
    if (size > PROXY_HEADER_MAX)
        return refuse(e, "it is longer than 4096 bytes");
    if (in.n < size)
        return PROXY_MORE;
    if ((in.p[12] & 0x0f) == 0) /* LOCAL: the rest says nothing */
        return local(out, size);
    return read_v2_addresses(str_head(in, size), out, e);
}

static bool may_start(struct str in, struct str start) {
    return str_eq(str_head(in, start.n), str_head(start, in.n));
}

enum proxy_result proxy_header_read(struct str in, struct proxy_header *out, struct err *e) {
    memset(out, 0, sizeof *out);
    if (may_start(in, V1_START))
        return in.n < V1_START.n ? PROXY_MORE : read_v1(in, out, e);
    if (may_start(in, V2_START))
        return in.n < V2_START.n ? PROXY_MORE : read_v2(in, out, e);
    return refuse(e, in.p[0] == 0x16 ? "the connection begins with TLS"
                                     : "the connection begins with something else");
}
