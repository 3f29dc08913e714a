/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/ap_req.h"

#include "kerberos/der.h"

enum {
    TAG_INT = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_STRING = 0x1b, /* GeneralString */
    TAG_SEQUENCE = 0x30,
    TAG_TICKET = 0x61, /* [APPLICATION 1] */
    TAG_AP_REQ = 0x6e, /* [APPLICATION 14] */
    VERSION = 5,
    MESSAGE_AP_REQ = 14,
    PARTS_MAX = 3,               /* of a service's name */
    OPTION_USE_SESSION_KEY = 64, /* bit 1 of the first byte */
};

/* The one element in the field [number]. */
static bool take(struct str *fields, unsigned number, uint8_t tag, struct str *content) {
    struct str field;
    return der_expect(fields, DER_FIELD(number), &field) && der_expect(&field, tag, content) &&
           field.n == 0;
}

static bool take_int(struct str *fields, unsigned number, int64_t *out) {
    struct str content;
    return take(fields, number, TAG_INT, &content) && der_int(content, out);
}

static bool take_this(struct str *fields, unsigned number, int64_t wanted) {
    int64_t value;
    return take_int(fields, number, &value) && value == wanted;
}

/* Nothing that a name's text form would escape, or a log show as something else. */
static bool is_plain(struct str part) {
    for (size_t i = 0; i < part.n; i++) {
        unsigned char c = (unsigned char)part.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '/' || c == '\\' || c == '@')
            return false;
    }
    return part.n > 0;
}

/* PrincipalName, 5.2.2 */
static bool take_service(struct str *fields, struct ap_req *out) {
    struct str name, parts, part;
    int64_t type;
    size_t used = 0, count = 0;
    if (!take(fields, 2, TAG_SEQUENCE, &name) || !take_int(&name, 0, &type) ||
        !take(&name, 1, TAG_SEQUENCE, &parts) || name.n != 0)
        return false;
    for (; parts.n > 0; count++) {
        if (!der_expect(&parts, TAG_STRING, &part) || count == PARTS_MAX || !is_plain(part) ||
            used + part.n + 2 > sizeof out->service)
            return false;
        if (count > 0)
            out->service[used++] = '/';
        memcpy(out->service + used, part.p, part.n);
        used += part.n;
    }
    out->service[used] = '\0';
    return count > 0;
}

/* EncryptedData, 5.2.9; a key version beyond 32 bits is none. */
static bool take_encrypted(struct str *fields, unsigned number, struct ap_req *key,
                           struct str *cipher) {
    struct str in;
    if (!take(fields, number, TAG_SEQUENCE, &in) || !take_int(&in, 0, &key->enctype))
        return false;
    bool has_version = in.n > 0 && (uint8_t)in.p[0] == DER_FIELD(1);
    if (has_version && (!take_int(&in, 1, &key->kvno) || key->kvno < 0 || key->kvno > UINT32_MAX))
        return false;
    return take(&in, 2, TAG_OCTETS, cipher) && in.n == 0 && cipher->n > 0;
}

/* Ticket, 5.3 */
static bool read_ticket(struct str in, struct ap_req *out) {
    struct str content, fields, cipher;
    return der_expect(&in, TAG_TICKET, &content) && in.n == 0 &&
           der_expect(&content, TAG_SEQUENCE, &fields) && content.n == 0 &&
           take_this(&fields, 0, VERSION) && take(&fields, 1, TAG_STRING, &out->realm) &&
           is_plain(out->realm) && take_service(&fields, out) &&
           take_encrypted(&fields, 3, out, &cipher) && fields.n == 0;
}

static bool read_fields(struct str fields, struct ap_req *out) {
    struct str options;
    struct ap_req ignored;
    if (!take_this(&fields, 0, VERSION) || !take_this(&fields, 1, MESSAGE_AP_REQ) ||
        !take(&fields, 2, TAG_BITS, &options) || options.n < 2 ||
        !der_expect(&fields, DER_FIELD(3), &out->ticket))
        return false;
    out->is_user_to_user = (uint8_t)options.p[1] & OPTION_USE_SESSION_KEY;
    return read_ticket(out->ticket, out) &&
           take_encrypted(&fields, 4, &ignored, &out->authenticator) && fields.n == 0;
}

bool ap_req_read(struct str in, struct ap_req *out) {
    struct str content, fields, rest = in;
    *out = (struct ap_req){.message = in};
    if (der_expect(&rest, TAG_AP_REQ, &content) && rest.n == 0 &&
        der_expect(&content, TAG_SEQUENCE, &fields) && content.n == 0 && read_fields(fields, out))
        return true;
    *out = (struct ap_req){.kvno = 0};
    return false;
}
