/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char HEX[] = "0123456789abcdef";

/* Both characters of twelve bits, because every token goes through here. */
static char pairs64[4096][2], pairs64url[4096][2];

__attribute__((constructor)) static void make_pairs(void) {
    for (unsigned i = 0; i < 4096; i++) {
        memcpy(pairs64[i], (char[]){BASE64[i >> 6], BASE64[i & 63]}, 2);
        memcpy(pairs64url[i], (char[]){BASE64URL[i >> 6], BASE64URL[i & 63]}, 2);
    }
}

static void base64(struct buf *out, struct str in, bool is_url, bool pad) {
    const char *alphabet = is_url ? BASE64URL : BASE64;
    const char(*pairs)[2] = is_url ? (const char(*)[2])pairs64url : (const char(*)[2])pairs64;
    size_t size = in.n > SIZE_MAX / 2 ? SIZE_MAX : (in.n + 2) / 3 * 4, room = size;
    char *at = in.n ? buf_reserve(out, &room) : NULL;
    if (in.n == 0 || room < size) {
        out->failed |= in.n > 0;
        return;
    }
    const unsigned char *from = (const unsigned char *)in.p;
    size_t left = in.n;
    for (; left > 2; left -= 3, from += 3, at += 4) {
        unsigned bits = (unsigned)from[0] << 16 | (unsigned)from[1] << 8 | from[2];
        memcpy(at, pairs[bits >> 12], 2);
        memcpy(at + 2, pairs[bits & 4095], 2);
    }
    if (left > 0) {
        unsigned second = left > 1 ? from[1] : 0;
        at[0] = alphabet[from[0] >> 2];
        at[1] = alphabet[(from[0] << 4 | second >> 4) & 63];
        at[2] = left > 1 ? alphabet[second << 2 & 63] : '=';
        at[3] = '=';
    }
    buf_commit(out, pad ? size : in.n / 3 * 4 + (in.n % 3 ? in.n % 3 + 1 : 0));
}

void encode_base64(struct buf *out, struct str in) { base64(out, in, false, true); }

void encode_base64url(struct buf *out, struct str in) { base64(out, in, true, false); }

/* Of a character that both alphabets have. */
static int common_value(char c) {
    if (c >= 'a')
        return c <= 'z' ? c - 'a' + 26 : -1;
    if (c >= 'A')
        return c <= 'Z' ? c - 'A' : -1;
    return str_is_digit(c) ? c - '0' + 52 : -1;
}

static int base64_value(char c) { return c == '+' ? 62 : c == '/' ? 63 : common_value(c); }

int encode_base64url_value(char c) { return c == '-' ? 62 : c == '_' ? 63 : common_value(c); }

