/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cookie.h"

#include "http/percent.h"

#include <stdio.h>

/* cookie-octet of RFC 6265 4.1.1: no quotes, blanks, commas, semicolons or backslashes. */
static bool is_value(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
            return false;
    }
    return true;
}

/* RFC 6265 4.2.1. The name is compared exactly: nobody but we wrote the cookie. */
static void look_for(struct str header, struct str name, struct str *value, size_t *count) {
    struct str pair;
    while (str_split(&header, ';', &pair)) {
        pair = str_trim(pair);
        size_t equals = str_index(pair, '=');
        if (!str_eq(str_head(pair, equals), name))
            continue;
        *value = str_from(pair, equals + 1);
        ++*count;
    }
}

struct str cookie_get(const struct headers *h, struct str name, size_t *count) {
    struct str value = STR_NONE;
    *count = 0;
    for (size_t i = 0; i < h->count; i++) {
        if (str_eq_ci(h->at[i].name, STR("Cookie")))
            look_for(h->at[i].value, name, &value, count);
    }
    return *count == 1 && is_value(value) ? value : STR_NONE;
}

/* PHP makes these '_' in a name; with them a "..Host-x" is taken for a "__Host-x". */
static char folded(char c) { return c == '.' || c == ' ' || c == '[' ? '_' : str_lower(c); }

static bool begins(struct str s, struct str prefix) {
    for (size_t i = 0; i < prefix.n; i++) {
        bool is_encoded;
        int c = s.n > 0 ? percent_take(&s, &is_encoded) : -1;
        if (folded((char)c) != folded(prefix.p[i]) || (c == ' ' && i == 0))
            return false;
    }
    return true;
}

/* Where some parser begins a new name: Python's at blanks, those of RFC 2109 at commas and quotes,
 * .NET and Django after blanks beyond ASCII, which they trim. */
static bool is_boundary(int c) { return c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';'; }

/* Offset of the first name in `piece` that begins with `prefix`, or `piece.n`. Encoded bytes count
 * as what they stand for, as for PHP and Rack that decoded names; a nameless "=name=value" counts
 * too. */
static size_t find_ours(struct str piece, struct str prefix) {
    bool is_start = true;
    for (struct str rest = piece; rest.n > 0;) {
        if (is_start && begins(rest, prefix))
            return piece.n - rest.n;
        bool is_encoded;
        int c = percent_take(&rest, &is_encoded);
        is_start = c >= 0 && (is_boundary(c) || (is_start && (c == '=' || c == '+')));
    }
    return piece.n;
}

static size_t piece_length(struct str s) {
    size_t n = 0;
    while (n < s.n && s.p[n] != ';' && s.p[n] != ',')
        n++;
    return n;
}

/* Pieces are told apart by ';' and by ',', and joined again by what stood between them: by ';'
 * where that was on either side of what was cut out. */
struct str cookie_strip(struct arena *a, struct str value, struct str prefix) {
    char *out = arena_alloc(a, value.n + 1), separator = 0;
    size_t n = 0;
    bool has_any = false;
    if (!out)
        return STR_NONE;
    for (struct str rest = value; rest.p;) {
        struct str piece = str_head(rest, piece_length(rest));
        struct str kept = str_head(piece, find_ours(piece, prefix));
        if (kept.n == piece.n || str_trim(kept).n > 0) {
            if (has_any)
                out[n++] = separator;
            memcpy(out + n, kept.n ? kept.p : "", kept.n);
            n += kept.n;
            separator = 0;
            has_any = true;
        }
        if (piece.n == rest.n)
            break;
        separator = separator == ';' ? ';' : rest.p[piece.n];
        rest = str_from(rest, piece.n + 1);
    }
    return str_trim(str_n(out, n));
}

struct str cookie_format(struct arena *a, struct str name, struct str value, int64_t max_age_s,
                         unsigned options) {
    const char *http_only = options & COOKIE_FOR_SCRIPTS ? "" : "; HttpOnly";
    char max_age[32] = "";
    if (!is_value(value))
        return STR_NONE;
    if (max_age_s >= 0)
        snprintf(max_age, sizeof max_age, "; Max-Age=%lld", (long long)max_age_s);
    return str_of(arena_printf(a, "%.*s=%.*s; Path=/; Secure%s; SameSite=Lax%s", STR_ARG(name),
                               STR_ARG(value), http_only, max_age));
}
