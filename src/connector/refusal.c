/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/refusal.h"

#include "connector/answer.h"
#include "http/date.h"
#include "kerberos/kdc_reply.h"

#include <stdio.h>

enum {
    SKEW_MAX_S = 300, /* by how much clocks may differ where nobody has set it otherwise */
    CLOCK_TEXT_SIZE = 96,
};

static const char CLOCKS[] =
    "Set both clocks by one source, best the domain's: w32tm /resync, or chronyc makestep, on the "
    "application's host; chronyc tracking shows that of this one. Which of them is off: w32tm "
    "/stripchart /computer:DC.";

/* What acceptors say (RFC 4120 7.5.9). */
static const struct reason {
    int32_t code; /* 0: all others */
    const char *name, *meaning, *hint;
} REASONS[] = {
    {31, "KRB_AP_ERR_BAD_INTEGRITY", "it cannot decrypt the ticket", NULL},
    {32, "KRB_AP_ERR_TKT_EXPIRED", "to it the ticket is over: its clock is ahead", CLOCKS},
    {33, "KRB_AP_ERR_TKT_NYV", "to it the ticket is not valid yet: its clock is behind", CLOCKS},
    {34, "KRB_AP_ERR_REPEAT", "it takes the token for one that it has seen",
     "Something sends requests to it twice, or its replay cache is damaged."},
    {35, "KRB_AP_ERR_NOT_US", "the ticket is for another service than it is", NULL},
    {37, "KRB_AP_ERR_SKEW", "its clock differs from ours by more than five minutes", CLOCKS},
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

/* By how many seconds the back end's clock is ahead of ours, by the Date of its answer. */
static int64_t ahead_of_us(const struct refusal_case *c) {
    int64_t its_s;
    bool is_told = http_date_parse(headers_get(&c->answer->headers, STR("Date")), &its_s);
    return is_told ? its_s - c->now_s : 0;
}

/* "; its clock is 360 s ahead of this host's"; nothing, and false, when it is near ours. */
static bool clock_text(int64_t ahead_s, char out[CLOCK_TEXT_SIZE]) {
    bool is_ahead = ahead_s > SKEW_MAX_S, is_behind = ahead_s < -SKEW_MAX_S;
    out[0] = '\0';
    if (is_ahead || is_behind)
        snprintf(out, CLOCK_TEXT_SIZE, "; its clock is %lld s %s this host's",
                 (long long)(is_ahead ? ahead_s : -ahead_s), is_ahead ? "ahead of" : "behind");
    return is_ahead || is_behind;
}

static void explain_error(const struct refusal_case *c, const struct kdc_reply *error,
                          struct err *e) {
    const struct reason *r = reason_of(error->code);
    char clock[CLOCK_TEXT_SIZE] = "";
    if (r->hint == CLOCKS)
        clock_text(error->stime_s ? error->stime_s - c->now_s : ahead_of_us(c), clock);
    err_set(e, ERR_BACKEND_REFUSED_TICKET,
            "%s answered 401 to a ticket of %s for %s: %s; its token says %s (%d)%s", c->backend,
            c->client, c->spn, r->meaning, r->name, (int)error->code, clock);
    if (r->hint)
        err_hint(e, "%s", r->hint);
    else
        hint_key(c, e);
}

/* An acceptor may say nothing at all, as mod_auth_gssapi does: then its clock, where it is off by
 * more than any may be, is the likeliest cause, and else the key is. */
static void explain_bare(const struct refusal_case *c, bool is_rejected, struct err *e) {
    char clock[CLOCK_TEXT_SIZE];
    bool is_off = clock_text(ahead_of_us(c), clock);
    err_set(e, ERR_BACKEND_REFUSED_TICKET,
            "%s answered 401 to a ticket of %s for %s and asks for Negotiate%s%s%s", c->backend,
            c->client, c->spn, is_rejected ? "; its token says reject" : "", clock,
            is_off ? ", by the Date of its answer" : "");
    if (is_off)
        err_hint(e, "%s", CLOCKS);
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
        explain_error(c, &error, e);
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
        explain_bare(c, is_read && a.state == SPNEGO_REJECTED, e);
    }
    buf_fini(&memory);
}
