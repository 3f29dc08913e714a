/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/token_int.h"

#include "base/buf.h"
#include "kerberos/kdc_message.h"

#include <stdio.h>

enum {
    TAG_GSS = 0x60,      /* [APPLICATION 0], RFC 2743 3.1 */
    TAG_INIT = 0xa0,     /* NegotiationToken: negTokenInit [0] */
    TAG_RESPONSE = 0xa1, /* negTokenResp [1] */
};

static const struct str SPNEGO = STR("\x2b\x06\x01\x05\x05\x02"); /* 1.3.6.1.5.5.2 */

static const struct {
    struct str oid;
    const char *name;
    unsigned flag;
} MECHS[] = {
    {STR("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"), "Kerberos", TOKEN_OFFERS_KRB5},
    /* As Windows once misspelled it (MS-SPNG 3.1.5.4), and sends it to this day. */
    {STR("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"), "Kerberos (Windows)", TOKEN_OFFERS_KRB5},
    {STR("\x2b\x05\x01\x05\x02"), "Kerberos (draft)", TOKEN_OFFERS_KRB5},
    {STR("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"), "Kerberos user-to-user", TOKEN_OFFERS_OTHER},
    {STR("\x2b\x06\x01\x05\x02\x05"), "IAKERB", TOKEN_OFFERS_OTHER},
    {STR("\x2b\x06\x01\x05\x02\x07"), "PKU2U", TOKEN_OFFERS_OTHER},
    {STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"), "NTLM", TOKEN_OFFERS_NTLM},
    {STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e"), "NegoEx", TOKEN_OFFERS_NEGOEX},
    {STR("\x2b\x06\x01\x05\x05\x02"), "SPNEGO", TOKEN_OFFERS_OTHER},
    {STR("\x2b\x06\x01\x05\x05\x0e"), "SCRAM", TOKEN_OFFERS_OTHER},
};

const char *token_mech_name(struct str oid, unsigned *flag) {
    *flag = TOKEN_OFFERS_OTHER;
    for (size_t i = 0; i < sizeof MECHS / sizeof *MECHS; i++) {
        if (str_eq(MECHS[i].oid, oid)) {
            *flag = MECHS[i].flag;
            return MECHS[i].name;
        }
    }
    return NULL;
}

/* X.690 8.19 */
void token_oid_text(struct str oid, char out[64]) {
    struct buf text;
    uint64_t arc = 0;
    bool is_first = true;
    buf_init(&text, 60);
    for (size_t i = 0; i < oid.n; i++) {
        unsigned byte = (unsigned char)oid.p[i];
        arc = (arc & (UINT64_MAX >> 7)) << 7 | (byte & 0x7f);
        if (byte & 0x80)
            continue;
        if (is_first) {
            unsigned top = arc < 40 ? 0 : arc < 80 ? 1 : 2;
            buf_printf(&text, "%u.%llu", top, (unsigned long long)(arc - 40ULL * top));
        } else {
            buf_printf(&text, ".%llu", (unsigned long long)arc);
        }
        is_first = false;
        arc = 0;
    }
    snprintf(out, 64, "%.*s%s", STR_ARG(buf_str(&text)), text.failed ? "..." : "");
    buf_fini(&text);
}

const char *token_kind_words(enum token_kind kind) {
    static const char *const WORDS[] = {
        [TOKEN_UNKNOWN] = "nothing that is known",
        [TOKEN_AP_REQ] = "a Kerberos ticket",
        [TOKEN_AP_REP] = "the server's proof that it could open the Kerberos ticket",
        [TOKEN_KRB_ERROR] = "a Kerberos error",
        [TOKEN_TGT_REQ] = "a question for a ticket-granting ticket (Kerberos user-to-user)",
        [TOKEN_TGT_REP] = "a ticket-granting ticket (Kerberos user-to-user)",
        [TOKEN_KDC] = "a message between a client and a KDC",
        [TOKEN_IAKERB] = "Kerberos through the server (IAKERB)",
        [TOKEN_NTLM_NEGOTIATE] = "NTLM, type 1: the client begins",
        [TOKEN_NTLM_CHALLENGE] = "NTLM, type 2: the server's challenge",
        [TOKEN_NTLM_AUTHENTICATE] = "NTLM, type 3: the client's response",
        [TOKEN_NEGOEX] = "NegoEx",
        [TOKEN_OFFER] = "an offer of mechanisms",
        [TOKEN_ANSWER] = "an answer without a token",
        [TOKEN_OTHER] = "a token of another mechanism",
    };
    return WORDS[kind];
}

static void tell_kdc(struct telling *t, struct str in, struct token *out) {
    struct kdc_message message;
    tell_begin(t, "kdc_message", "message");
    kdc_message_decode(in, t, &message);
    tell_end(t);
    if (message.reading.wrong[0])
        reading_fail(&out->reading, "%s", message.reading.wrong);
    out->reading.is_cut |= message.reading.is_cut;
}

/* KERB-TGT-REPLY { pvno [0], msg-type [1], ticket [2] } */
static void tell_tgt_reply(struct telling *t, struct str in, struct token *out) {
    struct reading *r = &out->reading;
    struct str fields, ticket;
    int64_t number;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the TGT-REP"))
        return;
    reading_number(r, &fields, 0, KRB_INTEGER, &number, "the TGT-REP's version");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the TGT-REP's type");
    if (reading_maybe(r, &fields, 0xa2, &ticket, "the ticket") &&
        krb_read_ticket(r, &ticket, &out->ticket))
        krb_tell_ticket(t, "ticket", "ticket for", &out->ticket);
}

/* KERB-TGT-REQUEST { pvno [0], msg-type [1], server-name [2], realm [3] } */
static void tell_tgt_request(struct telling *t, struct str in, struct token *out) {
    struct reading *r = &out->reading;
    struct krb_name name;
    struct str fields;
    int64_t number;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "the TGT-REQ"))
        return;
    reading_number(r, &fields, 0, KRB_INTEGER, &number, "the TGT-REQ's version");
    reading_number(r, &fields, 1, KRB_INTEGER, &number, "the TGT-REQ's type");
    krb_read_name(r, &fields, 2, &name, "the TGT-REQ's service");
    krb_read_realm(r, &fields, 3, out->ticket.realm, "the TGT-REQ's realm");
    krb_tell_name(t, "service", "service", &name, out->ticket.realm);
}

