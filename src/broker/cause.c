/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/cause.h"

#include "kerberos/nt_status.h"

#include <errno.h>

#define NEW_KEYTAB                                                                                 \
    "Make a new keytab on a domain controller: samba-tool domain exportkeytab kerbgate.keytab "    \
    "--principal={account} (Samba), or ktpass /princ {principal} /mapuser {account} /pass * "      \
    "/crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /out kerbgate.keytab (Windows; this sets a new " \
    "password)."
#define REACH                                                                                      \
    "Check from this host that krb5.conf or DNS names a domain controller and that its port 88 "   \
    "is open for UDP and TCP: host -t SRV '_kerberos._tcp.{realm}'; kinit -V -k -t '{keytab}' "    \
    "{principal}"
#define NAME_KDCS                                                                                  \
    "Name the domain controllers of that realm in krb5.conf, below [realms], or let this host "    \
    "look them up in DNS: kdc = ..., or dns_lookup_kdc = true in [libdefaults]."
#define CLOCK                                                                                      \
    "Set both clocks by one source, best the domain's: chronyc tracking on this host, w32tm "      \
    "/query /status on a domain controller."
#define ENCTYPES                                                                                   \
    "Compare klist -kte '{keytab}' with msDS-SupportedEncryptionTypes of the accounts (24 is AES " \
    "alone). After a change of it set the account's password anew, for the domain to make the "    \
    "new keys."
#define DELEGATE                                                                                   \
    "As a domain administrator: samba-tool delegation add-service {account} {spn} (Samba), or "    \
    "{set} '{account}' -Add @{'msDS-AllowedToDelegateTo'='{spn}'} (PowerShell). It must be the "   \
    "very SPN of "                                                                                 \
    "the app's sso.spn; samba-tool delegation show {account} lists what is there."
#define TRANSITION                                                                                 \
    "As a domain administrator: samba-tool delegation for-any-protocol {account} on (Samba), or "  \
    "Set-ADAccountControl '{account}' -TrustedToAuthForDelegation $true (PowerShell; \"use any "   \
    "authentication protocol\")."
#define TRANSITION_OR_USER                                                                         \
    TRANSITION " If it may already, look at the user: samba-tool user show '{person}' (Samba), "   \
               "or Get-ADUser '{person}' -Properties AccountNotDelegated,MemberOf (PowerShell)."
#define BY_RESOURCE                                                                                \
    "Only resource-based delegation crosses realms. As an administrator there, on the account "    \
    "that has the SPN: Set-ADUser or Set-ADComputer ACCOUNT "                                      \
    "-PrincipalsAllowedToDelegateToAccount with {principal} (PowerShell)."
#define SENSITIVE                                                                                  \
    "It is usually meant so for administrators. If the account should be used through the "        \
    "gateway, as a domain administrator: samba-tool user sensitive '{person}' off (Samba), or "    \
    "Set-ADAccountControl '{person}' -AccountNotDelegated $false (PowerShell); and take it out "   \
    "of "                                                                                          \
    "the group Protected Users."
#define FIND_SPN                                                                                   \
    "setspn -Q {spn} on Windows, or samba-tool spn list of the application's account, must show "  \
    "it on exactly one account; add it with setspn -S {spn} ACCOUNT or samba-tool spn add {spn} "  \
    "ACCOUNT. Compare it with the app's sso.spn letter by letter."
#define OWN_SPN                                                                                    \
    "Only an account that is itself a service can ask for users' tickets: samba-tool spn add "     \
    "HTTP/this-host {account} (Samba), or setspn -S HTTP/this-host {account} (Windows)."
#define SHOW_ACCOUNT                                                                               \
    "Look at it: samba-tool user show {account} (Samba), or Get-ADUser '{account}' -Properties * " \
    "(PowerShell); for a computer's account with computer show and Get-ADComputer."
#define SHOW_USER                                                                                  \
    "samba-tool user show '{person}' (Samba) or Get-ADUser -Filter \"UserPrincipalName -eq "       \
    "'{user}'\" (PowerShell). The name comes from the sign-in, by the app's sso.login_identity."
