/* SPDX-License-Identifier: Apache-2.0 */
#include "http/loose.h"

#include "http/percent.h"

/* The next byte, decoded; -1 at the end. */
static int take(struct str *rest) {
    bool is_encoded;
    struct str before = *rest;
    if (rest->n == 0)
        return -1;
    int c = percent_take(rest, &is_encoded);
    if (c < 0)
        c = (unsigned char)before.p[0];
    return c == '\\' ? '/' : c;
}

static bool is_filler(int c) { return c == '.' || c == ' '; }
/* Of the path, for one who decodes it first. */
static bool is_end(int c) { return c < 0 || c == '?' || c == '#'; }
/* Where something follows a name that is not part of it, up to the next '/': a path parameter, or
 * what NTFS has of a file or directory, "admin::$INDEX_ALLOCATION". */
static bool is_suffix(int c, struct str rest) {
    int next = c == ':' ? take(&rest) : -1;
    return c == ';' || next == ':' || next == '$';
}

static int skip_suffix(struct str *rest) {
    int c;
    do
        c = take(rest);
    while (!is_end(c) && c != '/');
    return c;
}

/* Blanks and dots from `c` on: part of a name that goes on behind them, and else left out. */
static size_t write_fillers(struct str *rest, int c, char *to) {
    struct str ahead = *rest;
    size_t n = 0;
    for (; is_filler(c); c = take(&ahead)) {
        to[n++] = (char)c;
        *rest = ahead;
    }
    return is_end(c) || c == '/' || is_suffix(c, ahead) ? 0 : n;
}

/* Behind `n` bytes: not a second '/', nor a second byte that is none of ASCII. */
static size_t write_one(int c, char *to, size_t n) {
    char as = c >= 0x80 ? LOOSE_ANY : str_lower((char)c);
    bool is_again = n > 0 && to[n - 1] == as && (as == '/' || as == LOOSE_ANY);
    if (!is_again)
        to[n++] = as;
    return n;
}

/* How many bytes it has become. */
static size_t read_loosely(struct str rest, char *to) {
    size_t n = 0;
    for (int c; !is_end(c = take(&rest));) {
        if (is_filler(c)) {
            n += write_fillers(&rest, c, to + n);
            continue;
        }
        if (is_suffix(c, rest))
            c = skip_suffix(&rest);
        if (is_end(c))
            break;
        n = write_one(c, to, n);
    }
    return n;
}

bool loose_path(struct arena *a, struct str path, struct str *out) {
    char *to = arena_alloc(a, path.n + 1);
    *out = to ? str_n(to, read_loosely(path, to)) : STR_NONE;
    return to;
}

/* How many bytes `s` begins with that a character may fold to which is none of ASCII: U+0131 to i,
 * U+212A to k, U+017F to s. */
static size_t count_any(struct str s) {
    size_t n = 0;
    while (n < s.n && (s.p[n] == LOOSE_ANY || s.p[n] == 'i' || s.p[n] == 'k' || s.p[n] == 's'))
        n++;
    return n;
}

bool loose_is_below(struct str path, struct str base, size_t *unsure) {
    struct str rest = base;
    *unsure = 0;
    while (rest.n > 0) {
        size_t n = str_index(str_head(path, str_index(rest, LOOSE_ANY)), LOOSE_ANY);
        if (!str_starts(path, str_head(rest, n)))
            return false;
        path = str_from(path, n);
        rest = str_from(rest, n);
        if (rest.n == 0)
            break;
        size_t here = count_any(path), there = count_any(rest);
        if (here == 0 || there == 0)
            return false;
        path = str_from(path, here);
        rest = str_from(rest, there);
        *unsure = base.n - rest.n;
    }
    return path.n == 0 || path.p[0] == '/';
}
