/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/refusal.h"

#include "connector/answer.h"
#include "kerberos/kdc_reply.h"

#include <stdio.h>

/* What acceptors say (RFC 4120 7.5.9). */
static const struct reason {
    int32_t code; /* 0: all others */
    const char *name, *meaning, *hint;
} REASONS[] = {
    {31, "KRB_AP_ERR_BAD_INTEGRITY", "it cannot decrypt the ticket", NULL},
    {32, "KRB_AP_ERR_TKT_EXPIRED", "to it the ticket is over: its clock is ahead",
     "Set the clock of the application's host, as with: w32tm /resync, or chronyc makestep."},
    {33, "KRB_AP_ERR_TKT_NYV", "to it the ticket is not valid yet: its clock is behind",
     "Set the clock of the application's host, as with: w32tm /resync, or chronyc makestep."},
    {34, "KRB_AP_ERR_REPEAT", "it takes the token for one that it has seen",
     "Something sends requests to it twice, or its replay cache is damaged."},
    {35, "KRB_AP_ERR_NOT_US", "the ticket is for another service than it is", NULL},
    {37, "KRB_AP_ERR_SKEW", "its clock differs from ours by more than five minutes",
     "Compare the clocks of both hosts, with: w32tm /stripchart /computer:DC, or chronyc "
     "tracking."},
    {41, "KRB_AP_ERR_MODIFIED", "it cannot decrypt the ticket", NULL},
    {44, "KRB_AP_ERR_BADKEYVER", "it has no key of that number", NULL},
    {45, "KRB_AP_ERR_NOKEY", "it has no key for that service", NULL},
    {0, "another Kerberos error", "it did not take the ticket", NULL},
};

static const struct reason *reason_of(int32_t code) {
    const struct reason *r = REASONS;
    while (r->code && r->code != code)
        r++;
    return r;
}

/* Of the key there are many, and this is what mends them. */
static void hint_key(const struct refusal_case *c, struct err *e) {
    char number[48] = "";
    if (c->kvno)
        snprintf(number, sizeof number, " (its key has number %u)", c->kvno);
    err_hint(
        e,
        "The ticket is encrypted for the account that has the SPN%s. See which that is: setspn "
        "-Q %s. The application must run as that account; its keytab, if it has one, must not "
        "be older than the account's password; and IIS with an application pool of its own "
        "account needs useAppPoolCredentials.",
        number, c->spn);
}

static void explain_error(const struct refusal_case *c, int32_t code, struct err *e) {
    const struct reason *r = reason_of(code);
    err_set(e, ERR_BACKEND_REFUSED_TICKET,
            "%s answered 401 to a ticket of %s for %s: %s; its token says %s (%d)", c->backend,
            c->client, c->spn, r->meaning, r->name, (int)code);
    if (r->hint)
        err_hint(e, "%s", r->hint);
    else
        hint_key(c, e);
}

void refusal_explain(const struct refusal_case *c, struct err *e) {
    struct buf memory;
    struct spnego_answer a;
    struct kdc_reply error;
    buf_init(&memory, ANSWER_TOKEN_MAX);
    bool is_read = answer_read_token(c->answer, &memory, &a);
    if (is_read && a.content == SPNEGO_KRB_ERROR && kdc_reply_decode(a.message, &error)) {
        explain_error(c, error.code, e);
    } else if (is_read && (a.content == SPNEGO_NTLM || a.mech == SPNEGO_NTLMSSP)) {
        err_set(e, ERR_BACKEND_REFUSED_TICKET,
                "%s answered 401 to a ticket of %s for %s, and wants NTLM", c->backend, c->client,
                c->spn);
        hint_key(c, e);
    } else if (!answer_offers(c->answer, STR("Negotiate")) &&
               !answer_offers(c->answer, STR("Kerberos"))) {
        err_set(e, ERR_BACKEND_REFUSED_TICKET,
                "%s answered 401 to a ticket of %s for %s, and offers NTLM alone", c->backend,
                c->client, c->spn);
        err_hint(e, "Add the provider Negotiate to the Windows authentication of the application, "
                    "above NTLM.");
    } else {
        err_set(e, ERR_BACKEND_REFUSED_TICKET,
                "%s answered 401 to a ticket of %s for %s and asks for Negotiate%s", c->backend,
                c->client, c->spn,
                is_read && a.state == SPNEGO_REJECTED ? "; its token says reject" : "");
        hint_key(c, e);
    }
    buf_fini(&memory);
}
