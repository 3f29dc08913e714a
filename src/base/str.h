/* SPDX-License-Identifier: Apache-2.0
 *
 * Text from the network: a pointer and a length, passed by value, never NUL-terminated and never
 * owned. A str points into memory that somebody else keeps (a buffer, an arena, a literal); the
 * one who makes it says for how long. `char *` is kept for trusted, NUL-terminated text.
 * Pure functions, any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) ((int)(s).n), ((s).n ? (s).p : "")

/* A NUL-terminated string as a str; NULL is the empty str. */
static inline struct str str_of(const char *s) { return s ? (struct str){s, strlen(s)} : STR_NONE; }

static inline struct str str_n(const char *p, size_t n) { return (struct str){p, n}; }

static inline bool str_eq(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || (a.p && b.p && memcmp(a.p, b.p, a.n) == 0));
}
/* For str_eq_ci: of two that are equally long. */
bool str_folds(const char *a, const char *b, size_t n);
/* ASCII case folded, as header names and host names are compared (RFC 9110 5.1, RFC 4343). Here,
 * because most that are compared differ in length already. */
static inline bool str_eq_ci(struct str a, struct str b) {
    return a.n == b.n && str_folds(a.p, b.p, a.n);
}
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_ends_ci(struct str s, struct str suffix);

/* Offset of the first `c` in `s`, or `s.n` when there is none. */
size_t str_index(struct str s, char c);
/* Sets `*at` to the offset of the first `part` in `s`; false when there is none. */
bool str_find(struct str s, struct str part, size_t *at);
/* `s` from offset `from` (clamped) on. */
static inline struct str str_from(struct str s, size_t from) {
    if (from > s.n)
        from = s.n;
    if (from > 0)
        s.p += from;
    s.n -= from;
    return s;
}
/* The first `n` (clamped) bytes of `s`. */
static inline struct str str_head(struct str s, size_t n) {
    return (struct str){s.p, n < s.n ? n : s.n};
}
/* `s` without leading and trailing SP and HTAB (OWS of RFC 9110 5.6.3). */
struct str str_trim(struct str s);

/* Bytes of the well-formed UTF-8 character at the start of `s` (RFC 3629 section 4); 0 when there
 * is none. */
size_t str_utf8(struct str s);
/* `s`, which was cut somewhere, without the UTF-8 character that the cut went through. */
struct str str_whole(struct str s);

/* Takes the part of `*rest` before the first `sep` into `*part` and moves `*rest` behind it; false
 * when nothing is left. An empty part between two separators is returned as an empty str. */
bool str_split(struct str *rest, char sep, struct str *part);

/* Decimal digits only, no sign, no blanks; false when it is empty, not a number or above `max`. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *out);

/* Whether `pattern` with at most one '*' (matching any run of characters, also none) fits all of
 * `s`, ASCII case folded. */
bool str_glob_ci(struct str pattern, struct str s);

static inline char str_lower(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c); }
/* ASCII alone, whatever the locale is. */
static inline bool str_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool str_is_alnum(char c) {
    return str_is_digit(c) || (str_lower(c) >= 'a' && str_lower(c) <= 'z');
}
/* The value of a hexadecimal digit, -1 for anything else. */
static inline int str_hex_digit(char c) {
    c = str_lower(c);
    return str_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