#define TRUST                                                                                      \
    "Look at the trusts of both realms: samba-tool domain trust list (Samba), or Get-ADTrust "     \
    "-Filter * (PowerShell)."
#define FORGED                                                                                     \
    "Nobody was let in. Something between this host and the domain controllers changes their "     \
    "answers, or a domain controller does not know S4U."
#define UNPROVEN                                                                                   \
    "Nobody was let in: only a domain controller that knows the key of {principal} can prove "     \
    "itself. Either the keytab is older than the account's password (klist -kt '{keytab}' shows "  \
    "the version of its keys), or something between this host and the domain controllers answers " \
    "in their place. A new keytab is taken into use within 20 seconds."

#define NO_TYPES                                                                                   \
    "krb5.conf allows no encryption type that is there, or not those that the domain uses: {text}"
#define CONF_TYPES                                                                                 \
    "Take permitted_enctypes, default_tkt_enctypes and default_tgs_enctypes out of krb5.conf, or " \
    "let them name aes256-cts."
#define STALE "the keytab {keytab} is out of date: its key of {principal} is not the domain's"
#define NO_SPN "the connector's account {principal} has no SPN of its own"
#define REVOKED "the account of {user} is disabled, locked or expired"
#define NO_KEY_OF_USER                                                                             \
    "{user} has no key of an encryption type that this host and the domain both use"
#define ENCTYPES_OF_USER                                                                           \
    "Most often the password is older than the domain's AES keys: set it anew. If it is so for "   \
    "everybody, look at permitted_enctypes in krb5.conf."
#define OWN_OVER                                                                                   \
    "the domain does not take the own ticket-granting ticket of {user} any more: {text}"
#define AGAIN "Signing in again gives a new one."
#define WRONG_PASSWORD "wrong password for {user}"

enum {
    AS = STEP_AS,
    SELF = STEP_S4U2SELF,
    PROXY = STEP_S4U2PROXY,
    SIGN_IN = STEP_SIGN_IN,
    PROOF = STEP_PROOF,
    TGS = STEP_TGS,
    TGS_SELF = STEP_TGS_SELF,
};

