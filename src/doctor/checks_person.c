/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's account and the connector's: what state they are in, what keeps tickets of them from
 * being delegated.
 */
#include "doctor/accounts.h"
#include "doctor/checks.h"
#include "doctor/remedies.h"

#include <stdlib.h>

enum { HOURS_SIZE = 42, DAY_S = 86400, HOUR_S = 3600 };

/* Whether the bit of this hour of the week (UTC, from Sunday) is clear (MS-ADA1 2.377). */
static bool is_outside_hours(const struct checking *c, const json_t *account) {
    struct str hours = str_of(facts_text(account, "logon_hours"));
    int64_t day = c->now_s / DAY_S, hour = c->now_s % DAY_S / HOUR_S;
    size_t bit = (size_t)((day + 4) % 7 * 24 + hour); /* 1970-01-01 was a Thursday */
    if (hours.n != HOURS_SIZE)
        return false;
    char text[3] = {hours.p[bit / 8 * 2], hours.p[bit / 8 * 2 + 1], 0};
    return !(strtoul(text, NULL, 16) >> bit % 8 & 1);
}

static bool is_expired(const struct checking *c, const json_t *account) {
    int64_t when = facts_int(account, "account_expires", 0);
    return facts_at(account, "account_expires") && when < c->now_s;
}

/* Says it as bad as it is: what does not keep this person out may do so elsewhere. */
static void say(struct checking *c, bool is_out, const char *name, const char *what) {
    if (is_out)
        check_fail(c, "the account of the person, %s, %s", name, what);
    else
        check_warn(c, "the account of the person, %s, %s, and gets a ticket all the same", name,
                   what);
}

static void judge_disabled(struct checking *c, const json_t *person, const char *name,
                           bool is_out) {
    say(c, is_out, name, "is disabled");
    evidence_uac(c, person, UAC_DISABLED, "ACCOUNTDISABLE");
    remedy_enable(c, name);
}

static void judge_locked(struct checking *c, const json_t *person, const char *name, bool is_out) {
    say(c, is_out, name, "is locked out after too many failed sign-ins");
    if (person)
        check_evidence(c, "%s: lockoutTime = %s", facts_text(person, "dn"),
                       time_text(c, facts_int(person, "lockout_time", 0)));
    remedy_unlock(c, name);
}

static void judge_expired(struct checking *c, const json_t *person, const char *name, bool is_out) {
    say(c, is_out, name, "has expired");
    if (person)
        check_evidence(c, "%s: accountExpires = %s", facts_text(person, "dn"),
                       time_text(c, facts_int(person, "account_expires", 0)));
    remedy_expiry(c, person, name);
}

static void judge_password(struct checking *c, const json_t *person, const char *name) {
    bool must_change = facts_at(person, "pwd_last_set") && !facts_int(person, "pwd_last_set", 0);
    check_fail(c, "the password of %s %s", name,
               must_change ? "must be changed at the next log-on" : "has expired");
    evidence_uac(c, person, UAC_PASSWORD_EXPIRED, "PASSWORD_EXPIRED");
    if (must_change)
        check_evidence(c, "%s: pwdLastSet = 0", facts_text(person, "dn"));
    check_remedy(c, REMEDY_TEXT, BY_PERSON,
                 "Change the password: at any Windows log-on, or with kpasswd %s.",
                 facts_text(c->facts, "person.name"));
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "Set-ADUser %s -ChangePasswordAtLogon $false", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user setpassword %s", sh(c, name));
}

static void judge_hours(struct checking *c, const json_t *person, const char *name, bool is_out) {
    say(c, is_out, name, "is outside its logon hours");
    if (person)
        check_evidence(c, "%s: logonHours does not have this hour (%s)", facts_text(person, "dn"),
                       time_text(c, c->now_s));
    remedy_limit(c, person, name, "logonHours");
}

