/* SPDX-License-Identifier: Apache-2.0
 *
 * Explains a token as it stands in Authorization and WWW-Authenticate headers: SPNEGO (RFC 4178,
 * MS-SPNG) around Kerberos (RFC 4121 4.1, MS-KILE), NTLM (MS-NLMP) or NegoEx (MS-NEGOEX), each of
 * them bare, and messages of Kerberos without any frame. What is encrypted stays so, and of
 * challenges, responses and hashes only lengths are told: nothing that is told helps to sign in.
 * A token that was cut off is told as far as it goes. For people who look for a fault; what
 * requests are decided by is read by spnego_answer.h. Sans-I/O, any thread.
 */
#pragma once
#include "kerberos/krb_tell.h"

enum token_kind {
    TOKEN_UNKNOWN,
    TOKEN_AP_REQ, /* a ticket */
    TOKEN_AP_REP, /* the server's proof */
    TOKEN_KRB_ERROR,
    TOKEN_TGT_REQ, /* user-to-user */
    TOKEN_TGT_REP,
    TOKEN_KDC, /* a message to or from a KDC */
    TOKEN_IAKERB,
    TOKEN_NTLM_NEGOTIATE,
    TOKEN_NTLM_CHALLENGE,
    TOKEN_NTLM_AUTHENTICATE,
    TOKEN_NEGOEX,
    TOKEN_OFFER,  /* SPNEGO: mechanisms, without a token of one */
    TOKEN_ANSWER, /* SPNEGO: an answer without a token of a mechanism */
    TOKEN_OTHER,  /* of a mechanism that is not known here */
};

enum token_frame { TOKEN_BARE, TOKEN_GSS, TOKEN_SPNEGO_INIT, TOKEN_SPNEGO_RESPONSE };

enum token_state { /* negState of an answer */
                   TOKEN_ACCEPTED,
                   TOKEN_INCOMPLETE,
                   TOKEN_REJECTED,
                   TOKEN_REQUEST_MIC,
                   TOKEN_UNSAID,
};

enum { /* mechanisms */
       TOKEN_OFFERS_KRB5 = 1,
       TOKEN_OFFERS_NTLM = 2,
       TOKEN_OFFERS_NEGOEX = 4,
       TOKEN_OFFERS_OTHER = 8,
};

struct token {
    enum token_kind kind;
    enum token_frame frame;
    enum token_state state;
    unsigned offers;          /* mechanisms in SPNEGO's list */
    bool is_misfit;           /* the token is not of the mechanism that the list begins with */
    struct krb_ticket ticket; /* of TOKEN_AP_REQ */
    bool is_user_to_user;
    struct krb_error error; /* of TOKEN_KRB_ERROR */
    char user[KRB_NAME_MAX], domain[KRB_NAME_MAX], workstation[KRB_NAME_MAX]; /* NTLM */
    char target[KRB_NAME_MAX];
    bool is_anonymous;
    char mech[64];          /* that SPNEGO's answer chose; empty: none */
    struct reading reading; /* what is wrong: `wrong` is empty when nothing is */
};

/* Explains `in` in `t`. False when it is nothing of that; `out->reading.wrong` then says what it
 * looks like. A token that is told in part has words in `wrong`, too. */
bool token_decode(struct str in, struct telling *t, struct token *out);
/* In a few words: "a Kerberos ticket"; of what is in it, not of its frame. */
const char *token_kind_words(enum token_kind kind);
