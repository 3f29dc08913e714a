/* SPDX-License-Identifier: Apache-2.0
 *
 * The connector's account: its state, its keytab, what it should not have.
 */
#include "base/sid.h"
#include "doctor/accounts.h"
#include "doctor/checks.h"
#include "doctor/remedies.h"

#include <stdlib.h>

enum { SOON_DAYS = 14, DAY_S = 86400, ENTRIES_SHOWN = 8 };

static const char *principal_of(const struct checking *c) {
    const char *name = facts_text(c->facts, "kerberos.keytab.principal");
    return name[0] ? name : facts_text(c->facts, "app.principal");
}

static void show_keytab(struct checking *c) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry) {
        if (i == ENTRIES_SHOWN)
            check_evidence(c, "and %zu more", json_array_size(entries) - i);
        if (i >= ENTRIES_SHOWN)
            continue;
        int64_t time = facts_int(entry, "time", 0);
        check_evidence(c, "%s: %s, version %lld, %s%s%s",
                       facts_text(c->facts, "kerberos.keytab.file"), facts_text(entry, "principal"),
                       (long long)facts_int(entry, "kvno", 0), facts_text(entry, "enctype_name"),
                       time ? ", of " : "", time ? time_text(c, time) : "");
    }
}

static void remedy_key(struct checking *c) {
    remedy_keytab(c, connector_name(c), principal_of(c));
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "Bring the new keytab to this host as %s, readable by root alone; it is taken "
                 "into use within 20 seconds. ktpass sets a new password, which ends every other "
                 "keytab of the account.",
                 keytab_file(c));
}

static void remedy_password_age(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Set-ADUser %s -PasswordNeverExpires $true",
                 ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user setexpiry %s --noexpiry",
                 sh(c, name));
}

/* What lies behind KDC_ERR_CLIENT_REVOKED (MS-KILE 3.3.5.7.1); Samba leaves it out of an account
 * that is locked out. */
static void refuse_revoked(struct checking *c, const char *name) {
    unsigned status = step_status(c, "kerberos.tgt");
    if (status == NT_DISABLED) {
        check_fail(c, "the connector's account %s is disabled", name);
        remedy_enable(c, name);
    } else if (status == NT_EXPIRED) {
        check_fail(c, "the connector's account %s has expired", name);
        remedy_expiry(c, NULL, name);
    } else if (status == NT_LOGON_HOURS) {
        check_fail(c, "the connector's account %s may not log on at this hour", name);
        remedy_limit(c, NULL, name, "logonHours");
    } else if (status == NT_WORKSTATION) {
        check_fail(c, "the connector's account %s may not log on from this host", name);
        remedy_limit(c, NULL, name, "userWorkstations");
    } else {
        check_fail(c, "the connector's account %s is locked out%s", name,
                   status == NT_LOCKED ? ""
                                       : ", or else disabled or expired: the KDC does not say");
        remedy_unlock(c, name);
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "Look for another host that still has an old keytab or password of the "
                     "account: it locks it out again.");
    }
}

/* A domain controller that wants to know who we are, and so knows the account; NULL: none. */
static const json_t *kdc_that_knows(const struct checking *c) {
    const json_t *kdcs = facts_at(c->facts, "kerberos.kdcs"), *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        if (strcmp(facts_text(kdc, "realm"), facts_text(c->facts, "app.realm")) == 0 &&
            facts_int(kdc, "as.code", 0) == KDC_PREAUTH_REQUIRED)
            return kdc;
    }
    return NULL;
}

static void refuse_stranger(struct checking *c, const json_t *knows) {
    const char *conf = facts_text(c->facts, "host.krb5_conf");
    const char *address = facts_text(knows, "address");
    check_fail(c,
               "the domain controller %s does not know the connector's account %s, and %s (%s) "
               "does: the first is of another domain, or has not heard of the account yet",
               facts_text(c->facts, "kerberos.tgt.kdc"), principal_of(c), facts_text(knows, "host"),
               address);
    check_evidence(c, "%s asks for a proof of %s: error 25, KDC_ERR_PREAUTH_REQUIRED", address,
                   principal_of(c));
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "In %s, below [realms], name for this realm: kdc = %s",
                 conf[0] ? conf : "/etc/krb5.conf", address);
}

