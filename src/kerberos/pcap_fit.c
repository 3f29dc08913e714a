/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/der.h"
#include "kerberos/krb_tell.h"
#include "kerberos/pcap.h"

enum { CODE = 6, E_DATA = 12 }; /* fields of a KRB-ERROR, RFC 4120 5.9.1 */

/* What its dissector goes by. */
enum form { FORM_ANY, FORM_ONE, FORM_LIST };

static enum form form_of(int64_t code) {
    enum {
        POLICY = 12,
        BADOPTION = 13,
        ETYPE_NOSUPP = 14,
        CLIENT_REVOKED = 18,
        KEY_EXPIRED = 23,
        PREAUTH_FAILED = 24,
        PREAUTH_REQUIRED = 25,
    };
    switch (code) {
    case POLICY:
    case BADOPTION:
    case CLIENT_REVOKED:
    case KEY_EXPIRED:
        return FORM_ONE;
    case ETYPE_NOSUPP:
    case PREAUTH_FAILED:
    case PREAUTH_REQUIRED:
        return FORM_LIST;
    default:
        return FORM_ANY;
    }
}

/* { [1] type, [2] OCTET STRING } */
static bool is_one(struct str entry) {
    struct str field, inner;
    return der_expect(&entry, DER_FIELD(1), &field) && der_expect(&field, KRB_INTEGER, &inner) &&
           der_expect(&entry, DER_FIELD(2), &field) && der_expect(&field, KRB_OCTETS, &inner) &&
           entry.n == 0;
}

static bool has_form(struct str octets, enum form form) {
    struct str content, entry;
    if (form == FORM_ANY)
        return true;
    if (!der_expect(&octets, KRB_SEQUENCE, &content) || octets.n != 0)
        return false;
    if (form == FORM_ONE)
        return is_one(content);
    while (content.n > 0)
        if (!der_expect(&content, KRB_SEQUENCE, &entry) || !is_one(entry))
            return false;
    return true;
}

struct str pcap_fit(struct str message, char *memory) {
    struct str rest = message, content, fields, at, field, inner;
    int64_t code = 0;
    uint8_t tag;
    if (!der_expect(&rest, KRB_ERROR, &content) || rest.n != 0 ||
        !der_expect(&content, KRB_SEQUENCE, &fields) || content.n != 0)
        return message;
    for (at = fields; at.n > 0;) {
        size_t before = fields.n - at.n;
        if (!der_read(&at, &tag, &field))
            return message;
        if (tag == DER_FIELD(CODE) && der_expect(&field, KRB_INTEGER, &inner))
            der_int(inner, &code);
        if (tag != DER_FIELD(E_DATA))
            continue;
        if (at.n != 0 || (der_expect(&field, KRB_OCTETS, &inner) && has_form(inner, form_of(code))))
            return message;
        struct der_writer w = der_writer(memory, message.n);
        der_put(&w, str_head(fields, before));
        der_wrap(&w, KRB_SEQUENCE, 0);
        der_wrap(&w, KRB_ERROR, 0);
        return w.failed ? message : der_written(&w);
    }
    return message;
}
