/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "kerberos/token_int.h"

#include <stdio.h>

enum { MECHS_MAX = 32, TAG_INIT = 0xa0 };

static void mech_text(struct str oid, char out[128], unsigned *flag) {
    char dots[64];
    const char *name = token_mech_name(oid, flag);
    token_oid_text(oid, dots);
    snprintf(out, 128, "%.40s%s%s%s", name ? name : dots, name ? " (" : "", name ? dots : "",
             name ? ")" : "");
}

/* The list in order; the flag of the first. */
static unsigned tell_mechs(struct telling *t, struct str list, struct token *out) {
    struct buf line;
    struct str oid;
    unsigned first = 0, flag;
    buf_init(&line, TELLING_TEXT_MAX);
    for (unsigned i = 0; list.n > 0 && i < MECHS_MAX; i++) {
        char text[128];
        if (!reading_expect(&out->reading, &list, KRB_OID, &oid, "a mechanism"))
            break;
        mech_text(oid, text, &flag);
        out->offers |= flag;
        first = i == 0 ? flag : first;
        tell_entry(t, "mechanisms", str_of(text));
        buf_printf(&line, "%s%s", i ? ", " : "", text);
    }
    tell_text(t, NULL, "mechanisms, in order of preference",
              line.failed ? STR("(too many to list)") : buf_str(&line));
    buf_fini(&line);
    return first;
}

static void tell_token(struct telling *t, const char *key, struct str token, struct token *out) {
    tell_begin(t, key, "its token");
    tell_size(t, "size", "size", token.n);
    token_tell_inner(t, token, out);
    tell_text(t, "kind", "is", str_of(token_kind_words(out->kind)));
    tell_end(t);
}

static void tell_optimistic(struct telling *t, struct str token, unsigned first,
                            struct token *out) {
    tell_token(t, "mech_token", token, out);
    unsigned flag = token_flag_of(token);
    out->is_misfit = first && flag != first;
    tell_bool(t, "token_fits_first_mechanism", "the token is of the first mechanism",
              !out->is_misfit);
}

/* NegHints, MS-SPNG 2.2.1: hintName [0] GeneralString, hintAddress [1] OCTET STRING */
static void tell_hints(struct telling *t, struct str in, struct token *out) {
    struct str name;
    tell_text(t, "form", "form", STR("NegTokenInit2, which a server sends"));
    if (reading_field(&out->reading, &in, 0, KRB_STRING, &name, "the hint's name"))
        tell_text(t, "hint_name", "hint", name);
    if (reading_field(&out->reading, &in, 1, KRB_OCTETS, &name, "the hint's address"))
        tell_text(t, "hint_address", "hint's address", name);
}

/* NegTokenInit (RFC 4178 4.2.1): mechTypes [0], reqFlags [1], mechToken [2], mechListMIC [3];
 * NegTokenInit2 (MS-SPNG 2.2.1): ... negHints [3], mechListMIC [4]. */
void token_tell_init(struct telling *t, struct str in, struct token *out) {
    struct reading *r = &out->reading;
    struct str content, fields, part;
    unsigned first = 0;
    tell_text(t, "spnego", "frame", STR("SPNEGO, NegTokenInit"));
    out->kind = TOKEN_OFFER;
    if (!reading_expect(r, &in, TAG_INIT, &content, "NegTokenInit") ||
        !reading_expect(r, &content, KRB_SEQUENCE, &fields, "NegTokenInit"))
        return;
    reading_end(r, in, "NegTokenInit");
    if (reading_field(r, &fields, 0, KRB_SEQUENCE, &part, "the list of mechanisms"))
        first = tell_mechs(t, part, out);
    else
        reading_fail(r, "NegTokenInit has no list of mechanisms");
    reading_field(r, &fields, 1, KRB_BIT_STRING, &part, "the requested flags");
    if (reading_field(r, &fields, 2, KRB_OCTETS, &part, "the mechanism's token") && part.n > 0)
        tell_optimistic(t, part, first, out);
    bool has_hints =
        fields.n > 2 && (uint8_t)fields.p[0] == 0xa3 && (uint8_t)fields.p[2] == KRB_SEQUENCE;
    if (has_hints && reading_field(r, &fields, 3, KRB_SEQUENCE, &part, "the hints"))
        tell_hints(t, part, out);
    if (reading_field(r, &fields, has_hints ? 4 : 3, KRB_OCTETS, &part, "the list's signature"))
        tell_size(t, "mic_size", "signature of the list", part.n);
    reading_end(r, fields, "NegTokenInit");
}

static void tell_state(struct telling *t, int64_t state, struct token *out) {
    static const char *const NAMES[] = {"accept-completed", "accept-incomplete", "reject",
                                        "request-mic"};
    bool is_known = state >= 0 && state < TOKEN_UNSAID;
    if (is_known)
        out->state = (enum token_state)state;
    tell_named(t, "state", "state", state, is_known ? NAMES[state] : NULL);
}

/* NegTokenResp, RFC 4178 4.2.2: negState [0], supportedMech [1], responseToken [2], mechListMIC [3]
 */
void token_tell_response(struct telling *t, struct str in, struct token *out) {
    struct reading *r = &out->reading;
    struct str fields, part;
    int64_t state;
    unsigned flag;
    char text[128];
    tell_text(t, "spnego", "frame", STR("SPNEGO, NegTokenResp"));
    out->kind = TOKEN_ANSWER;
    if (!reading_expect(r, &in, KRB_SEQUENCE, &fields, "NegTokenResp"))
        return;
    reading_end(r, in, "NegTokenResp");
    if (reading_number(r, &fields, 0, KRB_ENUM, &state, "the state"))
        tell_state(t, state, out);
    if (reading_field(r, &fields, 1, KRB_OID, &part, "the chosen mechanism")) {
        mech_text(part, text, &flag);
        tell_text(t, "mechanism", "chosen mechanism", str_of(text));
        const char *name = token_mech_name(part, &flag);
        snprintf(out->mech, sizeof out->mech, "%.*s", (int)sizeof out->mech - 1,
                 name ? name : text);
    }
    if (reading_field(r, &fields, 2, KRB_OCTETS, &part, "the answer's token") && part.n > 0)
        tell_token(t, "response_token", part, out);
    if (reading_field(r, &fields, 3, KRB_OCTETS, &part, "the list's signature"))
        tell_size(t, "mic_size", "signature of the list", part.n);
    reading_end(r, fields, "NegTokenResp");
}
