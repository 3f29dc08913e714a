/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/spnego.h"

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

void spnego_wrap_krb5(struct der_writer *w) {
    der_put(w, BYTES(AP_REQ_ID));
    der_put(w, BYTES(KRB5_OID));
    der_wrap(w, TAG_GSS_TOKEN, 0);
}

/* NegTokenInit ::= SEQUENCE { mechTypes [0] SEQUENCE OF OID, mechToken [2] OCTET STRING } */
void spnego_wrap_init(struct der_writer *w) {
    der_wrap(w, TAG_OCTETS, 0);
    der_wrap(w, FIELD_MECH_TOKEN, 0);
    size_t token = der_written(w).n;
    der_put(w, BYTES(KRB5_OID));
    der_wrap(w, TAG_SEQUENCE, token);
    der_wrap(w, FIELD_MECH_TYPES, token);
    der_wrap(w, TAG_SEQUENCE, 0);
    der_wrap(w, FIELD, 0); /* NegotiationToken: negTokenInit [0] */
    der_put(w, BYTES(SPNEGO_OID));
    der_wrap(w, TAG_GSS_TOKEN, 0);
}