/* Only a domain controller says so: it is the one who knows where the log-on seems to come from. */
static void judge_workstations(struct checking *c, const json_t *person, const char *name) {
    say(c, true, name, "may not log on from this host");
    remedy_limit(c, person, name, "userWorkstations");
}

static bool is_unknown(const struct checking *c) {
    return strcmp(facts_text(c->facts, "kerberos.self.error"), "krb-user-unknown") == 0;
}

/* Without the directory, the code is all there is. */
static void judge_by_code(struct checking *c, const char *name) {
    int64_t code = facts_int(c->facts, "kerberos.self.code", 0);
    unsigned status = step_status(c, "kerberos.self");
    if (code == KDC_NAME_EXPIRED || status == NT_EXPIRED)
        judge_expired(c, NULL, name, true);
    else if (status == NT_DISABLED)
        judge_disabled(c, NULL, name, true);
    else if (status == NT_LOGON_HOURS)
        judge_hours(c, NULL, name, true);
    else if (status == NT_WORKSTATION)
        judge_workstations(c, NULL, name);
    else if (code == KDC_CLIENT_REVOKED || status == NT_LOCKED)
        judge_locked(c, NULL, name, true);
}

static void judge_state(struct checking *c, const json_t *person, const char *name) {
    /* Whoever gets a ticket is not kept out, whatever the directory says. */
    bool is_out = !step_ok(c, "kerberos.self") ||
                  (step_failed(c, "kerberos.proxy") &&
                   !step_failed_with(c, "kerberos.proxy", KDC_BADOPTION) &&
                   !step_failed_with(c, "kerberos.proxy", KDC_SERVER_UNKNOWN));
    if (has_uac(person, UAC_DISABLED))
        judge_disabled(c, person, name, is_out);
    if (facts_int(person, "uac_computed", 0) & UAC_LOCKED)
        judge_locked(c, person, name, is_out);
    if (is_expired(c, person))
        judge_expired(c, person, name, is_out);
    if (is_outside_hours(c, person))
        judge_hours(c, person, name, is_out);
    if (step_status(c, "kerberos.self") == NT_WORKSTATION)
        judge_workstations(c, person, name);
    if (step_failed_with(c, "kerberos.proxy", KDC_KEY_EXPIRED) ||
        step_failed_with(c, "kerberos.self", KDC_KEY_EXPIRED))
        judge_password(c, person, name);
}

static void judge_sensitive(struct checking *c, const json_t *person, const char *name) {
    check_fail(c, "%s is marked \"Account is sensitive and cannot be delegated\"", name);
    if (person)
        evidence_uac(c, person, UAC_SENSITIVE, "NOT_DELEGATED");
    else
        check_evidence(c, "the PAC in the ticket of %s has NOT_DELEGATED", name);
    remedy_sensitive(c, name);
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "The mark is usually meant: administrators should use another account for "
                 "applications than for administering.");
    if (facts_int(person, "admin_count", 0))
        check_evidence(c, "%s: adminCount = %lld: it is, or was, an administrator's",
                       facts_text(person, "dn"), (long long)facts_int(person, "admin_count", 0));
}

static void judge_protected(struct checking *c, const json_t *account, const char *name,
                            bool is_out) {
    if (is_out)
        check_fail(c, "%s is in Protected Users, whose members can never be delegated", name);
    else
        check_warn(c,
                   "%s is in Protected Users: this domain controller delegates them, those of "
                   "Windows do not",
                   name);
    if (account)
        check_evidence(c, "%s: tokenGroups has the group 525 of its domain (Protected Users)",
                       facts_text(account, "dn"));
    else
        check_evidence(c, "the PAC in the ticket of %s has the group 525 (Protected Users)", name);
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "No setting of delegation helps. Give the person another account for the "
                 "application, or the application another mode (sso.mode: headers).");
    remedy_protected(c, name);
}

