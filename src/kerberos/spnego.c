/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/spnego.h"

#include "kerberos/der.h"

enum {
    TAG_SEQUENCE = 0x30,
    TAG_OCTETS = 0x04,
    TAG_GSS_TOKEN = 0x60, /* [APPLICATION 0], RFC 2743 3.1 */
    FIELD = 0xa0,         /* context tag 0, constructed */
    FIELD_MECH_TYPES = FIELD + 0,
    FIELD_MECH_TOKEN = FIELD + 2,
};

/* Both with identifier and length: 1.2.840.113554.1.2.2 and 1.3.6.1.5.5.2. */
static const char KRB5_OID[] = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
static const char SPNEGO_OID[] = "\x06\x06\x2b\x06\x01\x05\x05\x02";
/* TOK_ID of an AP-REQ (RFC 4121 4.1). */
static const char AP_REQ_ID[] = "\x01\x00";

#define BYTES(array) str_n((array), sizeof(array) - 1)
/* What a wrapping adds at most: a few identifiers, lengths and OIDs. */
enum { WRAPPING_MAX = 64 };

static void init_like(struct buf *b, struct str content) {
    buf_init_secret(b, content.n + WRAPPING_MAX);
}

void spnego_wrap_krb5(struct buf *out, struct str ap_req) {
    struct buf inner;
    init_like(&inner, ap_req);
    buf_add(&inner, BYTES(KRB5_OID));
    buf_add(&inner, BYTES(AP_REQ_ID));
    buf_add(&inner, ap_req);
    out->failed |= inner.failed;
    der_write(out, TAG_GSS_TOKEN, buf_str(&inner));
    buf_fini(&inner);
}

/* NegTokenInit ::= SEQUENCE { mechTypes [0] SEQUENCE OF OID, mechToken [2] OCTET STRING } */
static void write_init(struct buf *out, struct str krb5_token) {
    struct buf types, token;
    buf_init(&types, WRAPPING_MAX);
    init_like(&token, krb5_token);
    der_write(&types, TAG_SEQUENCE, BYTES(KRB5_OID));
    der_write(&token, TAG_OCTETS, krb5_token);
    out->failed |= types.failed || token.failed;
    der_write(out, FIELD_MECH_TYPES, buf_str(&types));
    der_write(out, FIELD_MECH_TOKEN, buf_str(&token));
    buf_fini(&token);
    buf_fini(&types);
}

void spnego_wrap_init(struct buf *out, struct str krb5_token) {
    struct buf fields, sequence, choice;
    init_like(&fields, krb5_token);
    init_like(&sequence, krb5_token);
    init_like(&choice, krb5_token);
    write_init(&fields, krb5_token);
    der_write(&sequence, TAG_SEQUENCE, buf_str(&fields));
    buf_add(&choice, BYTES(SPNEGO_OID));
    der_write(&choice, FIELD, buf_str(&sequence)); /* NegotiationToken: negTokenInit [0] */
    out->failed |= fields.failed || sequence.failed || choice.failed;
    der_write(out, TAG_GSS_TOKEN, buf_str(&choice));
    buf_fini(&choice);
    buf_fini(&sequence);
    buf_fini(&fields);
}