static void refuse_unknown(struct checking *c, const char *name) {
    const json_t *knows = kdc_that_knows(c);
    if (knows) {
        refuse_stranger(c, knows);
        return;
    }
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    const char *principal = principal_of(c);
    size_t i;
    check_fail(c,
               "the domain does not know the connector's account %s: it is misspelled, was "
               "renamed or deleted",
               principal);
    show_keytab(c);
    json_array_foreach(entries, i, entry) {
        const char *other = facts_text(entry, "principal");
        if (!str_eq_ci(str_of(other), str_of(principal)) && !strchr(other, '/')) {
            check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
                         "connector: { kerberos: { principal: %s } }", yaml(c, other));
            break;
        }
    }
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "samba-tool user show %s (Samba) or Get-ADUser %s (PowerShell) must find the "
                 "account under the very name that kerbgate.yaml has; after a change of the "
                 "name make a new keytab, because the keys depend on it.",
                 sh(c, name), ps(c, name));
}

static bool is_stale_code(int64_t code) {
    return code == KDC_PREAUTH_FAILED || code == KDC_BAD_INTEGRITY;
}

static void refuse_key(struct checking *c) {
    check_fail(c, "the key of %s in %s is not the one that the domain has", principal_of(c),
               facts_text(c->facts, "kerberos.keytab.file"));
    show_keytab(c);
    check_evidence(c, "the account's password was set after the keytab was made; or the account or "
                      "realm was written otherwise then (capitals count in AES keys)");
    remedy_key(c);
}

static void judge_refusal(struct checking *c) {
    int64_t code = facts_int(c->facts, "kerberos.tgt.code", 0);
    const char *name = connector_name(c), *error = facts_text(c->facts, "kerberos.tgt.error");
    unsigned status = step_status(c, "kerberos.tgt");
    /* Where and when is policy to some domain controllers (KDC_ERR_POLICY). */
    if (code == KDC_CLIENT_REVOKED || status == NT_LOGON_HOURS || status == NT_WORKSTATION) {
        refuse_revoked(c, name);
    } else if (code == KDC_NAME_EXPIRED) {
        check_fail(c, "the connector's account %s has expired", name);
        remedy_expiry(c, NULL, name);
    } else if (code == KDC_KEY_EXPIRED) {
        check_fail(c,
                   "the password of the connector's account %s has expired, or must be changed "
                   "at the next log-on",
                   name);
        remedy_password_age(c, name);
    } else if (code == KDC_CLIENT_UNKNOWN) {
        refuse_unknown(c, name);
    } else if (code == KDC_POLICY) {
        check_fail(c,
                   "the domain's policy keeps the connector's account %s out: it is disabled, "
                   "or an authentication policy silo holds it",
                   name);
        remedy_enable(c, name);
    } else if (is_stale_code(code) || (code <= 0 && strcmp(error, "krb-connector") == 0)) {
        refuse_key(c);
    }
    if (c->outcome == OUTCOME_FAIL)
        evidence_step(c, "kerberos.tgt");
}

/* The newest key that the keytab has of this principal; 0: none. */
static int64_t newest_key(const struct checking *c) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    int64_t newest = 0;
    size_t i;
    json_array_foreach(entries, i, entry) {
        int64_t kvno = facts_int(entry, "kvno", 0);
        bool is_ours = strcmp(facts_text(entry, "principal"), principal_of(c)) == 0;
        newest = is_ours && kvno > newest ? kvno : newest;
    }
    return newest;
}

/* RODCs have numbers of their own, above 16 bits (MS-ADTS 3.1.1.4.5.16). */
static bool is_keytab_old(const struct checking *c) {
    int64_t kvno = facts_int(the_connector(c), "kvno", 0), newest = newest_key(c);
    return kvno < 65536 && newest > 0 && newest < kvno;
}