static bool is_user_to_user(uint32_t options) { return options & 0x40000000; }

static void tell_request(struct telling *t, struct str in, struct token *out) {
    uint32_t options;
    krb_tell_ap_req(&out->reading, t, in, &out->ticket, &options);
    out->is_user_to_user = is_user_to_user(options);
}

static void tell_proof(struct telling *t, struct str in, struct token *out) {
    krb_tell_ap_rep(&out->reading, t, in);
}

static void tell_error(struct telling *t, struct str in, struct token *out) {
    krb_tell_error(&out->reading, t, in, &out->error);
}

/* Messages without a frame, by their identifier. `tell` NULL: one of a KDC's. */
static const struct {
    uint8_t tag;
    enum token_kind kind;
    const char *what;
    void (*tell)(struct telling *t, struct str in, struct token *out);
} MESSAGES[] = {
    {KRB_AP_REQ, TOKEN_AP_REQ, "the AP-REQ", tell_request},
    {KRB_AP_REP, TOKEN_AP_REP, "the AP-REP", tell_proof},
    {KRB_ERROR, TOKEN_KRB_ERROR, "the KRB-ERROR", tell_error},
    {KRB_TGT_REQ, TOKEN_TGT_REQ, "the TGT-REQ", tell_tgt_request},
    {KRB_TGT_REP, TOKEN_TGT_REP, "the TGT-REP", tell_tgt_reply},
    {KRB_AS_REQ, TOKEN_KDC, "the AS-REQ", NULL},
    {KRB_AS_REP, TOKEN_KDC, "the AS-REP", NULL},
    {KRB_TGS_REQ, TOKEN_KDC, "the TGS-REQ", NULL},
    {KRB_TGS_REP, TOKEN_KDC, "the TGS-REP", NULL},
};

