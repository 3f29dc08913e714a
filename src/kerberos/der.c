/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/der.h"

enum { MULTI_OCTET_TAG = 0x1f, LONG_FORM = 0x80, TAG_INTEGER = 0x02 };

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

/* Room for `n` bytes before what is written; NULL when there is none. */
static char *room(struct der_writer *w, size_t n) {
    if (w->failed || n > w->at) {
        w->failed = true;
        return NULL;
    }
    w->at -= n;
    return w->memory + w->at;
}

void der_put(struct der_writer *w, struct str bytes) {
    char *to = room(w, bytes.n);
    if (to && bytes.n > 0)
        memcpy(to, bytes.p, bytes.n);
}

static void put_byte(struct der_writer *w, unsigned byte) {
    char *to = room(w, 1);
    if (to)
        *to = (char)byte;
}

static size_t written(const struct der_writer *w) { return w->end - w->at; }

void der_wrap(struct der_writer *w, uint8_t tag, size_t rest) {
    size_t n = written(w) - rest;
    if (w->failed || n > UINT32_MAX) {
        w->failed = true;
        return;
    }
    unsigned octets = 0;
    while (n >= LONG_FORM && n >> 8 * octets > 0)
        octets++;
    char *to = room(w, 2 + octets);
    if (!to)
        return;
    *to++ = (char)tag;
    *to++ = (char)(octets > 0 ? LONG_FORM | octets : n);
    while (octets > 0)
        *to++ = (char)(n >> 8 * --octets);
}

void der_put_int(struct der_writer *w, int64_t value) {
    size_t rest = written(w);
    bool is_whole;
    do {
        unsigned byte = (unsigned)(value & 0xff);
        put_byte(w, byte);
        value >>= 8;
        /* The sign is the highest bit of the first octet (X.690 8.3). */
        is_whole = (value == 0 && !(byte & 0x80)) || (value == -1 && (byte & 0x80));
    } while (!is_whole);
    der_wrap(w, TAG_INTEGER, rest);
}

void der_put_int_field(struct der_writer *w, unsigned number, int64_t value) {
    size_t rest = written(w);
    der_put_int(w, value);
    der_wrap(w, DER_FIELD(number), rest);
}
