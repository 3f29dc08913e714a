/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

bool str_folds(const char *a, const char *b, size_t n) {
    if (!a || !b)
        return n == 0;
    size_t i = 0;
    while (i + 8 <= n && memcmp(a + i, b + i, 8) == 0) /* most are alike to the letter */
        i += 8;
    for (; i < n; i++)
        if (a[i] != b[i] && str_lower(a[i]) != str_lower(b[i]))
            return false;
    return true;
}

bool str_starts(struct str s, struct str prefix) {
    return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix) {
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

bool str_ends_ci(struct str s, struct str suffix) {
    return s.n >= suffix.n && str_eq_ci(str_from(s, s.n - suffix.n), suffix);
}

bool str_find(struct str s, struct str part, size_t *at) {
    *at = 0;
    if (part.n == 0)
        return true;
    const char *found = s.n ? memmem(s.p, s.n, part.p, part.n) : NULL;
    if (found)
        *at = (size_t)(found - s.p);
    return found;
}

size_t str_index(struct str s, char c) {
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

static bool is_ows(char c) { return c == ' ' || c == '\t'; }

struct str str_trim(struct str s) {
    while (s.n && is_ows(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_ows(s.p[s.n - 1]))
        s.n--;
    return s;
}

size_t str_utf8(struct str s) {
    if (s.n == 0)
        return 0;
    unsigned char c = (unsigned char)s.p[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (n == 0 || n > s.n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80)
            return 0;
    unsigned char second = (unsigned char)s.p[1];
    bool is_overlong = (c == 0xe0 && second < 0xa0) || (c == 0xf0 && second < 0x90);
    bool is_surrogate = c == 0xed && second > 0x9f;
    bool is_beyond = c == 0xf4 && second > 0x8f; /* U+10FFFF */
    return is_overlong || is_surrogate || is_beyond ? 0 : n;
}

struct str str_whole(struct str s) {
    for (size_t back = 1; back <= 3 && back <= s.n; back++) {
        unsigned char c = (unsigned char)s.p[s.n - back];
        size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        if ((c & 0xc0) != 0x80)
            return str_head(s, length > back ? s.n - back : s.n);
    }
    return s;
}

bool str_split(struct str *rest, char sep, struct str *part) {
    *part = STR_NONE;
    if (!rest->p)
        return false;
    size_t at = str_index(*rest, sep);
    *part = str_head(*rest, at);
    *rest = at < rest->n ? str_from(*rest, at + 1) : STR_NONE;
    return true;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    *out = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool str_glob_ci(struct str pattern, struct str s) {
    size_t star = str_index(pattern, '*');
    if (star == pattern.n)
        return str_eq_ci(pattern, s);
    struct str tail = str_from(pattern, star + 1);
    return s.n >= star + tail.n && str_eq_ci(str_head(s, star), str_head(pattern, star)) &&
           str_ends_ci(s, tail);
}
