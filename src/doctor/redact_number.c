/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact_number.h"

#include <arpa/inet.h>

static bool is_hex(char c) { return str_hex_digit(c) >= 0; }

static bool ends_at(struct str s, size_t n) { return n >= s.n || !str_is_alnum(s.p[n]); }

static bool is_address(int family, struct str s) {
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    if (s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    return inet_pton(family, text, address) == 1;
}

static bool is_everywhere(struct str s) {
    static const char *const SAME[] = {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1"};
    for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++)
        if (str_eq(s, str_of(SAME[i])))
            return true;
    return false;
}

static size_t ipv4_at(struct str s) {
    size_t n = 0;
    while (n < s.n && (str_is_digit(s.p[n]) || s.p[n] == '.'))
        n++;
    while (n > 0 && s.p[n - 1] == '.')
        n--;
    return ends_at(s, n) && is_address(AF_INET, str_head(s, n)) ? n : 0;
}

static size_t ipv6_at(struct str s) {
    size_t n = 0, colons = 0;
    for (; n < s.n && (is_hex(s.p[n]) || s.p[n] == ':' || s.p[n] == '.'); n++)
        colons += s.p[n] == ':';
    if (colons < 2 || !ends_at(s, n))
        return 0;
    /* What follows an address in a sentence, or a colon before what is said of it. */
    for (; n > 1; n--) {
        if (is_address(AF_INET6, str_head(s, n)))
            return n;
        if (s.p[n - 1] != '.' && s.p[n - 1] != ':')
            return 0;
    }
    return 0;
}

static size_t sid_at(struct str s) {
    static const struct str OF_DOMAINS[] = {{"-5-21-", 6}, {"-12-1-", 6}};
    size_t n = 3;
    if (s.n < 4 || str_lower(s.p[0]) != 's' || !str_starts(str_from(s, 1), STR("-1-")))
        return 0;
    bool is_of_domain = false;
    for (size_t i = 0; i < sizeof OF_DOMAINS / sizeof *OF_DOMAINS; i++)
        is_of_domain |= str_starts(str_from(s, n), OF_DOMAINS[i]);
    while (n + 1 < s.n && s.p[n] == '-' && str_is_digit(s.p[n + 1]))
        for (n++; n < s.n && str_is_digit(s.p[n]);)
            n++;
    return is_of_domain && ends_at(s, n) ? n : 0;
}

static size_t guid_at(struct str s) {
    enum { LENGTH = 36 };
    if (s.n < LENGTH || !ends_at(s, LENGTH))
        return 0;
    for (size_t i = 0; i < LENGTH; i++) {
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_hyphen ? s.p[i] != '-' : !is_hex(s.p[i]))
            return 0;
    }
    return LENGTH;
}

struct redact_number redact_number_at(struct str s) {
    static const struct {
        enum redact_number_kind kind;
        size_t (*at)(struct str);
    } KINDS[] = {{NUMBER_GUID, guid_at},
                 {NUMBER_SID, sid_at},
                 {NUMBER_IPV6, ipv6_at},
                 {NUMBER_IPV4, ipv4_at}};
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        size_t n = KINDS[i].at(s);
        if (n > 0)
            return is_everywhere(str_head(s, n)) ? (struct redact_number){NUMBER_NONE, 0}
                                                 : (struct redact_number){KINDS[i].kind, n};
    }
    return (struct redact_number){NUMBER_NONE, 0};
}

size_t redact_sid_domain(struct str sid) {
    /* S-1-5-21- and three numbers. */
    size_t hyphens = 0;
    for (size_t i = 0; i < sid.n; i++)
        if (sid.p[i] == '-' && ++hyphens == 7)
            return i;
    return sid.n;
}