bool decode_base64(struct buf *out, struct str in) {
    if (in.n % 4)
        return false;
    for (size_t i = 0; i < in.n; i += 4) {
        size_t pad = i + 4 == in.n ? (size_t)(in.p[i + 3] == '=') + (in.p[i + 2] == '=') : 0;
        unsigned v = 0;
        for (size_t k = 0; k < 4; k++) {
            int digit = k >= 4 - pad ? 0 : base64_value(in.p[i + k]);
            if (digit < 0 || (k >= 4 - pad && in.p[i + k] != '='))
                return false;
            v = v << 6 | (unsigned)digit;
        }
        if (v & ((1U << (8 * pad)) - 1)) /* bits that a canonical encoder leaves zero */
            return false;
        char three[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
        buf_add(out, str_n(three, 3 - pad));
    }
    return !out->failed;
}

bool decode_base64url(struct buf *out, struct str in) {
    unsigned bits = 0, have = 0;
    if (in.n % 4 == 1)
        return false;
    for (size_t i = 0; i < in.n; i++) {
        int digit = encode_base64url_value(in.p[i]);
        if (digit < 0)
            return false;
        bits = (bits << 6 | (unsigned)digit) & 0xffff;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        buf_add_byte(out, (char)(bits >> have));
    }
    /* bits that a canonical encoder leaves zero */
    return (bits & ((1U << have) - 1)) == 0 && !out->failed;
}

void encode_base32(struct buf *out, struct str in) {
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0, count = 0;
    for (size_t i = 0; i < in.n; i++) {
        bits = bits << 8 | (unsigned char)in.p[i];
        for (count += 8; count >= 5; count -= 5)
            buf_add_byte(out, ALPHABET[bits >> (count - 5) & 31]);
        bits &= 31;
    }
    if (count)
        buf_add_byte(out, ALPHABET[bits << (5 - count) & 31]);
}

void encode_hex(struct buf *out, struct str in) {
    for (size_t i = 0; i < in.n; i++) {
        buf_add_byte(out, HEX[(unsigned char)in.p[i] >> 4]);
        buf_add_byte(out, HEX[in.p[i] & 15]);
    }
}

void encode_html(struct buf *out, struct str in) {
    for (size_t i = 0; i < in.n; i++) {
        switch (in.p[i]) {
        case '&':
            buf_add(out, STR("&amp;"));
            break;
        case '<':
            buf_add(out, STR("&lt;"));
            break;
        case '>':
            buf_add(out, STR("&gt;"));
            break;
        case '"':
            buf_add(out, STR("&quot;"));
            break;
        case '\'':
            buf_add(out, STR("&#39;"));
            break;
        default:
            buf_add_byte(out, in.p[i]);
        }
    }
}

static bool is_unreserved(char c) {
    return str_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void encode_query(struct buf *out, struct str in) {
    for (size_t i = 0; i < in.n; i++) {
        if (is_unreserved(in.p[i]))
            buf_add_byte(out, in.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)in.p[i]);
    }
}

/* Bytes at the start of `s` that stand for themselves in what is quoted: visible ASCII but quotes
 * and backslashes. Most texts are nothing else. */
static size_t plain_length(struct str s) {
    size_t n = 0;
    while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
        n++;
    return n;
}

void encode_json(struct buf *out, struct str in) {
    for (size_t n; in.n > 0; in = str_from(in, n)) {
        size_t character = str_utf8(in);
        if ((n = plain_length(in)) > 0) {
            buf_add(out, str_head(in, n));
            continue;
        }
        n = character ? character : 1;
        if (character == 0)
            buf_add(out, STR("\\ufffd"));
        else if (in.p[0] == '"' || in.p[0] == '\\')
            buf_add(out, str_n((char[]){'\\', in.p[0]}, 2));
        else if (character == 1) /* a control character */
            buf_printf(out, "\\u%04x", (unsigned)in.p[0]);
        else
            buf_add(out, str_head(in, n));
    }
}

/* Bytes at the start of `s` that must not come out as they are: control characters, also U+0080 to
 * U+009F, which a terminal obeys as it does those below the blank, and what is no UTF-8, for which
 * journalctl hides the whole line. */
static size_t escaped_length(struct str s, size_t character) {
    unsigned char c = (unsigned char)s.p[0];
    if (character == 0 || c < 0x20 || c == 0x7f)
        return 1;
    return c == 0xc2 && (unsigned char)s.p[1] < 0xa0 ? 2 : 0;
}

void encode_log(struct buf *out, struct str in) {
    bool quote = in.n == 0 || str_index(in, ' ') < in.n || str_index(in, '"') < in.n ||
                 str_index(in, '=') < in.n;
    if (quote)
        buf_add_byte(out, '"');
    for (size_t n; in.n > 0; in = str_from(in, n)) {
        if ((n = plain_length(in)) > 0) {
            if (n > buf_room(out) && buf_room(out) > 0)
                n = buf_room(out); /* a line that is too long is cut, not lost */
            buf_add(out, str_head(in, n));
            continue;
        }
        size_t character = str_utf8(in), escaped = escaped_length(in, character);
        n = escaped ? escaped : character;
        for (size_t i = 0; i < escaped; i++)
            buf_printf(out, "\\x%02x", (unsigned)(unsigned char)in.p[i]);
        if (in.p[0] == '"' || in.p[0] == '\\')
            buf_printf(out, "\\%c", in.p[0]);
        else if (!escaped)
            buf_add(out, str_head(in, n));
    }
    if (quote)
        buf_add_byte(out, '"');
}
