/* SPDX-License-Identifier: Apache-2.0 */
#include "http/authority.h"

#include "http/url.h"

#include <arpa/inet.h>

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

static bool is_hex(char c) { return str_hex_digit(c) >= 0; }

static bool is_host_byte(char c) { return str_is_alnum(c) || c == '-' || c == '_'; }

static bool has_only(struct str s, bool (*is_fine)(char c)) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_fine(s.p[i]))
            return false;
    return true;
}

/* Names that inet_aton and browsers take for an IPv4 address, "127.1" or "0x7f000001". */
static bool is_number(struct str label) {
    return has_only(label, str_is_digit) ||
           (str_eq_ci(str_head(label, 2), STR("0x")) && has_only(str_from(label, 2), is_hex));
}

/* RFC 1123 2.1, and the underscore that Windows networks have. A last label that is a number is
 * left to IPv4 addresses (RFC 3986 3.2.2). */
static bool is_host_name(struct str s) {
    struct str label, rest = s, last = STR_NONE;
    if (s.n > 253)
        return false;
    while (str_split(&rest, '.', &label)) {
        last = label;
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-' ||
            !has_only(label, is_host_byte))
            return false;
    }
    return !is_number(last);
}

/* The canonical text of a numeric address; "" when it is none. */
static void read_address(int family, struct str s, char canonical[INET6_ADDRSTRLEN]) {
    char text[INET6_ADDRSTRLEN];
    unsigned char binary[sizeof(struct in6_addr)];
    canonical[0] = 0;
    if (s.n >= sizeof text || (s.n > 0 && memchr(s.p, 0, s.n)))
        return;
    memcpy(text, s.n ? s.p : "", s.n);
    text[s.n] = 0;
    if (inet_pton(family, text, binary) == 1)
        inet_ntop(family, binary, canonical, INET6_ADDRSTRLEN);
}

static bool read_host(struct arena *a, struct str s, struct str *host, const char **why) {
    char canonical[INET6_ADDRSTRLEN];
    bool has_brackets = str_starts(s, STR("["));
    if (s.n == 0) /* RFC 9110 4.2.1 */
        return no(why, "has no host");
    if (has_brackets) /* RFC 3986 3.2.2; no zones (RFC 6874), they mean something on one machine */
        read_address(AF_INET6, str_head(str_from(s, 1), s.n - 2), canonical);
    else
        read_address(AF_INET, s, canonical);
    if (has_brackets && !canonical[0])
        return no(why, "has brackets without an IPv6 address");
    if (s.p[s.n - 1] == '.') /* of the root: the same host without it (RFC 1034 3.1) */
        s = str_head(s, s.n - 1);
    if (!canonical[0] && !is_host_name(s)) /* RFC 3986 3.2.2 */
        return no(why, "has a host that is not a host name");
    char *copy = arena_cstr(a, canonical[0] ? str_of(canonical) : s);
    if (!copy)
        return no(why, NULL);
    for (char *c = copy; *c; c++)
        *c = str_lower(*c);
    *host = str_of(copy);
    return true;
}

bool authority_read(struct arena *a, struct str text, struct str *host, uint16_t *port,
                    const char **why) {
    uint64_t number = 0;
    *host = STR_NONE;
    *port = 0;
    *why = NULL;
    if (str_index(text, '@') < text.n) /* RFC 9110 4.2.4 */
        return no(why, "has a user");
    size_t from = str_starts(text, STR("[")) ? str_index(text, ']') : 0;
    size_t end = from + str_index(str_from(text, from), ':');
    if (from == text.n && from > 0)
        return no(why, "has brackets without an IPv6 address");
    if (end < text.n) {
        struct str digits = str_from(text, end + 1); /* none are allowed, and say nothing */
        if (digits.n > 0 &&
            (digits.n > 5 || !str_to_u64(digits, UINT16_MAX, &number) || number == 0))
            return no(why, "has a port that is not one of 1 to 65535"); /* RFC 3986 3.2.3 */
    }
    if (!read_host(a, str_head(text, end), host, why))
        return false;
    *port = (uint16_t)number;
    return true;
}

bool authority_parse(struct arena *a, struct str text, struct str *host, uint16_t *port) {
    const char *why;
    return authority_read(a, text, host, port, &why);
}
