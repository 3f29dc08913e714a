/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/der.h"

enum { MULTI_OCTET_TAG = 0x1f, LONG_FORM = 0x80 };

/* X.690 8.1.3 and 10.1: definite, and in the fewest octets. */
static bool read_length(struct str *in, size_t *length) {
    if (in->n == 0)
        return false;
    unsigned first = (unsigned char)in->p[0];
    *in = str_from(*in, 1);
    *length = first;
    if (first < LONG_FORM)
        return true;
    unsigned octets = first - LONG_FORM;
    if (octets == 0 || octets > 4 || octets > in->n || in->p[0] == 0)
        return false;
    *length = 0;
    for (unsigned i = 0; i < octets; i++)
        *length = *length << 8 | (unsigned char)in->p[i];
    *in = str_from(*in, octets);
    return *length >= LONG_FORM;
}

bool der_read(struct str *rest, uint8_t *tag, struct str *content) {
    struct str in = *rest;
    size_t length;
    *content = STR_NONE;
    *tag = 0;
    /* X.690 8.1.2.4: more octets of tag follow, which Kerberos has none of. */
    if (in.n == 0 || ((unsigned char)in.p[0] & MULTI_OCTET_TAG) == MULTI_OCTET_TAG)
        return false;
    uint8_t first = (uint8_t)in.p[0];
    in = str_from(in, 1);
    if (!read_length(&in, &length) || length > in.n)
        return false;
    *tag = first;
    *content = str_head(in, length);
    *rest = str_from(in, length);
    return true;
}

bool der_expect(struct str *rest, uint8_t tag, struct str *content) {
    struct str in = *rest;
    uint8_t found;
    if (!der_read(&in, &found, content) || found != tag) {
        *content = STR_NONE;
        return false;
    }
    *rest = in;
    return true;
}

bool der_int(struct str content, int64_t *out) {
    *out = 0;
    if (content.n == 0 || content.n > sizeof *out)
        return false;
    uint64_t value = (unsigned char)content.p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < content.n; i++)
        value = value << 8 | (unsigned char)content.p[i];
    *out = (int64_t)value;
    return true;
}

void der_write(struct buf *out, uint8_t tag, struct str content) {
    if (content.n > UINT32_MAX)
        out->failed = true;
    buf_add_byte(out, (char)tag);
    if (content.n < LONG_FORM) {
        buf_add_byte(out, (char)content.n);
    } else {
        unsigned octets = content.n < 1u << 8    ? 1
                          : content.n < 1u << 16 ? 2
                          : content.n < 1u << 24 ? 3
                                                 : 4;
        buf_add_byte(out, (char)(LONG_FORM | octets));
        while (octets-- > 0)
            buf_add_byte(out, (char)(content.n >> (8 * octets)));
    }
    buf_add(out, content);
}