/* A message of Kerberos without a frame; false when it is none. */
static bool tell_message(struct telling *t, struct str in, struct token *out) {
    struct str content, rest = in;
    uint8_t tag;
    for (size_t i = 0; in.n > 0 && i < sizeof MESSAGES / sizeof *MESSAGES; i++) {
        if (MESSAGES[i].tag != (uint8_t)in.p[0])
            continue;
        if (!reading_next(&out->reading, &rest, &tag, &content, MESSAGES[i].what))
            return false;
        reading_end(&out->reading, rest, MESSAGES[i].what);
        out->kind = MESSAGES[i].kind;
        if (MESSAGES[i].tell)
            MESSAGES[i].tell(t, content, out);
        else
            tell_kdc(t, in, out);
        return true;
    }
    return false;
}

/* IAKERB-HEADER { target-realm [1] UTF8String, cookie [2] OPTIONAL }, and a KDC's message. */
static void tell_iakerb(struct telling *t, struct str in, struct token *out) {
    struct str fields, realm;
    out->kind = TOKEN_IAKERB;
    if (!reading_expect(&out->reading, &in, KRB_SEQUENCE, &fields, "IAKERB's header"))
        return;
    if (reading_field(&out->reading, &fields, 1, KRB_UTF8, &realm, "IAKERB's realm"))
        tell_text(t, "realm", "realm", realm);
    if (in.n > 0)
        tell_kdc(t, in, out);
}

/* What follows the mechanism in a frame of GSS: TOK_ID (RFC 4121 4.1), message. */
static void tell_framed(struct telling *t, struct str in, struct token *out) {
    enum { IAKERB_PROXY = 0x0501 };
    struct reading *r = &out->reading;
    out->kind = TOKEN_OTHER;
    if (in.n < 2) {
        reading_fail(r, "the token ends where its type should begin");
        return;
    }
    unsigned id = (unsigned)(unsigned char)in.p[0] << 8 | (unsigned char)in.p[1];
    tell_words(t, "token_id", NULL, "%04x", id);
    in = str_from(in, 2);
    if (id == IAKERB_PROXY)
        tell_iakerb(t, in, out);
    else if (!tell_message(t, in, out))
        reading_fail(r, "a Kerberos token of type 0x%04x, which is not used to sign in", id);
}

static bool is_kerberos(struct str oid) {
    unsigned flag;
    const char *name = token_mech_name(oid, &flag);
    return flag == TOKEN_OFFERS_KRB5 ||
           (name && (strstr(name, "user-to-user") || strcmp(name, "IAKERB") == 0));
}

static void tell_mech(struct telling *t, struct str oid) {
    char text[64];
    unsigned flag;
    const char *name = token_mech_name(oid, &flag);
    token_oid_text(oid, text);
    tell_text(t, "mechanism_oid", NULL, str_of(text));
    tell_words(t, "mechanism", "mechanism", "%s%s%s%s", name ? name : text, name ? " (" : "",
               name ? text : "", name ? ")" : "");
}

