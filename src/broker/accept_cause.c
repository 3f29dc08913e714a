/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/accept_cause.h"

#include "kerberos/ticket.h"

#include <errno.h>
#include <stdlib.h>

static struct str account_of(const struct accept_case *c) {
    struct str principal = str_of(c->kerberos->principal);
    return str_head(principal, str_index(principal, '@'));
}

bool accept_explain_spn(const struct accept_case *c, struct err *e) {
    err_set(e, ERR_NEGOTIATE_SPN, "the ticket is for %.200s@%.*s, and not for HTTP/%.*s of %s",
            c->ap_req->service, STR_ARG(str_head(c->ap_req->realm, 100)), STR_ARG(c->host),
            c->kerberos->principal);
    err_hint(e,
             "The browser makes the name of what it thinks the host is called: where DNS has an "
             "alias, let the host have an address of its own, or name what the ticket is for in "
             "identity_providers.spns. setspn -Q HTTP/%.*s (Windows) must show the account %.*s "
             "alone; setspn -S HTTP/%.*s %.*s or samba-tool spn add HTTP/%.*s %.*s adds it.",
             STR_ARG(c->host), STR_ARG(account_of(c)), STR_ARG(c->host), STR_ARG(account_of(c)),
             STR_ARG(c->host), STR_ARG(account_of(c)));
    return false;
}

static bool explain_key(const struct accept_case *c, struct err *e) {
    err_set(e, ERR_NEGOTIATE_KEY,
            "the ticket for %.200s is encrypted with a key of version %lld, %s, and no key of the "
            "keytab %.200s opens it (it has versions %s of %.128s): %.100s",
            c->ap_req->service, (long long)c->ap_req->kvno,
            ticket_enctype_name((int32_t)c->ap_req->enctype), c->kerberos->keytab, c->versions,
            c->kerberos->principal, c->text);
    err_hint(e,
             "setspn -Q HTTP/%.*s must show the account %.*s, and no other. If it does, the keytab "
             "is older than the account's password: samba-tool domain exportkeytab kerbgate.keytab "
             "--principal=%.*s (Samba), or ktpass /princ %s /mapuser %.*s /pass * /crypto "
             "AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /out kerbgate.keytab (Windows; this sets a new "
             "password). If the keytab is new, klist purge on the person's computer ends the old "
             "ticket.",
             STR_ARG(c->host), STR_ARG(account_of(c)), STR_ARG(account_of(c)),
             c->kerberos->principal, STR_ARG(account_of(c)));
    return false;
}

static bool explain_skew(const struct accept_case *c, struct err *e) {
    long long off = llabs(c->skew_s);
    err_set(e, ERR_NEGOTIATE_CLOCK, "the clock of the person's computer is %lld s %s this host's",
            off, c->skew_s > 0 ? "behind" : "ahead of");
    err_hint(e, "Set both clocks by one source, best the domain's: chronyc tracking on this host, "
                "w32tm /query /status on the person's computer; they may differ by five minutes.");
    return false;
}

static bool explain_over(krb5_error_code code, struct err *e) {
    err_set(e, ERR_NEGOTIATE_CLOCK, "the ticket is %s, by this host's clock",
            code == KRB5KRB_AP_ERR_TKT_NYV ? "not good yet" : "over");
    err_hint(e, "A browser asks for a new one by itself. If this stays, compare the clock of this "
                "host with that of a domain controller: chronyc tracking; w32tm /query /status.");
    return false;
}

bool accept_explain(const struct accept_case *c, krb5_error_code code, struct err *e) {
    switch (code) {
    case KRB5KRB_AP_ERR_SKEW:
        return explain_skew(c, e);
    case KRB5KRB_AP_ERR_TKT_EXPIRED:
    case KRB5KRB_AP_ERR_TKT_NYV:
        return explain_over(code, e);
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
    case KRB5KRB_AP_ERR_MODIFIED:
    case KRB5KRB_AP_ERR_BADKEYVER:
    case KRB5KRB_AP_ERR_NOKEY:
    case KRB5KRB_AP_ERR_NOT_US:
    case KRB5KRB_AP_WRONG_PRINC:
    case KRB5_KT_NOTFOUND:
    case KRB5_KT_KVNONOTFOUND:
    case KRB5_NOPERM_ETYPE:
    case KRB5_BAD_ENCTYPE:
    case KRB5_PROG_ETYPE_NOSUPP:
    case KRB5KDC_ERR_ETYPE_NOSUPP:
        return explain_key(c, e);
    case ENOMEM:
        return err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    default:
        err_set(e, ERR_NEGOTIATE_TOKEN, "the ticket for %.200s cannot be used: %.200s",
                c->ap_req->service, c->text);
        err_hint(e, "kerbgate decode explains what the browser sends: paste the Authorization "
                    "header of the request to /.kerbgate/sign-in.");
        return false;
    }
}