static void judge_person_flags(struct checking *c, const json_t *person, const char *name) {
    const json_t *pac = facts_at(c->facts, "kerberos.self.pac");
    bool is_out = !is_ticket_given(c);
    if ((has_uac(person, UAC_SENSITIVE) || facts_true(pac, "sensitive")) && is_out)
        judge_sensitive(c, person, name);
    if (facts_true(person, "token_groups.protected") || facts_true(pac, "protected"))
        judge_protected(c, person, name,
                        is_out && !facts_true(c->facts, "kerberos.self.forwardable"));
}

/* The connector's own ticket-granting ticket is then not forwardable, nor is any that comes of it.
 */
static void judge_connector_flags(struct checking *c) {
    const json_t *us = the_connector(c);
    const char *name = connector_name(c);
    if (is_ticket_given(c) || facts_true(c->facts, "kerberos.tgt.forwardable"))
        return;
    if (has_uac(us, UAC_SENSITIVE)) {
        check_fail(c,
                   "the connector's own account %s is marked \"Account is sensitive and cannot "
                   "be delegated\"",
                   name);
        evidence_uac(c, us, UAC_SENSITIVE, "NOT_DELEGATED");
        remedy_sensitive(c, name);
    }
    if (facts_true(us, "token_groups.protected")) {
        check_fail(c, "the connector's own account %s is in Protected Users", name);
        check_evidence(c, "%s: tokenGroups has the group 525 of its domain (Protected Users)",
                       facts_text(us, "dn"));
        remedy_protected(c, name);
    }
    if (c->outcome == OUTCOME_FAIL)
        check_evidence(c, "the connector's own ticket-granting ticket is not forwardable");
}

void check_person_flags(struct checking *c) {
    const json_t *person = the_person(c);
    bool has_person = person || facts_at(c->facts, "kerberos.self.pac");
    if (step_failed(c, "kerberos.tgt"))
        return;
    if (person || has_person) {
        judge_state(c, person, person_name(c));
        judge_person_flags(c, person, person_name(c));
    } else if (step_failed(c, "kerberos.self") && !is_unknown(c)) {
        judge_by_code(c, person_name(c));
    }
    if (facts_false(c->facts, "kerberos.tgt.forwardable"))
        judge_connector_flags(c);
    if (c->outcome == OUTCOME_FAIL) {
        evidence_step(c, "kerberos.self");
        evidence_step(c, "kerberos.proxy");
    } else if (step_ok(c, "kerberos.self")) {
        check_pass(c, "nothing forbids to act for %s", person_name(c));
    }
}

void check_group_expansion(struct checking *c) {
    const json_t *person = the_person(c);
    const char *name = connector_name(c);
    if (!facts_at(person, "tggau_readable"))
        return;
    check_pass(c, "%s may read the groups of %s", name, person_name(c));
    if (facts_true(person, "tggau_readable"))
        return;
    bool is_refused = step_failed(c, "kerberos.self") &&
                      !step_failed_with(c, "kerberos.self", KDC_SERVER_UNKNOWN) &&
                      !facts_true(c->facts, "directory.in_waag");
    if (is_refused)
        check_fail(c,
                   "%s may not read which groups %s is in, so that no domain controller makes a "
                   "ticket for them",
                   name, person_name(c));
    else
        check_warn(c,
                   "%s may not read which groups %s is in: for some people there will be no "
                   "ticket",
                   name, person_name(c));
    check_evidence(c, "%s: tokenGroupsGlobalAndUniversal cannot be read as %s",
                   facts_text(person, "dn"), name);
    if (facts_false(c->facts, "directory.in_waag"))
        check_evidence(c,
                       "%s is not in the group S-1-5-32-560 (Windows Authorization Access "
                       "Group)",
                       facts_text(the_connector(c), "dn"));
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "Add-ADGroupMember S-1-5-32-560 -Members %s", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN,
                 "samba-tool group addmembers 'Windows Authorization Access Group' %s",
                 sh(c, name));
}
