/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/spnego_answer.h"

#include "kerberos/der.h"

enum {
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_ENUM = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_GSS_TOKEN = 0x60, /* [APPLICATION 0], RFC 2743 3.1 */
    TAG_RESPONSE = 0xa1,  /* NegotiationToken: negTokenResp [1] */
    TAG_AP_REP = 0x6f,
    TAG_KRB_ERROR = 0x7e,
    FIELD_STATE = 0xa0,
    FIELD_MECH = 0xa1,
    FIELD_TOKEN = 0xa2,
    FIELD_MIC = 0xa3,
};

/* 1.2.840.113554.1.2.2, the same as Windows once misspelled it (MS-SPNG 3.1.5.4), and NTLM's
 * 1.3.6.1.4.1.311.2.2.10. */
static const struct str KRB5 = STR("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"),
                        KRB5_WINDOWS = STR("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"),
                        NTLM = STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a");
static const struct str NTLM_SIGNATURE = STR("NTLMSSP\0");

static bool is_krb5(struct str oid) { return str_eq(oid, KRB5) || str_eq(oid, KRB5_WINDOWS); }

static enum spnego_mech mech_of(struct str oid) {
    return is_krb5(oid) ? SPNEGO_KRB5 : str_eq(oid, NTLM) ? SPNEGO_NTLMSSP : SPNEGO_UNKNOWN;
}

static void take_message(struct str in, struct spnego_answer *out) {
    struct str content, rest = in;
    uint8_t tag;
    if (!der_read(&rest, &tag, &content) || rest.n != 0 ||
        (tag != TAG_AP_REP && tag != TAG_KRB_ERROR))
        return;
    out->content = tag == TAG_AP_REP ? SPNEGO_AP_REP : SPNEGO_KRB_ERROR;
    out->message = in;
}

/* A token of a mechanism: with the frame of GSS (RFC 4121 4.1: OID, TOK_ID of two bytes, message),
 * or, as some servers send it, without. */
static void take_token(struct str in, struct spnego_answer *out) {
    struct str framed, oid, rest = in;
    out->content = SPNEGO_OTHER;
    if (str_starts(in, NTLM_SIGNATURE))
        out->content = SPNEGO_NTLM;
    else if (!der_expect(&rest, TAG_GSS_TOKEN, &framed))
        take_message(in, out);
    else if (rest.n == 0 && der_expect(&framed, TAG_OID, &oid) && is_krb5(oid) && framed.n > 2)
        take_message(str_from(framed, 2), out);
}

static bool take_state(struct str field, struct spnego_answer *out) {
    struct str content;
    int64_t state;
    if (!der_expect(&field, TAG_ENUM, &content) || field.n != 0 || !der_int(content, &state) ||
        state < SPNEGO_ACCEPTED || state > SPNEGO_REQUEST_MIC)
        return false;
    out->state = (enum spnego_state)state;
    return true;
}

static bool take_field(uint8_t tag, struct str field, struct spnego_answer *out) {
    struct str content;
    if (tag == FIELD_STATE)
        return take_state(field, out);
    if (!der_expect(&field, tag == FIELD_MECH ? TAG_OID : TAG_OCTETS, &content) || field.n != 0)
        return false;
    if (tag == FIELD_MECH)
        out->mech = mech_of(content);
    else if (tag == FIELD_TOKEN && content.n > 0)
        take_token(content, out);
    return true;
}

/* NegTokenResp ::= SEQUENCE { negState [0], supportedMech [1], responseToken [2], mechListMIC [3]
 * }, each of which may be missing. */
static bool read_response(struct str in, struct spnego_answer *out) {
    struct str fields, field;
    uint8_t tag, last = 0;
    if (!der_expect(&in, TAG_SEQUENCE, &fields) || in.n != 0)
        return false;
    while (fields.n > 0) {
        if (!der_read(&fields, &tag, &field) || tag <= last || tag < FIELD_STATE ||
            tag > FIELD_MIC || !take_field(tag, field, out))
            return false;
        last = tag;
    }
    return true;
}

bool spnego_answer_read(struct str in, struct spnego_answer *out) {
    static const struct spnego_answer NOTHING = {.state = SPNEGO_UNSAID};
    struct str content, rest = in;
    bool is_known = false;
    *out = NOTHING;
    if (der_expect(&rest, TAG_RESPONSE, &content)) {
        is_known = rest.n == 0 && read_response(content, out);
    } else {
        take_token(in, out);
        is_known = out->content != SPNEGO_OTHER;
    }
    if (!is_known)
        *out = NOTHING;
    return is_known;
}
