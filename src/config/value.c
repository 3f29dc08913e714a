/* SPDX-License-Identifier: Apache-2.0 */
#include "config/value.h"

#include <arpa/inet.h>
#include <limits.h>

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

static bool has(struct str s, char c) { return str_index(s, c) < s.n; }

bool parse_count(struct str s, uint64_t *out, const char **why) {
    uint64_t n;
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_digit(s.p[i]))
            return no(why, "is not a number");
    if (s.n == 0)
        return no(why, "is not a number");
    if (!str_to_u64(s, INT64_MAX, &n))
        return no(why, "is too large");
    *out = n;
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* A number and one of `units`, which end with a NULL name. */
static bool parse_unit(struct str s, const struct unit *units, uint64_t *out, const char **why) {
    size_t digits = 0;
    while (digits < s.n && str_is_digit(s.p[digits]))
        digits++;
    struct str unit = str_from(s, digits);
    uint64_t n;
    if (!parse_count(str_head(s, digits), &n, why))
        return false;
    for (; units->name; units++)
        if (str_eq(unit, str_of(units->name))) {
            if (n > INT64_MAX / units->factor)
                return no(why, "is too large");
            *out = n * units->factor;
            return true;
        }
    return no(why, unit.n ? "has an unknown unit" : "has no unit");
}

bool parse_size(struct str s, uint64_t *out, const char **why) {
    static const struct unit UNITS[] = {
        {"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}, {NULL, 0}};
    return parse_unit(s, UNITS, out, why);
}

bool parse_duration(struct str s, uint64_t *out, const char **why) {
    static const struct unit UNITS[] = {{"ms", 1},          {"s", 1000},         {"m", 60 * 1000},
                                        {"h", 3600 * 1000}, {"d", 86400 * 1000}, {NULL, 0}};
    if (str_eq(s, STR("0"))) {
        *out = 0;
        return true;
    }
    return parse_unit(s, UNITS, out, why);
}

static bool parse_port(struct str s, uint16_t *out, const char **why) {
    uint64_t port;
    if (!str_to_u64(s, UINT16_MAX, &port) || port == 0)
        return no(why, "has a port that is not one of 1 to 65535");
    *out = (uint16_t)port;
    return true;
}

/* Takes the optional brackets and port from `s`; `*has_port` says whether a port was there. */
static bool split_port(struct str s, struct str *host, struct str *port, bool *has_port) {
    *port = STR_NONE;
    *has_port = false;
    struct str rest;
    if (str_starts(s, STR("["))) {
        size_t end = str_index(s, ']');
        *host = str_head(str_from(s, 1), end - 1);
        rest = str_from(s, end + 1);
        if (end == s.n || !has(*host, ':') || (rest.n && rest.p[0] != ':'))
            return false;
    } else {
        size_t colon = str_index(s, ':');
        bool is_bare_ipv6 = has(str_from(s, colon + 1), ':');
        *host = is_bare_ipv6 ? s : str_head(s, colon);
        rest = str_from(s, host->n);
    }
    *has_port = rest.n > 0;
    *port = str_from(rest, 1);
    return true;
}

/* The address family of a numeric address, 0 when it is none. */
static int family_of(struct str host, unsigned char binary[sizeof(struct in6_addr)]) {
    char text[INET6_ADDRSTRLEN];
    int family = has(host, ':') ? AF_INET6 : AF_INET;
    if (host.n == 0 || host.n >= sizeof text)
        return 0;
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    return inet_pton(family, text, binary) == 1 ? family : 0;
}

bool is_numeric_address(struct str s) {
    unsigned char binary[sizeof(struct in6_addr)];
    return family_of(s, binary) != 0;
}

bool parse_address(struct str s, uint16_t default_port, struct value_address *out,
                   const char **why) {
    struct str host, port;
    bool has_port;
    struct value_address a = {.port = default_port};
    unsigned char binary[sizeof(struct in6_addr)];
    if (!split_port(s, &host, &port, &has_port))
        return no(why, "has brackets that do not fit");
    int family = family_of(host, binary);
    if (!family)
        return no(why, "has no numeric address");
    inet_ntop(family, binary, a.text, sizeof a.text);
    if (!has_port && !default_port)
        return no(why, "has no port");
    if (has_port && !parse_port(port, &a.port, why))
        return false;
    *out = a;
    return true;
}

bool parse_backend(struct str s, struct str *host, uint16_t *port, const char **why) {
    struct str name, digits, unused;
    bool has_port;
    if (has(s, '/'))
        return no(why, "has more than a host and a port; internal_url says the rest");
    if (has(s, '*'))
        return no(why, "is a wildcard; only the host of internal_url may be one");
    if (!split_port(s, &name, &digits, &has_port))
        return no(why, "has brackets that do not fit");
    if (s.n && s.p[0] != '[' && has(name, ':'))
        return no(why, is_numeric_address(name) ? "has an IPv6 address without brackets"
                                                : "is not a host name");
    if (s.n && s.p[0] == '[' && !is_numeric_address(name))
        return no(why, "has brackets that do not fit");
    if (!parse_host(name, &unused, why))
        return false;
    if (!has_port)
        return no(why, "has no port");
    if (!parse_port(digits, port, why))
        return false;
    *host = name;
    return true;
}

bool parse_path(struct str s, struct str *out, const char **why) {
    if (s.n == 0 || s.n >= PATH_MAX || memchr(s.p, 0, s.n) || s.p[s.n - 1] == '/')
        return no(why, "is not the name of a file");
    *out = s;
    return true;
}

bool parse_store(struct str s, struct str *out, const char **why) {
    if (str_starts(s, STR("postgresql:")) || str_starts(s, STR("postgres:")))
        return no(why, "names PostgreSQL, which is not in this version");
    if (!str_starts(s, STR("sqlite:")))
        return no(why, "has an unknown kind of store");
    return parse_path(str_from(s, strlen("sqlite:")), out, why);
}
