/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/spnego_offer.h"

#include "kerberos/der.h"

#include <stdio.h>

enum {
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_ENUM = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_GSS_TOKEN = 0x60, /* [APPLICATION 0], RFC 2743 3.1 */
    TAG_INIT = 0xa0,      /* NegotiationToken: negTokenInit [0] */
    TAG_RESPONSE = 0xa1,  /* negTokenResp [1] */
    FIELD_MIC = 0xa3,
    MECHS_MAX = 16,
    ANSWER_ROOM = 64, /* frames around an AP-REP, and an OID */
    OID_MAX = 16,
};

static const struct str KRB5 = STR("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"),
                        KRB5_WINDOWS = STR("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"),
                        SPNEGO = STR("\x2b\x06\x01\x05\x05\x02"), AP_REQ_ID = STR("\x01\x00"),
                        AP_REP_ID = STR("\x02\x00");
static const struct str NTLM_SIGNATURE = STR("NTLMSSP\0");

static const struct {
    struct str oid;
    const char *words;
} OTHERS[] = {
    {STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"), "NTLM"},
    {STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e"), "NegoEx"},
    {STR("\x2b\x06\x01\x05\x02\x05"), "IAKERB"},
};

static bool is_krb5(struct str oid) { return str_eq(oid, KRB5) || str_eq(oid, KRB5_WINDOWS); }

static void say(struct spnego_offer *o, enum spnego_offer_kind kind, const char *words) {
    o->kind = kind;
    snprintf(o->words, sizeof o->words, "%s", words);
}

static void say_mech(struct spnego_offer *o, struct str oid) {
    say(o, OFFER_OTHER, "a mechanism that is not known here");
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        if (str_eq(oid, OTHERS[i].oid))
            say(o, i == 0 ? OFFER_NTLM : OFFER_OTHER, OTHERS[i].words);
    }
}

/* A mechanism's token with the frame of GSS: OID, TOK_ID of two bytes, message. */
static void take_token(struct str in, struct spnego_offer *o) {
    struct str framed, oid;
    if (str_starts(in, NTLM_SIGNATURE))
        say(o, OFFER_NTLM, "NTLM");
    else if (!der_expect(&in, TAG_GSS_TOKEN, &framed) || in.n != 0 ||
             !der_expect(&framed, TAG_OID, &oid))
        say(o, OFFER_UNREADABLE, "a token that is none");
    else if (!is_krb5(oid))
        say_mech(o, oid);
    else if (!str_starts(framed, AP_REQ_ID))
        say(o, OFFER_OTHER, "another message of Kerberos than a ticket");
    else if (ap_req_read(str_from(framed, AP_REQ_ID.n), &o->ap_req))
        o->kind = OFFER_TICKET;
    else
        say(o, OFFER_UNREADABLE, "a ticket that cannot be read");
}

static bool take_mechs(struct str list, struct spnego_offer *o) {
    struct str oid;
    for (size_t i = 0; list.n > 0; i++) {
        if (i == MECHS_MAX || !der_expect(&list, TAG_OID, &oid) || oid.n == 0 || oid.n > OID_MAX)
            return false;
        if (i == 0)
            o->mech = oid;
        o->has_krb5 |= is_krb5(oid);
    }
    return o->mech.n > 0;
}

/* mechTypes [0] and mechToken [2]; of the rest, reqFlags [1] and mechListMIC [3] (MS-SPNG 2.2.1:
 * negHints), nothing is needed. */
static bool take_fields(struct str fields, struct spnego_offer *o, struct str *token) {
    struct str field, content;
    uint8_t tag, last = 0;
    *token = STR_NONE;
    while (fields.n > 0) {
        if (!der_read(&fields, &tag, &field) || tag <= last || tag < DER_FIELD(0) ||
            tag > FIELD_MIC + 1)
            return false;
        bool is_list = tag == DER_FIELD(0), is_token = tag == DER_FIELD(2);
        if ((is_list || is_token) &&
            (!der_expect(&field, is_list ? TAG_SEQUENCE : TAG_OCTETS, &content) || field.n != 0 ||
             (is_list && !take_mechs(content, o))))
            return false;
        if (is_token)
            *token = content;
        last = tag;
    }
    return o->mech.n > 0;
}

static void take_list(struct str in, struct spnego_offer *o) {
    struct str content, fields, token;
    o->is_listed = true;
    if (!der_expect(&in, TAG_INIT, &content) || in.n != 0 ||
        !der_expect(&content, TAG_SEQUENCE, &fields) || content.n != 0 ||
        !take_fields(fields, o, &token))
        say(o, OFFER_UNREADABLE, "a list of mechanisms that cannot be read");
    else if (!is_krb5(o->mech))
        say_mech(o, o->mech);
    else if (token.n == 0)
        say(o, OFFER_OTHER, "a list of mechanisms without a ticket");
    else
        take_token(token, o);
}

void spnego_offer_read(struct str in, struct spnego_offer *out) {
    struct str framed, oid, rest = in;
    *out = (struct spnego_offer){.kind = OFFER_UNREADABLE};
    bool is_framed = der_expect(&rest, TAG_GSS_TOKEN, &framed) && rest.n == 0 &&
                     der_expect(&framed, TAG_OID, &oid);
    if (is_framed && str_eq(oid, SPNEGO))
        take_list(framed, out);
    else if (in.n > 0 && (uint8_t)in.p[0] == TAG_RESPONSE)
        say(out, OFFER_OTHER, "the second leg of a negotiation that was not begun");
    else
        take_token(in, out);
}

/* The GSS token of an AP-REP around what is written. */
static void frame(struct der_writer *w) {
    der_put(w, AP_REP_ID);
    size_t rest = der_written(w).n;
    der_put(w, KRB5);
    der_wrap(w, TAG_OID, rest);
    der_wrap(w, TAG_GSS_TOKEN, 0);
}

/* NegTokenResp ::= SEQUENCE { negState [0] accept-completed, supportedMech [1], responseToken [2] }
 */
static void respond(struct der_writer *w, struct str mech) {
    size_t rest;
    if (der_written(w).n > 0) {
        der_wrap(w, TAG_OCTETS, 0);
        der_wrap(w, DER_FIELD(2), 0);
    }
    rest = der_written(w).n;
    der_put(w, mech);
    der_wrap(w, TAG_OID, rest);
    der_wrap(w, DER_FIELD(1), rest);
    rest = der_written(w).n;
    der_put(w, str_n("", 1));
    der_wrap(w, TAG_ENUM, rest);
    der_wrap(w, DER_FIELD(0), rest);
    der_wrap(w, TAG_SEQUENCE, 0);
    der_wrap(w, TAG_RESPONSE, 0);
}

void spnego_offer_answer(const struct spnego_offer *o, struct str ap_rep, struct buf *out) {
    char memory[4096];
    struct der_writer w = der_writer(memory, sizeof memory);
    if (ap_rep.n > sizeof memory - ANSWER_ROOM) {
        out->failed = true;
        return;
    }
    if (ap_rep.n > 0) {
        der_put(&w, ap_rep);
        frame(&w);
    }
    if (o->is_listed)
        respond(&w, o->mech);
    buf_add(out, der_written(&w));
    out->failed |= w.failed;
}