/* No key of the account's number, but one of a higher one: it was written with a wrong number, or
 * this domain controller has not heard of the last password. */
static bool is_keytab_ahead(const struct checking *c) {
    const json_t *entries = facts_at(c->facts, "kerberos.keytab.entries"), *entry;
    int64_t kvno = facts_int(the_connector(c), "kvno", 0);
    size_t i;
    json_array_foreach(entries, i, entry) {
        if (facts_int(entry, "kvno", 0) == kvno &&
            strcmp(facts_text(entry, "principal"), principal_of(c)) == 0)
            return false;
    }
    return kvno > 0 && kvno < 65536 && newest_key(c) > kvno;
}

static void show_versions(struct checking *c, const json_t *us) {
    check_evidence(c, "%s: msDS-KeyVersionNumber = %lld, pwdLastSet = %s", facts_text(us, "dn"),
                   (long long)facts_int(us, "kvno", 0),
                   time_text(c, facts_int(us, "pwd_last_set", 0)));
    show_keytab(c);
}

/* An own ticket is given by userPrincipalName, too; one of somebody else only to sAMAccountName. */
static bool is_renamed(const struct checking *c, const json_t *us) {
    const char *principal = principal_of(c);
    size_t n = str_index(str_of(principal), '@');
    return us && json_array_size(facts_at(us, "spns")) && !strchr(principal, '/') &&
           !str_eq_ci(str_head(str_of(principal), n), str_of(account_name(us)));
}

static void refuse_renamed(struct checking *c, const json_t *us) {
    const char *name = account_name(us), *realm = facts_text(c->facts, "app.realm");
    check_fail(c, "the account that the connector signs in to as %s is called %s by now",
               principal_of(c), name);
    check_evidence(c, "%s: sAMAccountName = %s, userPrincipalName = %s", facts_text(us, "dn"), name,
                   facts_text(us, "upn"));
    check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "connector: { kerberos: { principal: %s } }",
                 yaml(c, arena_printf(c->arena, "%s@%s", name, realm[0] ? realm : "REALM")));
    remedy_export(c, name);
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Or give the account its old name again, as in %s.", principal_of(c));
}

static void judge_self(struct checking *c, const json_t *us) {
    const json_t *spns = facts_at(us, "spns");
    bool needs_spn = step_failed_with(c, "kerberos.self", KDC_SERVER_UNKNOWN) ||
                     step_failed_with(c, "kerberos.self", KDC_USER_TO_USER);
    const char *name = connector_name(c), *error = facts_text(c->facts, "kerberos.self.error");
    if (spns && !json_array_size(spns) && !step_ok(c, "kerberos.self")) {
        const char *host = facts_text(c->facts, "host.name");
        const char *spn = arena_printf(c->arena, "HTTP/kerbgate-%.200s", host[0] ? host : name);
        check_fail(c,
                   "the connector's account %s has no SPN of its own, and only a service may "
                   "ask for people's tickets",
                   name);
        check_evidence(c, "%s: servicePrincipalName is empty", facts_text(us, "dn"));
        remedy_spn_add(c, spn, name);
    } else if (needs_spn && is_renamed(c, us)) {
        refuse_renamed(c, us);
    } else if (needs_spn && !us && strcmp(error, "krb-connector") == 0) {
        check_fail(c, "%s", facts_text(c->facts, "kerberos.self.detail"));
    } else if (step_failed(c, "kerberos.self") && strcmp(error, "krb-connector") == 0 &&
               !needs_spn && !facts_int(c->facts, "kerberos.self.code", 0) &&
               !is_ticket_of_other_type(c)) {
        check_fail(c,
                   "the keytab does not open tickets to %s: it is older than the account's "
                   "password",
                   name);
        show_versions(c, us);
        remedy_key(c);
    }
    if (c->outcome == OUTCOME_FAIL)
        evidence_step(c, "kerberos.self");
}

