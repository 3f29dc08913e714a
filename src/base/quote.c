/* SPDX-License-Identifier: Apache-2.0 */
#include "base/quote.h"

/* The number of a character that takes three bytes; 0: it takes more or fewer. */
static unsigned number_of(struct str c) {
    const unsigned char *p = (const unsigned char *)c.p;
    return c.n == 3 ? (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu) : 0;
}

static bool is_between(struct str c, unsigned first, unsigned last) {
    return number_of(c) >= first && number_of(c) <= last;
}

/* `c` is one character of UTF-8. */
static bool is_hidden(struct str c) {
    unsigned char first = (unsigned char)c.p[0];
    bool is_control = first < 0x20 || first == 0x7f;
    bool is_c1 = c.n == 2 && first == 0xc2 && (unsigned char)c.p[1] < 0xa0;
    return is_control || is_c1 || is_between(c, 0x2028, 0x202e) || is_between(c, 0x2066, 0x2069);
}

bool quote_is_typable(struct str text) {
    while (text.n > 0) {
        size_t n = str_utf8(text);
        if (n == 0 || is_hidden(str_head(text, n)))
            return false;
        text = str_from(text, n);
    }
    return true;
}

/* One of the marks that end a text in single quotes, unless it stands there twice: U+2018 to U+201B
 * with PowerShell. */
static bool is_doubled(enum quote_style style, struct str c) {
    bool is_quote = c.n == 1 && c.p[0] == '\'';
    if (style == QUOTE_POWERSHELL)
        return is_quote || is_between(c, 0x2018, 0x201b);
    return style == QUOTE_YAML && is_quote;
}

static void add(struct buf *out, enum quote_style style, struct str c) {
    static const struct str OF_FILTER = STR("*()\\");
    bool is_escaped =
        style == QUOTE_FILTER && (!c.p[0] || str_index(OF_FILTER, c.p[0]) < OF_FILTER.n);
    if (is_escaped)
        buf_printf(out, "\\%02x", (unsigned char)c.p[0]);
    else if (style == QUOTE_SHELL && c.p[0] == '\'')
        buf_add(out, STR("'\\''"));
    else
        buf_add(out, c);
    if (is_doubled(style, c))
        buf_add(out, c);
}

void quote_inside(struct buf *out, enum quote_style style, struct str text) {
    while (text.n > 0) {
        size_t n = str_utf8(text);
        struct str c = str_head(text, n ? n : 1);
        add(out, style, c);
        text = str_from(text, c.n);
    }
}

/* PowerShell reads 0012 as a number, which is another name then, and "@x" as a list. */
static bool needs_quotes(enum quote_style style, struct str s) {
    static const struct str PLAIN = STR("-_./:@=+");
    if (s.n == 0 || s.p[0] == '-' || s.p[0] == '@' || style == QUOTE_YAML)
        return true;
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_alnum(s.p[i]) && str_index(PLAIN, s.p[i]) == PLAIN.n)
            return true;
    return style == QUOTE_POWERSHELL && (str_is_digit(s.p[0]) || s.p[0] == '.' || s.p[0] == '+');
}

bool quote_word(struct buf *out, enum quote_style style, struct str text) {
    bool is_quoted = style != QUOTE_FILTER && needs_quotes(style, text);
    if (!quote_is_typable(text))
        return false;
    if (is_quoted)
        buf_add_byte(out, '\'');
    quote_inside(out, style, text);
    if (is_quoted)
        buf_add_byte(out, '\'');
    return true;
}
