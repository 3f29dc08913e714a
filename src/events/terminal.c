/* SPDX-License-Identifier: Apache-2.0 */
#include "events/terminal.h"

void utf8_clean(struct buf *out, struct str in) {
    for (size_t n; in.n > 0; in = str_from(in, n ? n : 1)) {
        n = str_utf8(in);
        buf_add(out, n ? str_head(in, n) : STR("\xef\xbf\xbd"));
    }
}

/* U+0080 to U+07FF and U+0800 to U+FFFF, of a well-formed character. */
static unsigned code_point(struct str c, size_t n) {
    const unsigned char *p = (const unsigned char *)c.p;
    return n == 2   ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu)
           : n == 3 ? (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu)
                    : p[0];
}

static bool is_hidden(unsigned u) {
    return u < 0x20 || (u >= 0x7f && u < 0xa0) ||      /* C0, DEL, C1 */
           u == 0x61c || u == 0x200e || u == 0x200f || /* marks of direction */
           (u >= 0x202a && u <= 0x202e) ||             /* embeddings and overrides */
           (u >= 0x2066 && u <= 0x2069) || u == 0x2028 || u == 0x2029 || u == 0xfeff;
}

void terminal_text(struct buf *out, struct str in) {
    for (size_t n; in.n > 0; in = str_from(in, n ? n : 1)) {
        n = str_utf8(in);
        unsigned u = n == 1 || n == 0 ? (unsigned char)in.p[0]
                     : n == 4         ? 0x10000
                                      : code_point(in, n);
        if (n == 0 || (u < 0xa0 && is_hidden(u)))
            buf_printf(out, "\\x%02x", u);
        else if (is_hidden(u))
            buf_printf(out, "\\u%04x", u);
        else
            buf_add(out, str_head(in, n));
    }
}

static unsigned columns(struct str s) {
    unsigned n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void add_line(struct buf *out, struct str line, struct terminal_wrap wrap) {
    unsigned at = 0;
    struct str word;
    if (line.n > 0)
        buf_printf(out, "%*s", (int)wrap.indent, "");
    while (str_split(&line, ' ', &word)) {
        unsigned n = columns(word);
        if (at > 0 && wrap.width && wrap.indent + at + 1 + n > wrap.width) {
            buf_printf(out, "\n%*s", (int)wrap.indent, "");
            at = 0;
        } else if (at > 0) {
            buf_add_byte(out, ' ');
            at++;
        }
        buf_add(out, word);
        at += n;
    }
    buf_add_byte(out, '\n');
}

void terminal_lines(struct buf *out, struct str in, struct terminal_wrap wrap) {
    struct str line;
    struct buf safe;
    buf_init(&safe, out->max);
    while (str_split(&in, '\n', &line)) {
        buf_clear(&safe);
        terminal_text(&safe, line);
        add_line(out, buf_str(&safe), wrap);
        out->failed |= safe.failed;
    }
    buf_fini(&safe);
}