/* InitialContextToken, RFC 2743 3.1 */
static void tell_gss(struct telling *t, struct str content, struct token *out) {
    struct str oid;
    if (!reading_expect(&out->reading, &content, KRB_OID, &oid, "the mechanism's identifier"))
        return;
    if (str_eq(oid, SPNEGO) && out->frame >= TOKEN_SPNEGO_INIT) {
        reading_fail(&out->reading, "there is SPNEGO inside SPNEGO");
        return;
    }
    if (str_eq(oid, SPNEGO)) {
        out->frame = TOKEN_SPNEGO_INIT;
        token_tell_init(t, content, out);
        return;
    }
    if (out->frame == TOKEN_BARE)
        out->frame = TOKEN_GSS;
    tell_mech(t, oid);
    if (is_kerberos(oid)) {
        tell_framed(t, content, out);
    } else {
        out->kind = TOKEN_OTHER;
        tell_size(t, "content_size", "content", content.n);
    }
}

void token_tell_inner(struct telling *t, struct str in, struct token *out) {
    struct str content, rest = in;
    if (token_is_ntlm(in)) {
        token_tell_ntlm(t, in, out);
    } else if (token_is_negoex(in)) {
        token_tell_negoex(t, in, out);
    } else if (in.n > 0 && (uint8_t)in.p[0] == TAG_GSS) {
        uint8_t tag;
        if (reading_next(&out->reading, &rest, &tag, &content, "the token")) {
            reading_end(&out->reading, rest, "the token");
            tell_gss(t, content, out);
        }
    } else if (!tell_message(t, in, out) && out->frame != TOKEN_BARE) {
        out->kind = TOKEN_OTHER;
        tell_size(t, "content_size", "content that is not known", in.n);
    }
}

unsigned token_flag_of(struct str in) {
    struct reading quiet = reading_of(in);
    struct str content, oid, rest = in;
    unsigned flag = TOKEN_OFFERS_OTHER;
    uint8_t tag = in.n ? (uint8_t)in.p[0] : 0;
    if (token_is_ntlm(in))
        return TOKEN_OFFERS_NTLM;
    if (token_is_negoex(in))
        return TOKEN_OFFERS_NEGOEX;
    if (tag >= KRB_AS_REQ && tag <= KRB_TGT_REP)
        return TOKEN_OFFERS_KRB5;
    if (tag == TAG_GSS && reading_next(&quiet, &rest, &tag, &content, "") &&
        reading_expect(&quiet, &content, KRB_OID, &oid, ""))
        token_mech_name(oid, &flag);
    return flag;
}

/* What people paste beside tokens. */
static void say_unknown(struct str in, struct reading *r) {
    char start[17] = "";
    for (size_t i = 0; i < in.n && i < 8; i++)
        snprintf(start + 2 * i, 3, "%02x", (unsigned char)in.p[i]);
    if (in.n == 0)
        reading_fail(r, "it is empty");
    else if (str_starts(in, STR("\x05\x02")))
        reading_fail(r, "this is a keytab, with keys in it: show it to nobody");
    else if (str_starts(in, STR("\x30\x82")) || str_starts(in, STR("\x30\x81")))
        reading_fail(r, "DER that is no token; a certificate or a key begins like this");
    else
        reading_fail(r, "it begins with %s, as no token of Kerberos, NTLM or SPNEGO does", start);
}

bool token_decode(struct str in, struct telling *t, struct token *out) {
    uint8_t tag = in.n ? (uint8_t)in.p[0] : 0;
    struct str content, rest = in;
    memset(out, 0, sizeof *out);
    out->state = TOKEN_UNSAID;
    out->reading = reading_of(in);
    if (tag == TAG_INIT || tag == TAG_RESPONSE) {
        if (tag == TAG_INIT) { /* some send it without the frame of GSS */
            out->frame = TOKEN_SPNEGO_INIT;
            token_tell_init(t, rest, out);
        } else if (reading_next(&out->reading, &rest, &tag, &content, "the token")) {
            reading_end(&out->reading, rest, "the token");
            out->frame = TOKEN_SPNEGO_RESPONSE;
            token_tell_response(t, content, out);
        }
    } else {
        token_tell_inner(t, in, out);
    }
    if (out->kind == TOKEN_UNKNOWN)
        say_unknown(in, &out->reading);
    return out->kind != TOKEN_UNKNOWN;
}
