/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/likeness.h"

#include <stdio.h>

enum { CLEAN_MAX = 128, TYPO_MAX = 2, TYPO_LENGTH_MIN = 4 };

bool spn_split(struct str text, struct spn *out) {
    struct str rest = text, part;
    *out = (struct spn){0};
    if (!str_split(&rest, '/', &out->service) || !str_split(&rest, '/', &part))
        return false;
    out->rest = rest;
    out->host = str_head(part, str_index(part, ':'));
    out->port = str_from(part, out->host.n + 1);
    return out->service.n > 0 && out->host.n > 0;
}

/* Blanks of every kind, marks of direction, joiners, soft hyphens. */
static bool is_invisible(struct str c) {
    unsigned char a = (unsigned char)c.p[0], b = c.n > 1 ? (unsigned char)c.p[1] : 0,
                  d = c.n > 2 ? (unsigned char)c.p[2] : 0;
    if (c.n == 1)
        return a <= 0x20 || a == 0x7f;
    if (c.n == 2)
        return a == 0xc2 && (b < 0xa1 || b == 0xad);
    bool is_general = a == 0xe2 && ((b == 0x80 && (d <= 0x8f || (d >= 0xa8 && d <= 0xaf))) ||
                                    (b == 0x81 && d >= 0x9f && d <= 0xaf));
    return c.n == 3 && (is_general || (a == 0xe3 && b == 0x80 && d == 0x80) ||
                        (a == 0xef && b == 0xbb && d == 0xbf));
}

/* What people see of it, in lower case, without a dot at the end. */
static struct str clean(struct str s, char out[CLEAN_MAX]) {
    size_t n = 0;
    while (s.n > 0) {
        size_t size = str_utf8(s);
        size = size ? size : 1;
        if (!is_invisible(str_head(s, size))) {
            for (size_t i = 0; i < size && n < CLEAN_MAX; i++)
                out[n++] = str_lower(s.p[i]);
        }
        s = str_from(s, size);
    }
    while (n > 0 && out[n - 1] == '.')
        n--;
    return str_n(out, n);
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* Letters that are missing, added, wrong or in the wrong order; at most TYPO_MAX + 1 are counted.
 */
static unsigned typos(struct str a, struct str b) {
    unsigned rows[3][CLEAN_MAX + 1];
    if (a.n > b.n + TYPO_MAX || b.n > a.n + TYPO_MAX)
        return TYPO_MAX + 1;
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.n; j++) {
            bool is_same = a.p[i - 1] == b.p[j - 1];
            row[j] = least(last[j - 1] + !is_same, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return least(rows[a.n % 3][b.n], TYPO_MAX + 1);
}

static bool is_typo(struct str a, struct str b) {
    return a.n >= TYPO_LENGTH_MIN && typos(a, b) <= (a.n < 2 * TYPO_LENGTH_MIN ? 1 : TYPO_MAX);
}

static struct str label(struct str host) { return str_head(host, str_index(host, '.')); }

/* One of them has no domain. */
static bool is_other_form(struct str a, struct str b) {
    return str_eq(label(a), label(b)) && (label(a).n == a.n || label(b).n == b.n);
}

enum likeness likeness_of(struct str wanted, struct str other) {
    char wanted_text[CLEAN_MAX], other_text[CLEAN_MAX];
    struct str a = clean(wanted, wanted_text), b = clean(other, other_text);
    struct spn x, y;
    if (str_eq_ci(wanted, other))
        return LIKENESS_SAME;
    if (a.n == CLEAN_MAX || b.n == CLEAN_MAX)
        return LIKENESS_NONE;
    if (str_eq(a, b))
        return LIKENESS_INVISIBLE;
    if (!spn_split(a, &x) || !spn_split(b, &y))
        return is_typo(a, b) ? LIKENESS_TYPO : LIKENESS_NONE;
    bool same_host = str_eq(x.host, y.host), same_service = str_eq(x.service, y.service);
    if (same_service && same_host)
        return LIKENESS_PORT;
    if (same_service && is_other_form(x.host, y.host))
        return LIKENESS_FORM;
    if (same_host || is_other_form(x.host, y.host))
        return is_typo(x.service, y.service) ? LIKENESS_TYPO : LIKENESS_CLASS;
    if (is_typo(x.host, y.host) && same_service)
        return LIKENESS_TYPO;
    return same_service && str_eq(label(x.host), label(y.host)) ? LIKENESS_DOMAIN : LIKENESS_NONE;
}

const char *likeness_word(enum likeness l) {
    static const char *const WORDS[] = {"same",  "invisible", "port",   "form",
                                        "class", "typo",      "domain", "none"};
    return WORDS[l];
}

const char *likeness_text(enum likeness l) {
    static const char *const TEXTS[] = {
        "",
        "differs in blanks, a dot at the end or characters that nobody sees",
        "differs in the port or what else is behind the host",
        "names the host with or without its domain",
        "is of another class of service",
        "differs by a letter or two",
        "names a host of another domain",
        "",
    };
    return TEXTS[l];
}

/* Of a well-formed character of UTF-8, or of one byte. */
static unsigned code_point(struct str c) {
    unsigned code = (unsigned char)c.p[0];
    if (c.n > 1)
        code &= 0x7fU >> c.n;
    for (size_t i = 1; i < c.n; i++)
        code = code << 6 | ((unsigned char)c.p[i] & 0x3f);
    return code;
}

void likeness_show(struct str s, char *out, size_t size) {
    size_t n = 0;
    out[0] = '\0';
    while (s.n > 0 && n < size) {
        size_t width = str_utf8(s);
        struct str c = str_head(s, width ? width : 1);
        int more = width && !is_invisible(c)
                       ? snprintf(out + n, size - n, "%.*s", STR_ARG(c))
                       : snprintf(out + n, size - n, "<U+%04X>", code_point(c));
        n += more > 0 ? (size_t)more : size;
        s = str_from(s, c.n);
    }
}