/* The ticket-granting ticket is got whatever the key's number is; that a domain controller is a
 * real one is proven to the form by a ticket to ourselves, which says the number. */
static void judge_number(struct checking *c, const json_t *us) {
    if (!is_keytab_ahead(c))
        return;
    if (strcmp(facts_text(c->facts, "app.provider"), "form") == 0)
        check_fail(c,
                   "the keytab has no key of the number that the account %s has (%lld): nobody can "
                   "sign in by the form, because no domain controller can prove itself",
                   connector_name(c), (long long)facts_int(us, "kvno", 0));
    else
        check_warn(c, "the keytab has no key of the number that the account %s has (%lld)",
                   connector_name(c), (long long)facts_int(us, "kvno", 0));
    show_versions(c, us);
    remedy_key(c);
}

/* Days from now until then, when that is soon; -1: it is not. */
static int64_t soon(const struct checking *c, int64_t when) {
    int64_t left = when - c->now_s;
    return when > 0 && left > 0 && left < SOON_DAYS * DAY_S ? left / DAY_S : -1;
}

static void warn_of_ends(struct checking *c, const json_t *us) {
    const char *name = connector_name(c);
    int64_t account = soon(c, facts_int(us, "account_expires", 0)),
            password = soon(c, facts_int(us, "pwd_expires", 0));
    if (account >= 0) {
        check_warn(c, "the connector's account %s expires in %lld days", name, (long long)account);
        check_evidence(c, "%s: accountExpires = %s", facts_text(us, "dn"),
                       time_text(c, facts_int(us, "account_expires", 0)));
        remedy_expiry(c, us, name);
    }
    if (password >= 0 && lacks_uac(us, UAC_NEVER_EXPIRES)) {
        check_warn(c,
                   "the password of the connector's account %s expires in %lld days, and with "
                   "it the keytab",
                   name, (long long)password);
        check_evidence(c, "%s: msDS-UserPasswordExpiryTimeComputed = %s", facts_text(us, "dn"),
                       time_text(c, facts_int(us, "pwd_expires", 0)));
        remedy_password_age(c, name);
    }
    if (has_uac(us, UAC_DISABLED)) {
        check_warn(c,
                   "the connector's account %s is disabled in the directory, and still gets "
                   "tickets: not all domain controllers know yet",
                   name);
        evidence_uac(c, us, UAC_DISABLED, "ACCOUNTDISABLE");
        remedy_enable(c, name);
    }
    if (is_keytab_old(c)) {
        check_warn(c,
                   "the keytab is older than the password of %s: this domain controller still "
                   "takes it, others or later ones will not",
                   name);
        show_versions(c, us);
        remedy_key(c);
    }
}

void check_connector_account(struct checking *c) {
    const json_t *us = the_connector(c);
    if (step_failed(c, "kerberos.tgt")) {
        judge_refusal(c);
        return;
    }
    if (!step_ok(c, "kerberos.tgt"))
        return;
    judge_self(c, us);
    judge_number(c, us);
    warn_of_ends(c, us);
    if (us)
        check_pass(c, "%s is enabled, and its keytab has the key of version %lld",
                   connector_name(c), (long long)facts_int(us, "kvno", newest_key(c)));
    else
        check_pass(c, "%s gets a ticket with its keytab", connector_name(c));
}

void check_unconstrained(struct checking *c) {
    const json_t *us = the_connector(c);
    const char *name = connector_name(c);
    if (!facts_at(us, "uac"))
        return;
    check_pass(c, "%s is not trusted for delegation to any service", name);
    if (!has_uac(us, UAC_UNCONSTRAINED))
        return;
    check_warn(c,
               "%s is trusted for delegation to any service: whoever has its key gets the "
               "tickets of everybody who comes to it. kerbgate needs none of that",
               name);
    evidence_uac(c, us, UAC_UNCONSTRAINED, "TRUSTED_FOR_DELEGATION");
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "Set-ADAccountControl %s -TrustedForDelegation $false", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool delegation for-any-service %s off",
                 sh(c, name));
}
