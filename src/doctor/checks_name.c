/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's name: whom it leads to.
 */
#include "base/buf.h"
#include "doctor/accounts.h"
#include "doctor/checks.h"

#include <stdlib.h>

static const char *asked(const struct checking *c) {
    const char *name = facts_text(c->facts, "person.name");
    return name[0] ? name : facts_text(c->facts, "person.asked");
}

static bool is_guest(const char *name) {
    size_t at;
    return str_find(str_of(name), STR("#EXT#"), &at);
}

static bool is_unknown(const struct checking *c) {
    const char *error = facts_text(c->facts, "kerberos.self.error"),
               *policy = facts_text(c->facts, "kerberos.policy.error");
    return strcmp(error, "krb-user-unknown") == 0 || strcmp(policy, "krb-user-unknown") == 0;
}

/* Of what is before the guest's own domain, within the 20 characters that there are. */
static const char *guest_account(struct checking *c, const char *name) {
    struct str s = str_of(name);
    struct buf out;
    buf_init(&out, 32);
    buf_add(&out, STR("guest-"));
    for (size_t i = 0; i < s.n && s.p[i] != '_' && buf_size(&out) < 20; i++) {
        char l = str_lower(s.p[i]);
        if (str_is_alnum(l))
            buf_add_byte(&out, l);
    }
    const char *account = out.failed ? NULL : arena_cstr(c->arena, buf_str(&out));
    buf_fini(&out);
    return account ? account : "guest";
}

void check_guest(struct checking *c) {
    const char *name = asked(c);
    if (!is_guest(name))
        return;
    if (!is_unknown(c)) {
        check_pass(c, "%s, a guest, has an account in the domain", name);
        return;
    }
    check_fail(c, "%s is a guest of the identity provider, and has no account in the domain", name);
    evidence_step(c, "kerberos.self");
    const char *account = guest_account(c, name);
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "New-ADUser -Name %s -SamAccountName %s -UserPrincipalName %s", ps(c, account),
                 ps(c, account), ps(c, name));
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Guests need an account of their own in the domain (a shadow account) whose user "
                 "principal name is the very name that the identity provider sends. Its suffix has "
                 "to be among the forest's UPN suffixes. Enable it with a random password that "
                 "nobody knows; kerbgate needs none.");
}

/* A name that leads elsewhere only in part. */
static void show_near(struct checking *c) {
    const json_t *near = facts_at(c->facts, "directory.person_near"), *account;
    size_t i;
    json_array_foreach(near, i, account) {
        bool is_mail = strcmp(facts_text(account, "matched"), "mail") == 0;
        const char *upn = facts_text(account, "upn");
        check_evidence(c, "%s: %s = %s; its userPrincipalName is %s", facts_text(account, "dn"),
                       is_mail ? "mail" : "sAMAccountName",
                       is_mail ? facts_text(account, "mail") : account_name(account),
                       upn[0] ? upn : "not set");
    }
}

static bool is_suffix(const struct checking *c, const char *suffix) {
    const json_t *domains = facts_at(c->facts, "directory.domains"), *domain;
    size_t i;
    json_array_foreach(domains, i, domain) {
        if (str_eq_ci(str_of(facts_text(domain, "name")), str_of(suffix)))
            return true;
    }
    return facts_has(c->facts, "directory.upn_suffixes", suffix);
}

static void remedy_name(struct checking *c, const char *name, bool has_suffix) {
    const json_t *near = facts_at(c->facts, "directory.person_near.0");
    const char *upn = facts_text(near, "upn"), *claim = facts_text(c->facts, "app.claim");
    if (near && strcmp(claim, "on_premises_sam_account_name") != 0)
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
                     "sso: { login_identity: on_premises_sam_account_name }");
    if (near && has_suffix) {
        check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Set-ADUser %s -UserPrincipalName %s",
                     ps(c, account_name(near)), ps(c, name));
        check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user rename %s --upn=%s",
                     sh(c, account_name(near)), sh(c, name));
    }
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "The name comes of the claim %s (sso.login_identity of the app). Either the claim "
                 "has to be the name of an account%s%s, or the account has to have that name.",
                 claim, upn[0] ? ", as " : "", upn);
}

