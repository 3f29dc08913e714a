/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/kdc_reply.h"

#include "kerberos/der.h"

#include <time.h>

enum {
    TAG_AS_REP = 0x6b,    /* [APPLICATION 11], RFC 4120 5.4.2 */
    TAG_TGS_REP = 0x6d,   /* [APPLICATION 13] */
    TAG_KRB_ERROR = 0x7e, /* [APPLICATION 30], RFC 4120 5.9.1 */
    TAG_SEQUENCE = 0x30,
    TAG_INTEGER = 0x02,
    TAG_OCTETS = 0x04,
    TAG_TIME = 0x18,
    TAG_STRING = 0x1b,
    FIELD = 0xa0, /* context tag 0, constructed */
    FIELD_STIME = FIELD + 4,
    FIELD_CODE = FIELD + 6,
    FIELD_TEXT = FIELD + 11,
    FIELD_DATA = FIELD + 12,
    KERB_ERR_TYPE_EXTENDED = 3, /* MS-KILE 2.2.1; also the number of PA-PW-SALT */
    EXT_ERROR_SIZE = 12,        /* MS-KILE 2.2.2: status, reserved, flags */
};

static bool read_int(struct str in, int64_t *out) {
    struct str content;
    return der_expect(&in, TAG_INTEGER, &content) && in.n == 0 && der_int(content, out);
}

static int two_digits(const char *p) {
    return p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9' ? -1
                                                                : (p[0] - '0') * 10 + p[1] - '0';
}

/* KerberosTime is "YYYYMMDDhhmmssZ", never anything else (RFC 4120 5.2.3). */
static int64_t read_time(struct str in) {
    struct str content;
    int part[7];
    static const int LEAST[] = {0, 0, 1, 1, 0, 0, 0}, MOST[] = {99, 99, 12, 31, 23, 59, 60};
    if (!der_expect(&in, TAG_TIME, &content) || content.n != 15 || content.p[14] != 'Z')
        return 0;
    for (size_t i = 0; i < 7; i++) {
        part[i] = two_digits(content.p + 2 * i);
        if (part[i] < LEAST[i] || part[i] > MOST[i])
            return 0;
    }
    struct tm tm = {.tm_year = part[0] * 100 + part[1] - 1900,
                    .tm_mon = part[2] - 1,
                    .tm_mday = part[3],
                    .tm_hour = part[4],
                    .tm_min = part[5],
                    .tm_sec = part[6]};
    return timegm(&tm);
}

static uint32_t little_endian(const char *p) {
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* KERB-ERROR-DATA or a PA-DATA of that type, which look alike: { [1] type, [2] OCTET STRING }. A
 * real PA-PW-SALT has the same type; the flags word, which must be 1, tells them apart. */
static uint32_t read_status(struct str in) {
    struct str field, value;
    int64_t type;
    if (!der_expect(&in, FIELD + 1, &field) || !read_int(field, &type) ||
        type != KERB_ERR_TYPE_EXTENDED)
        return 0;
    if (!der_expect(&in, FIELD + 2, &field) || !der_expect(&field, TAG_OCTETS, &value))
        return 0;
    if (value.n != EXT_ERROR_SIZE || little_endian(value.p + 4) != 0 ||
        little_endian(value.p + 8) != 1)
        return 0;
    return little_endian(value.p);
}

/* e-data: the element itself, or METHOD-DATA, a sequence of them. */
static uint32_t read_data(struct str in) {
    struct str octets, content, element;
    if (!der_expect(&in, TAG_OCTETS, &octets) || !der_expect(&octets, TAG_SEQUENCE, &content))
        return 0;
    uint32_t status = read_status(content);
    while (!status && der_expect(&content, TAG_SEQUENCE, &element))
        status = read_status(element);
    return status;
}

static bool read_error(struct str in, struct kdc_reply *out) {
    struct str fields, field;
    uint8_t tag, last = 0;
    int64_t code;
    bool has_code = false;
    if (!der_expect(&in, TAG_SEQUENCE, &fields) || in.n != 0)
        return false;
    while (fields.n > 0) {
        /* RFC 4120 5.9.1 is a SEQUENCE: each field once, in the order of their tags. */
        if (!der_read(&fields, &tag, &field) || tag <= last)
            return false;
        last = tag;
        if (tag == FIELD_STIME) {
            out->stime_s = read_time(field);
        } else if (tag == FIELD_CODE) {
            if (!read_int(field, &code) || code < INT32_MIN || code > INT32_MAX)
                return false;
            out->code = (int32_t)code;
            has_code = true;
        } else if (tag == FIELD_TEXT) {
            der_expect(&field, TAG_STRING, &out->text);
        } else if (tag == FIELD_DATA) {
            out->nt_status = read_data(field);
        }
    }
    return has_code;
}

bool kdc_reply_decode(struct str in, struct kdc_reply *out) {
    struct str content;
    uint8_t tag;
    memset(out, 0, sizeof *out);
    if (!der_read(&in, &tag, &content) || in.n != 0)
        return false;
    if (tag == TAG_AS_REP || tag == TAG_TGS_REP)
        return true;
    if (tag != TAG_KRB_ERROR)
        return false;
    out->is_error = true;
    bool done = read_error(content, out);
    if (!done)
        memset(out, 0, sizeof *out);
    return done;
}
