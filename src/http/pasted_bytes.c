/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pasted.h"

#include "http/pasted_int.h"

#include <stdio.h>

/* The first bytes of tokens: of GSS, of SPNEGO, of messages of Kerberos, of NTLM and NegoEx. */
static bool starts_a_token(unsigned first, unsigned second) {
    return first == 0x60 || first == 0xa0 || first == 0xa1 || (first >= 0x6a && first <= 0x71) ||
           first == 0x7e || (first == 'N' && (second == 'T' || second == 'E'));
}

static int base64_digit(char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : str_is_digit(c)      ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

/* Pairs of digits with blanks and colons between them. No base64 of a token is that: each of them
 * begins with a letter behind F. */
static bool read_hex(struct str text, char *out, size_t *n) {
    int high = -1;
    *n = 0;
    if (str_starts(text, STR("0x")))
        text = str_from(text, 2);
    for (size_t i = 0; i < text.n; i++) {
        int digit = str_hex_digit(text.p[i]);
        if (digit < 0 && !is_blank(text.p[i]) && text.p[i] != ':')
            return false;
        if (digit >= 0 && high >= 0)
            out[(*n)++] = (char)(high << 4 | digit);
        if (digit >= 0)
            high = high >= 0 ? -1 : digit;
    }
    return high < 0 && *n > 1 && starts_a_token((unsigned char)out[0], (unsigned char)out[1]);
}

static bool refuse(char wrong[PASTED_WRONG_MAX], size_t at, char c) {
    if ((unsigned char)c > ' ' && (unsigned char)c < 0x7f)
        snprintf(wrong, PASTED_WRONG_MAX, "character %zu, '%c', is none of base64", at + 1, c);
    else
        snprintf(wrong, PASTED_WRONG_MAX, "byte %zu, 0x%02x, is none of base64", at + 1,
                 (unsigned char)c);
    return false;
}

static bool read_base64(struct str text, char *out, size_t *n, char wrong[PASTED_WRONG_MAX]) {
    uint32_t bits = 0;
    unsigned digits = 0;
    bool is_padded = false;
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int digit = base64_digit(text.p[i]);
        if (is_blank(text.p[i]))
            continue;
        is_padded |= text.p[i] == '=';
        if (digit < 0 && text.p[i] != '=')
            return refuse(wrong, i, text.p[i]);
        if (digit >= 0 && is_padded) {
            snprintf(wrong, PASTED_WRONG_MAX, "there is more behind the '=' at its end");
            return false;
        }
        if (digit < 0)
            continue;
        bits = bits << 6 | (uint32_t)digit;
        if (++digits % 4 != 1)
            out[(*n)++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    if (digits % 4 != 1)
        return true;
    snprintf(wrong, PASTED_WRONG_MAX,
             "%u characters of base64 are no whole bytes: one is missing or too much", digits);
    return false;
}

bool pasted_bytes(struct arena *a, struct str text, struct str *bytes,
                  char wrong[PASTED_WRONG_MAX]) {
    size_t n;
    char *out = arena_alloc(a, text.n + 1);
    *bytes = STR_NONE;
    wrong[0] = 0;
    if (!out)
        return false;
    if (text.n == 0) {
        snprintf(wrong, PASTED_WRONG_MAX, "it is empty");
        return false;
    }
    bool is_there =
        text.n > 1 && starts_a_token((unsigned char)text.p[0], (unsigned char)text.p[1]);
    for (size_t i = 0; is_there && i < text.n; i++)
        if (base64_digit(text.p[i]) < 0 && !is_blank(text.p[i]) && text.p[i] != '=') {
            *bytes = text; /* the bytes themselves */
            return true;
        }
    if (!read_hex(text, out, &n) && !read_base64(text, out, &n, wrong))
        return false;
    *bytes = str_n(out, n);
    return true;
}