/* The domain that has this short name; NULL: none has. */
static const char *domain_called(const struct checking *c, const char *flat_name) {
    const json_t *domains = facts_at(c->facts, "directory.domains"), *domain;
    size_t i;
    json_array_foreach(domains, i, domain) {
        if (str_eq_ci(str_of(facts_text(domain, "flat_name")), str_of(flat_name)))
            return facts_text(domain, "name");
    }
    return NULL;
}

/* "alice@CORP", where "CORP\\alice" or "alice@CORP.EXAMPLE" is meant. */
static void show_short_name(struct checking *c, const char *name, const char *at) {
    const char *domain = at ? domain_called(c, at + 1) : NULL;
    if (domain)
        check_evidence(c, "%s is the short name of the domain %s: write %.*s@%s", at + 1, domain,
                       (int)(at - name), name, domain);
}

static void judge_unknown(struct checking *c, const char *name) {
    const char *at = strrchr(name, '@');
    bool knows_suffixes = facts_at(c->facts, "directory.domains") != NULL;
    bool has_suffix = at && knows_suffixes && is_suffix(c, at + 1);
    if (at && knows_suffixes && !has_suffix)
        check_fail(c,
                   "no account is called %s, and no domain of the forest, nor any UPN suffix of "
                   "it, is called %s",
                   name, at + 1);
    else
        check_fail(c, "no account is called %s", name);
    evidence_step(c, "kerberos.self");
    if (facts_at(c->facts, "directory.person"))
        check_evidence(c,
                       "%s: no account has it as userPrincipalName, as sAMAccountName, or as "
                       "account@REALM",
                       facts_text(c->facts, "directory.server"));
    show_short_name(c, name, at);
    show_near(c);
    remedy_name(c, name, has_suffix);
}

static void show_hits(struct checking *c) {
    const json_t *found = facts_at(c->facts, "directory.person"), *account;
    size_t i;
    json_array_foreach(found, i, account) {
        check_evidence(c, "%s: found by %s, SID %s", facts_text(account, "dn"),
                       strcmp(facts_text(account, "matched"), "upn") == 0 ? "userPrincipalName"
                                                                          : "sAMAccountName",
                       facts_text(account, "sid"));
    }
}

static void judge_several(struct checking *c, const char *name) {
    const json_t *first = facts_at(c->facts, "directory.person.0"),
                 *second = facts_at(c->facts, "directory.person.1");
    const char *policy = facts_text(c->facts, "kerberos.policy.error"),
               *self = facts_text(c->facts, "kerberos.self.error");
    bool is_refused =
        strcmp(policy, "krb-user-ambiguous") == 0 || strcmp(self, "krb-wrong-client") == 0;
    if (is_refused)
        check_fail(c, "%s leads to several accounts: %s and %s", name, account_name(first),
                   account_name(second));
    else
        check_warn(c,
                   "%s leads to several accounts: %s and %s; a domain controller takes one of "
                   "them",
                   name, account_name(first), account_name(second));
    show_hits(c);
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Set-ADUser %s -UserPrincipalName NEW-NAME",
                 ps(c, account_name(first)));
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "No account may have as its userPrincipalName what another one is called with "
                 "its domain (sAMAccountName@domain). Give %s or %s another name: Set-ADUser "
                 "ACCOUNT -UserPrincipalName NAME (PowerShell) or samba-tool user rename ACCOUNT "
                 "--upn=NAME (Samba).",
                 account_name(first), account_name(second));
}

void check_one_account(struct checking *c) {
    const char *name = asked(c);
    const json_t *found = facts_at(c->facts, "directory.person");
    if (!name[0])
        return;
    /* Who comes of another realm is nobody's account here, whatever it is called: see D14. */
    if (is_unknown(c) && foreign_realm(c) &&
        step_failed_with(c, "kerberos.self", KDC_SERVER_UNKNOWN))
        return;
    if (is_unknown(c) && !is_guest(name))
        judge_unknown(c, name);
    else if (json_array_size(found) > 1)
        judge_several(c, name);
    else if (step_ok(c, "kerberos.self") || json_array_size(found) == 1)
        check_pass(c, "%s is the account %s", name, person_name(c));
}
