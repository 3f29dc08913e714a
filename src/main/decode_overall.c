/* SPDX-License-Identifier: Apache-2.0 */
#include "main/decode_overall.h"

enum { SENTENCE_MAX = 8192, UNAUTHORIZED = 401, PROXY_UNAUTHORIZED = 407 };

#define BIT(scheme) (1u << (unsigned)(scheme))

void decode_overall_begin(struct decode_overall *o, const struct pasted *pasted) {
    *o = (struct decode_overall){.pasted = pasted, .first_offer = PASTED_NO_SCHEME};
    buf_init(&o->ticket, SENTENCE_MAX);
    buf_init(&o->error, SENTENCE_MAX);
    buf_init(&o->only, SENTENCE_MAX);
}

void decode_overall_fini(struct decode_overall *o) {
    buf_fini(&o->ticket);
    buf_fini(&o->error);
    buf_fini(&o->only);
}

static void keep(struct buf *out, struct str verdict) {
    buf_clear(out);
    buf_add(out, verdict);
}

static bool is_server(const struct pasted_value *v) {
    return v->side == PASTED_SERVER || (v->side == PASTED_NO_SIDE && v->text.n == 0);
}

static void add_token(struct decode_overall *o, const struct pasted_value *v, const struct token *t,
                      struct str verdict) {
    if (t->kind == TOKEN_AP_REQ) {
        o->has_ticket = true;
        o->ticket_status = v->status;
        keep(&o->ticket, verdict);
    } else if (t->kind == TOKEN_KRB_ERROR) {
        o->has_error = true;
        keep(&o->error, verdict);
    } else if (t->kind == TOKEN_AP_REP) {
        o->has_proof = true;
    } else if (t->kind == TOKEN_NTLM_CHALLENGE) {
        o->has_challenge = true;
    } else if (t->kind == TOKEN_NTLM_NEGOTIATE || t->kind == TOKEN_NTLM_AUTHENTICATE) {
        o->has_ntlm = true;
    }
}

void decode_overall_add(struct decode_overall *o, const struct pasted_value *v,
                        const struct token *t, struct str verdict) {
    keep(&o->only, verdict);
    if (t)
        add_token(o, v, t, verdict);
    if (!is_server(v)) {
        o->sends |= BIT(v->scheme);
        return;
    }
    if (o->first_offer == PASTED_NO_SCHEME)
        o->first_offer = (int)v->scheme;
    o->offers |= BIT(v->scheme);
}

static void list_offers(const struct decode_overall *o, struct buf *out) {
    static const char *const NAMES[] = {"Negotiate", "NTLM",   "Basic",
                                        "Bearer",    "Digest", "another scheme"};
    unsigned count = 0;
    buf_add(out, STR("The server offers "));
    for (unsigned i = 0; i <= PASTED_OTHER; i++)
        if (o->offers & BIT(i))
            buf_printf(out, "%s%s", count++ ? ", " : "", NAMES[i]);
    if (count == 1)
        buf_add(out, STR(" only"));
}

static void mean_offers(const struct decode_overall *o, struct buf *out) {
    if (o->offers && !(o->offers & BIT(PASTED_NEGOTIATE)))
        buf_add(out, STR("Without Negotiate the server takes no Kerberos, and there is no single "
                         "sign-on by delegation. On IIS add the provider Negotiate, before NTLM "
                         "(Windows Authentication, Providers); on Apache use mod_auth_gssapi.\n"));
    else if (o->offers & BIT(PASTED_NEGOTIATE) && o->first_offer == PASTED_NTLM)
        buf_add(out, STR("The server lists NTLM before Negotiate: clients that take the first do "
                         "without Kerberos. On IIS move the provider Negotiate up.\n"));
    if (o->has_ntlm && o->offers & BIT(PASTED_NEGOTIATE))
        buf_add(out, STR("The server offers Negotiate, and the client used NTLM: the cause is at "
                         "the client or in the directory, not at the server.\n"));
}

static bool is_refused(unsigned status) {
    return status == UNAUTHORIZED || status == PROXY_UNAUTHORIZED;
}

static void name_ticket(const struct decode_overall *o, struct buf *out) {
    if (o->has_error)
        buf_printf(out, "The server refused the ticket: %.*s", STR_ARG(buf_str(&o->error)));
    else if (o->has_proof)
        buf_printf(out, "The server took the ticket and proved itself: %.*s",
                   STR_ARG(buf_str(&o->ticket)));
    else if (is_refused(o->ticket_status))
        buf_printf(out, "The server answered %u to the ticket: %.*s", o->ticket_status,
                   STR_ARG(buf_str(&o->ticket)));
    else if (o->ticket_status)
        buf_printf(out, "The ticket was answered %u: %.*s", o->ticket_status,
                   STR_ARG(buf_str(&o->ticket)));
    else
        buf_add(out, buf_str(&o->ticket));
}

void decode_overall_end(const struct decode_overall *o, struct buf *verdict, struct buf *meaning) {
    mean_offers(o, meaning);
    if (o->pasted->count == 1) {
        buf_add(verdict, buf_str(&o->only));
        if (o->offers == BIT(PASTED_NTLM) || o->offers == BIT(PASTED_BASIC))
            buf_add(verdict, STR(", and nothing else"));
    } else if (o->has_ticket) {
        name_ticket(o, verdict);
    } else if (o->has_ntlm) {
        buf_add(verdict, STR("The client signs in with NTLM, not with Kerberos"));
    } else if (o->has_error) {
        buf_add(verdict, buf_str(&o->error));
    } else if (o->has_challenge) {
        buf_add(verdict, STR("The server goes on with NTLM, not with Kerberos"));
    } else if (o->sends & BIT(PASTED_BASIC)) {
        buf_add(verdict, STR("The client signs in with Basic, name and password"));
    } else if (o->offers) {
        list_offers(o, verdict);
    } else {
        buf_add(verdict, buf_str(&o->only));
    }
}