/* The first row that fits is taken, so those that ask for more come first. */
static const struct cause TABLE[] = {
    {STEP_ANY, ENOMEM, 0, 0, ERR_NO_MEMORY, "no memory for libkrb5", ""},
    {STEP_ANY, KRB5_KDC_UNREACH, 0, 0, ERR_KRB_KDC_UNREACHABLE,
     "no domain controller of {realm} answers", REACH},
    {PROXY | TGS | TGS_SELF, KRB5_REALM_UNKNOWN, 0, 0, ERR_KRB_KDC_UNREACHABLE,
     "{realm} leads to another realm, of which no domain controller is known: {text}", NAME_KDCS},
    {SELF, KRB5_REALM_UNKNOWN, 0, 0, ERR_KRB_KDC_UNREACHABLE,
     "no domain controller of {realm} is known: {text}", NAME_KDCS},
    {STEP_ANY, KRB5_REALM_UNKNOWN, 0, 0, ERR_KRB_KDC_UNREACHABLE,
     "no domain controller of {realm} is known", REACH},
    {STEP_ANY, KRB5_REALM_CANT_RESOLVE, 0, 0, ERR_KRB_KDC_UNREACHABLE,
     "the names of the domain controllers of {realm} cannot be resolved", REACH},
    {STEP_ANY, KRB5KDC_ERR_SVC_UNAVAILABLE, 0, 0, ERR_KRB_KDC_UNREACHABLE,
     "the domain controllers of {realm} answer that they are unavailable", REACH},
    {STEP_ANY, KRB5KRB_AP_ERR_SKEW, 0, 0, ERR_KRB_CLOCK_SKEW,
     "the clock of this host is {skew} that of a domain controller of {realm}", CLOCK},
    {STEP_ANY, KRB5_KDCREP_SKEW, 0, 0, ERR_KRB_CLOCK_SKEW,
     "the clocks of this host and of a domain controller of {realm} do not agree", CLOCK},
    {SELF | PROXY, KRB5KRB_AP_ERR_TKT_NYV, 0, 0, ERR_KRB_CLOCK_SKEW,
     "a new ticket is not valid yet to a domain controller of {realm}: the clock of this host is "
     "{skew} its own",
     CLOCK},
    {SELF | PROXY, KRB5KRB_AP_ERR_TKT_EXPIRED, 0, 0, ERR_KRB_CLOCK_SKEW,
     "a new ticket is over to a domain controller of {realm}: the clock of this host is {skew} its "
     "own",
     CLOCK},

    {STEP_ANY, KRB5_CONFIG_ETYPE_NOSUPP, 0, 0, ERR_KRB_ENCTYPE, NO_TYPES, CONF_TYPES},
    {STEP_ANY, KRB5_CC_NOT_KTYPE, 0, 0, ERR_KRB_ENCTYPE, NO_TYPES, CONF_TYPES},
    {STEP_ANY, KRB5_DELTAT_BADFORMAT, 0, 0, ERR_KRB_OTHER,
     "krb5.conf has a length of time that libkrb5 cannot read: {text}",
     "Correct ticket_lifetime, renew_lifetime and clockskew below [libdefaults] in krb5.conf (10h, "
     "7d, 300), or take them out."},

    {AS, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, 0, 0, ERR_KRB_CONNECTOR,
     "the domain does not know the connector's account {principal}", SHOW_ACCOUNT},
    {AS, KRB5KDC_ERR_CLIENT_REVOKED, 0, 0, ERR_KRB_CONNECTOR,
     "the connector's account {principal} is disabled, locked or expired", SHOW_ACCOUNT},
    {AS, KRB5KDC_ERR_NAME_EXP, 0, 0, ERR_KRB_CONNECTOR,
     "the connector's account {principal} has expired", SHOW_ACCOUNT},
    {AS, KRB5KDC_ERR_POLICY, 0, 0, ERR_KRB_CONNECTOR,
     "the domain's policy keeps the connector's account {principal} out", SHOW_ACCOUNT},
    {AS, KRB5KDC_ERR_KEY_EXP, 0, 0, ERR_KRB_CONNECTOR,
     "the password of the connector's account {principal} has expired", NEW_KEYTAB},
    {AS, KRB5KDC_ERR_PREAUTH_FAILED, 0, 0, ERR_KRB_CONNECTOR, STALE, NEW_KEYTAB},
    {AS, KRB5_PREAUTH_FAILED, 0, FACT_UNPROVEN, ERR_KRB_ENCTYPE,
     "of the keys of {principal} in the keytab {keytab} none is of a type that the domain asks for "
     "and krb5.conf allows",
     ENCTYPES},
    {AS, KRB5_PREAUTH_FAILED, 0, 0, ERR_KRB_CONNECTOR, STALE, NEW_KEYTAB},
    {AS, KRB5KRB_AP_ERR_BAD_INTEGRITY, 0, 0, ERR_KRB_CONNECTOR, STALE, NEW_KEYTAB},
    {AS, KRB5_KT_NOTFOUND, 0, 0, ERR_KRB_ENCTYPE,
     "the keytab {keytab} has no key of {principal} of a type the domain uses", ENCTYPES},
    {AS, KRB5KDC_ERR_ETYPE_NOSUPP, 0, 0, ERR_KRB_ENCTYPE,
     "the keytab {keytab} and the domain have no encryption type in common", ENCTYPES},

    {SELF | TGS_SELF, KRB5_KT_KVNONOTFOUND, 0, 0, ERR_KRB_CONNECTOR,
     "the keytab {keytab} is older than the password of {principal}: {text}", NEW_KEYTAB},
    {SELF, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, 0, 0, ERR_KRB_USER_UNKNOWN,
     "the domain {realm} does not know {user}", SHOW_USER},
    {SELF | PROXY | TGS | TGS_SELF, KRB5KDC_ERR_CLIENT_REVOKED, 0, 0, ERR_KRB_USER_REVOKED, REVOKED,
     SHOW_USER},
    {SELF | PROXY | TGS | TGS_SELF, KRB5KDC_ERR_NAME_EXP, 0, 0, ERR_KRB_USER_REVOKED,
     "the account of {user} has expired", SHOW_USER},
    {SELF | PROXY, KRB5KDC_ERR_KEY_EXP, 0, 0, ERR_KRB_USER_REVOKED,
     "the password of {user} has expired or must be changed", SHOW_USER},
    {SELF, KRB5KDC_ERR_POLICY, NT_ERROR(NT_ACCOUNT_DISABLED), 0, ERR_KRB_USER_REVOKED,
     "the account of {user} is disabled", SHOW_USER},
    {SELF, KRB5KDC_ERR_POLICY, 0, 0, ERR_KRB_POLICY,
     "the domain's policy refuses {user}: that account or {account} is disabled, or it is of "
     "another domain, or may not be used here",
     SHOW_USER " Look at {account} in the same way."},
    {SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, FACT_KDC_FOREIGN, ERR_KRB_CONNECTOR,
     "the domain {realm} has no trust that leads back to {principal}", TRUST},
    {SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, FACT_USER_FOREIGN, ERR_KRB_USER_UNKNOWN,
     "the domain {realm} has no trust that leads to the realm of {user}", TRUST},
    {SELF | TGS_SELF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0, ERR_KRB_CONNECTOR, NO_SPN, OWN_SPN},
    {SELF | TGS_SELF, KRB5KDC_ERR_MUST_USE_USER2USER, 0, 0, ERR_KRB_CONNECTOR, NO_SPN, OWN_SPN},
    {SELF, KRB5KDC_ERR_PADATA_TYPE_NOSUPP, 0, 0, ERR_KRB_WRONG_CLIENT,
     "asked for a ticket of {user}, the domain controller gave one of the connector itself",
     FORGED},
    {SELF | TGS_SELF, KRB5_KDCREP_MODIFIED, 0, 0, ERR_KRB_WRONG_CLIENT,
     "what the domain controller gave is not the ticket of {user} that was asked for", FORGED},
    {SELF | TGS_SELF, KRB5KRB_AP_WRONG_PRINC, 0, 0, ERR_KRB_CONNECTOR,
     "the keytab {keytab} does not open tickets to {principal}: it is out of date", NEW_KEYTAB},
    {SELF, KRB5KDC_ERR_ETYPE_NOSUPP, 0, 0, ERR_KRB_ENCTYPE,
     "the connector's account {principal} has no key of a type the domain uses", ENCTYPES},

    {PROXY, KRB5KDC_ERR_BADOPTION, 0, FACT_NOT_FORWARDABLE | FACT_USER_SENSITIVE,
     ERR_KRB_NOT_FORWARDABLE, "{user} is marked \"sensitive and cannot be delegated\"", SENSITIVE},
    {PROXY, KRB5KDC_ERR_BADOPTION, 0, FACT_NOT_FORWARDABLE | FACT_USER_PROTECTED,
     ERR_KRB_NOT_FORWARDABLE, "{user} is in Protected Users, who cannot be delegated", SENSITIVE},
    {PROXY, KRB5KDC_ERR_BADOPTION, NT_ERROR(NT_ACCOUNT_RESTRICTION), 0, ERR_KRB_NOT_FORWARDABLE,
     "{user} is marked \"sensitive and cannot be delegated\", or is in Protected Users", SENSITIVE},
    {PROXY, KRB5KDC_ERR_BADOPTION, 0, FACT_NOT_FORWARDABLE | FACT_TGT_NOT_FORWARDABLE,
     ERR_KRB_NOT_FORWARDABLE,
     "the connector's account {principal} is itself marked \"sensitive and cannot be delegated\" "
     "or in Protected Users: its own ticket-granting ticket is not forwardable",
     SHOW_ACCOUNT},
    {PROXY, KRB5KDC_ERR_BADOPTION, 0, FACT_KDC_FOREIGN, ERR_KRB_NOT_DELEGATED,
     "the account of {spn} in {realm} does not let {principal} act for others", BY_RESOURCE},
    {PROXY, KRB5KDC_ERR_BADOPTION, 0, FACT_NOT_FORWARDABLE | FACT_USER_FREE,
     ERR_KRB_NOT_FORWARDABLE,
     "{account} may not use protocol transition: the ticket of {user} is not forwardable",
     TRANSITION},
    {PROXY, KRB5KDC_ERR_BADOPTION, 0, FACT_NOT_FORWARDABLE, ERR_KRB_NOT_FORWARDABLE,
     "{account} may not use protocol transition, or {user} is marked sensitive or in Protected "
     "Users: the ticket of {user} is not forwardable",
     TRANSITION_OR_USER},
    {PROXY, KRB5KDC_ERR_BADOPTION, NT_ERROR(NT_NOT_FOUND), 0, ERR_KRB_NOT_DELEGATED,
     "neither may {account} delegate to {spn}, nor does the account of {spn} let it act for "
     "others",
     DELEGATE},
    {PROXY, KRB5KDC_ERR_BADOPTION, NT_ERROR(NT_NOT_SUPPORTED), 0, ERR_KRB_NOT_DELEGATED,
     "{account} may delegate to no service at all, so not to {spn}", DELEGATE},
    {PROXY, KRB5KDC_ERR_BADOPTION, 0, 0, ERR_KRB_NOT_DELEGATED,
     "{account} may not delegate to {spn}: it is not in its msDS-AllowedToDelegateTo", DELEGATE},
    {PROXY | TGS, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0, ERR_KRB_SPN_UNKNOWN,
     "{spn} is registered on no account of {realm}, or on two", FIND_SPN},
    {PROXY | TGS, KRB5KDC_ERR_MUST_USE_USER2USER, 0, 0, ERR_KRB_SPN_UNKNOWN,
     "{spn} leads to an account that is no service", FIND_SPN},
    {PROXY | TGS, KRB5KRB_AP_WRONG_PRINC, 0, 0, ERR_KRB_SPN_UNKNOWN,
     "asked for {spn}, the domain controller gave a ticket to another service", FIND_SPN},
    {PROXY | TGS, KRB5KDC_ERR_POLICY, NT_ERROR(NT_AUTHENTICATION_FIREWALL), 0, ERR_KRB_POLICY,
     "selective authentication between the forests keeps {user} from {spn}", ""},
    {PROXY, KRB5KDC_ERR_POLICY, 0, 0, ERR_KRB_POLICY,
     "the domain's policy refuses {account} a ticket of {user} to {spn}", ""},
    {PROXY | TGS, KRB5_KDCREP_MODIFIED, 0, 0, ERR_KRB_WRONG_CLIENT,
     "what the domain controller gave is not the ticket of {user} to {spn} that was asked for",
     FORGED},
    {PROXY | TGS, KRB5KDC_ERR_ETYPE_NOSUPP, 0, 0, ERR_KRB_ENCTYPE,
     "the account of {spn} has no key of a type that the domain or the connector uses", ENCTYPES},

    {TGS, KRB5KDC_ERR_POLICY, 0, 0, ERR_KRB_POLICY,
     "the domain's policy refuses {user} a ticket to {spn}", SHOW_USER},
    {TGS | TGS_SELF, KRB5KRB_AP_ERR_TKT_EXPIRED, 0, 0, ERR_SIGN_IN_REQUIRED, OWN_OVER, AGAIN},
    {TGS | TGS_SELF, KRB5KDC_ERR_TGT_REVOKED, 0, 0, ERR_SIGN_IN_REQUIRED, OWN_OVER, AGAIN},
    {TGS | TGS_SELF, KRB5KRB_AP_ERR_BAD_INTEGRITY, 0, 0, ERR_SIGN_IN_REQUIRED, OWN_OVER, AGAIN},
    {TGS | TGS_SELF, KRB5KRB_AP_ERR_MODIFIED, 0, 0, ERR_SIGN_IN_REQUIRED, OWN_OVER, AGAIN},
    {TGS | TGS_SELF, KRB5KRB_AP_ERR_BADKEYVER, 0, 0, ERR_SIGN_IN_REQUIRED, OWN_OVER, AGAIN},

    /* One code for a wrong name, a wrong password and a locked account: whoever guesses learns
     * nothing. That the password has expired is said only to those who had it right. */
    {SIGN_IN, KRB5KDC_ERR_PREAUTH_FAILED, 0, 0, ERR_SIGN_IN_REFUSED, WRONG_PASSWORD, ""},
    {SIGN_IN, KRB5_PREAUTH_FAILED, 0, 0, ERR_SIGN_IN_REFUSED, WRONG_PASSWORD, ""},
    {SIGN_IN, KRB5KRB_AP_ERR_BAD_INTEGRITY, 0, 0, ERR_SIGN_IN_REFUSED, WRONG_PASSWORD, ""},
    {SIGN_IN, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, 0, 0, ERR_SIGN_IN_REFUSED,
     "the domain does not know {user}", ""},
    {SIGN_IN, KRB5KDC_ERR_CLIENT_REVOKED, 0, 0, ERR_SIGN_IN_REFUSED, REVOKED, SHOW_USER},
    {SIGN_IN, KRB5KDC_ERR_NAME_EXP, 0, 0, ERR_SIGN_IN_REFUSED, REVOKED, SHOW_USER},
    {SIGN_IN, KRB5KDC_ERR_POLICY, 0, 0, ERR_SIGN_IN_REFUSED, "the domain's policy refuses {user}",
     SHOW_USER},
    {SIGN_IN, KRB5KDC_ERR_CLIENT_NOTYET, 0, 0, ERR_SIGN_IN_REFUSED, REVOKED, SHOW_USER},
    {SIGN_IN, KRB5KDC_ERR_ETYPE_NOSUPP, 0, 0, ERR_SIGN_IN_REFUSED, NO_KEY_OF_USER,
     ENCTYPES_OF_USER},
    {SIGN_IN, KRB5KDC_ERR_NULL_KEY, 0, 0, ERR_SIGN_IN_REFUSED, NO_KEY_OF_USER, ENCTYPES_OF_USER},
    {SIGN_IN, KRB5KDC_ERR_PADATA_TYPE_NOSUPP, 0, 0, ERR_SIGN_IN_REFUSED,
     "{user} has to prove who they are in another way than by a password, such as a smart card",
     SHOW_USER},
    {SIGN_IN, KRB5KDC_ERR_KEY_EXP, 0, FACT_PASSWORD_PROVEN, ERR_SIGN_IN_MUST_CHANGE,
     "the password of {user} has expired or must be changed", SHOW_USER},
    {SIGN_IN, KRB5KDC_ERR_KEY_EXP, 0, 0, ERR_SIGN_IN_REFUSED,
     "the password of {user} has expired or must be changed", SHOW_USER},
    {SIGN_IN, 0, 0, 0, ERR_SIGN_IN_UNAVAILABLE, "{user} cannot be signed in: {text}", ""},

    {PROOF, KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, 0, 0, ERR_SIGN_IN_KDC_FALSE, NO_SPN, OWN_SPN},
    {PROOF, KRB5KDC_ERR_MUST_USE_USER2USER, 0, 0, ERR_SIGN_IN_KDC_FALSE, NO_SPN, OWN_SPN},
    {PROOF, 0, 0, 0, ERR_SIGN_IN_KDC_FALSE,
     "what accepted the password of {user} did not prove to be a domain controller: {text}",
     UNPROVEN},

    {STEP_ANY, 0, 0, 0, ERR_KRB_OTHER, "{text}", ""},
};

const struct cause *cause_find(enum cause_step step, krb5_error_code code, uint32_t nt_status,
                               unsigned facts) {
    const struct cause *c = TABLE;
    /* The last row fits everything. */
    while (!(c->steps & step && (!c->code || c->code == code) &&
             (!c->nt_status || c->nt_status == nt_status) && (c->facts & facts) == c->facts))
        c++;
    return c;
}
