/* SPDX-License-Identifier: Apache-2.0
 *
 * What the connector may: protocol transition, its list, the target's list, and what is between the
 * domains.
 */
#include "directory/likeness.h"
#include "doctor/accounts.h"
#include "doctor/checks.h"
#include "doctor/remedies.h"

#include <stdlib.h>

enum { SHOWN_MAX = 8 };

static bool was_refused(const struct checking *c) {
    return step_failed_with(c, "kerberos.proxy", KDC_BADOPTION);
}

/* What a KDC of Windows adds to its refusal (MS-SFU 3.2.5.2.3): not in the list; no list at all;
 * not let in by the resource. */
enum { NO_MATCH = 0x272, UNSUPPORTED = 0xbb, NOT_FOUND = 0x225 };

static bool refused_as(const struct checking *c, unsigned status) {
    return ((unsigned)facts_int(c->facts, "kerberos.proxy.nt_status", 0) & 0xffff) == status;
}

void check_krbtgt(struct checking *c) {
    const json_t *krbtgt = facts_at(c->facts, "directory.krbtgt");
    if (!facts_at(krbtgt, "uac"))
        return;
    check_pass(c, "the account krbtgt may be delegated");
    if (!has_uac(krbtgt, UAC_SENSITIVE))
        return;
    bool is_why = was_refused(c) && !facts_true(c->facts, "kerberos.self.forwardable");
    if (is_why)
        check_fail(c, "the domain's own account krbtgt is marked \"Account is sensitive and cannot "
                      "be delegated\", so that no ticket of anybody can be delegated");
    else
        check_warn(c, "the domain's own account krbtgt is marked \"Account is sensitive and cannot "
                      "be delegated\": domain controllers of Windows then delegate nobody");
    evidence_uac(c, krbtgt, UAC_SENSITIVE, "NOT_DELEGATED");
    remedy_sensitive(c, "krbtgt");
}

static void remedy_transition(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "Set-ADAccountControl %s -TrustedToAuthForDelegation $true", ps(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool delegation for-any-protocol %s on",
                 sh(c, name));
}

/* MS-SFU 3.2.5.1.2: without the flag, and with a list, the ticket is not forwardable. */
void check_transition(struct checking *c) {
    const json_t *us = the_connector(c);
    const char *name = connector_name(c);
    bool is_bound = facts_false(c->facts, "kerberos.self.forwardable");
    bool by_ticket = was_refused(c) && is_bound && is_person_free(c) &&
                     facts_at(c->facts, "kerberos.self.pac") &&
                     facts_true(c->facts, "kerberos.tgt.forwardable");
    /* Into another domain only the application's own list leads, which needs no transition. */
    bool by_list = lacks_uac(us, UAC_ANY_PROTOCOL) && !is_other_domain(c) &&
                   (is_listed(c) || !is_let_by_resource(c)) &&
                   (json_array_size(facts_at(us, "delegates_to")) || !has_resource_list(c));
    if (facts_need_person(c->facts))
        return;
    if (is_ticket_given(c) && (us || facts_true(c->facts, "kerberos.self.forwardable"))) {
        check_pass(c, "%s may use protocol transition", name);
        return;
    }
    if (us && has_uac(us, UAC_ANY_PROTOCOL)) {
        check_pass(c, "%s may use any authentication protocol", name);
        return;
    }
    if (is_ticket_given(c) || (!by_list && !(by_ticket && !us)))
        return;
    check_fail(c,
               "%s may not use protocol transition: it is trusted \"to use Kerberos only\", or "
               "not at all, and nobody comes to kerbgate with Kerberos",
               name);
    evidence_step(c, "kerberos.proxy");
    if (us)
        evidence_uac(c, us, UAC_ANY_PROTOCOL, "TRUSTED_TO_AUTH_FOR_DELEGATION");
    if (is_bound)
        check_evidence(c, "the ticket of %s to %s is not forwardable", person_name(c), name);
    remedy_transition(c, name);
}

/* Inside of @{} a word needs its quotes. */
static const char *quoted(struct checking *c, const char *text) {
    const char *word = ps(c, text);
    const char *made = word[0] == '\'' ? word : arena_printf(c->arena, "'%s'", word);
    return made ? made : "''";
}

static void remedy_list(struct checking *c, const char *name) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "%s %s -Add @{'msDS-AllowedToDelegateTo'=%s}", set_cmdlet(the_connector(c)),
                 ps(c, name), quoted(c, spn_of(c)));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool delegation add-service %s %s",
                 sh(c, name), sh(c, spn_of(c)));
}

/* All that the way by the connector's own list takes. */
static void remedy_by_list(struct checking *c) {
    remedy_list(c, connector_name(c));
    if (lacks_uac(the_connector(c), UAC_ANY_PROTOCOL))
        remedy_transition(c, connector_name(c));
}

/* What is in the list and could have been meant. */
static const char *nearest(const struct checking *c, enum likeness *how) {
    const json_t *list = facts_at(the_connector(c), "delegates_to"), *spn;
    const char *best = NULL;
    size_t i;
    *how = LIKENESS_NONE;
    json_array_foreach(list, i, spn) {
        enum likeness is = likeness_of(str_of(spn_of(c)), str_of(json_string_value(spn)));
        if (is < *how)
            best = json_string_value(spn);
        *how = is < *how ? is : *how;
    }
    return best;
}

static void show_list(struct checking *c, const json_t *us) {
    const json_t *list = facts_at(us, "delegates_to"), *spn;
    size_t i;
    if (us && !json_array_size(list))
        check_evidence(c, "%s: msDS-AllowedToDelegateTo is empty", facts_text(us, "dn"));
    json_array_foreach(list, i, spn) {
        if (i < SHOWN_MAX)
            check_evidence(c, "%s: msDS-AllowedToDelegateTo = \"%s\"", facts_text(us, "dn"),
                           shown(c, json_string_value(spn)));
    }
    if (json_array_size(list) > SHOWN_MAX)
        check_evidence(c, "and %zu more", json_array_size(list) - SHOWN_MAX);
}

/* Nobody has the SPN of the configuration, and a similar one that somebody has is in the list: the
 * configuration is wrong (check_spn), and the list is not to get longer by its error. */
static bool is_another_meant(const struct checking *c, const json_t *us) {
    const json_t *list = facts_at(c->facts, "directory.similar"), *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        if (facts_has(us, "delegates_to", facts_text(entry, "spn")))
            return target_count(c) == 0;
    }
    return false;
}

void check_list(struct checking *c) {
    const json_t *us = the_connector(c);
    const char *name = connector_name(c), *spn = spn_of(c);
    const char *error = facts_text(c->facts, "kerberos.proxy.error");
    if (!spn[0] || is_other_domain(c))
        return;
    if (facts_at(us, "delegates_to") && is_listed(c)) {
        check_pass(c, "%s may delegate to %s", name, spn);
        return;
    }
    if (is_ticket_given(c)) {
        check_pass(c, "%s gets tickets to %s", name, spn);
        return;
    }
    bool by_resource = is_let_by_resource(c) ||
                       (has_resource_list(c) && !json_array_size(facts_at(us, "delegates_to")));
    bool by_code = !us && was_refused(c) &&
                   (refused_as(c, NO_MATCH) || refused_as(c, UNSUPPORTED)) &&
                   strcmp(error, "krb-not-delegated") == 0;
    if (!us && was_refused(c) && strcmp(error, "krb-not-delegated") == 0)
        check_unknown(c, "the directory did not say what %s may delegate to", name);
    if (by_resource || (!facts_at(us, "delegates_to") && !by_code))
        return;
    if (is_another_meant(c, us))
        return;
    enum likeness how;
    const char *near = nearest(c, &how);
    check_fail(c, "%s is not among the services that %s may delegate to%s%s%s%s", spn, name,
               near ? "; " : "", near ? shown(c, near) : "", near ? " is, which " : "",
               near ? likeness_text(how) : "");
    evidence_step(c, "kerberos.proxy");
    show_list(c, us);
    remedy_list(c, name);
}

/* Whether an entry denies the connector itself. */
static bool is_denied(const struct checking *c, const json_t *target) {
    const json_t *entries = facts_at(target, "rbcd.entries"), *entry;
    const json_t *us = the_connector(c);
    size_t i;
    json_array_foreach(entries, i, entry) {
        const char *sid = facts_text(entry, "sid");
        if (facts_false(entry, "allow") &&
            (strcmp(sid, facts_text(us, "sid")) == 0 || facts_has(us, "groups", sid)))
            return true;
    }
    return false;
}

/* " -Server far.example": whose domain controllers know the account, which another domain may have
 * by the same name; "" within one domain. */
static const char *server_of(struct checking *c, const json_t *account) {
    if (!is_other_domain(c))
        return "";
    const char *made = arena_printf(c->arena, " -Server %s", ps(c, facts_text(account, "realm")));
    return made ? made : "";
}

static void remedy_resource(struct checking *c, const json_t *target) {
    const json_t *us = the_connector(c);
    const char *name = connector_name(c), *theirs = account_name(target);
    const char *there = server_of(c, target), *here = server_of(c, us);
    /* The cmdlet replaces the list, so those that are in it are given back. */
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                 "$target = %s %s%s -Properties PrincipalsAllowedToDelegateToAccount\n"
                 "%s %s%s -PrincipalsAllowedToDelegateToAccount "
                 "(@($target.PrincipalsAllowedToDelegateToAccount) + (%s %s%s))",
                 get_cmdlet(target), ps(c, theirs), there, set_cmdlet(target), ps(c, theirs), there,
                 get_cmdlet(us), ps(c, name), here);
    if (is_other_domain(c)) {
        check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                     "samba-tool finds accounts of its own domain alone, and domain controllers of "
                     "Samba do not go by that list: there let application and connector be of one "
                     "domain.");
        return;
    }
    if (is_denied(c, target))
        check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool delegation del-principal %s %s",
                     sh(c, theirs), sh(c, name));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool delegation add-principal %s %s",
                 sh(c, theirs), sh(c, name));
}

static void show_resource(struct checking *c, const json_t *target) {
    const json_t *entries = facts_at(target, "rbcd.entries"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry) {
        const char *account = facts_text(entry, "account");
        if (i < SHOWN_MAX)
            check_evidence(c, "%s: msDS-AllowedToActOnBehalfOfOtherIdentity %s %s (%s)",
                           facts_text(target, "dn"),
                           facts_true(entry, "allow") ? "allows" : "denies",
                           account[0] ? account : "somebody", facts_text(entry, "sid"));
    }
    if (facts_at(target, "rbcd.entries") && !json_array_size(entries))
        check_evidence(c, "%s: msDS-AllowedToActOnBehalfOfOtherIdentity is not set",
                       facts_text(target, "dn"));
}

void check_resource(struct checking *c) {
    const json_t *target = the_target(c);
    if (is_ticket_given(c) && is_let_by_resource(c))
        check_pass(c, "%s lets %s act for people", account_name(target), connector_name(c));
    if (!target && !the_connector(c) && was_refused(c) && refused_as(c, NOT_FOUND)) {
        check_fail(c, "the application's account does not let %s act for people",
                   connector_name(c));
        evidence_step(c, "kerberos.proxy");
        check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                     "On the account that has %s: Set-ADUser or Set-ADComputer ACCOUNT "
                     "-PrincipalsAllowedToDelegateToAccount with %s and all who are to stay "
                     "(PowerShell), or samba-tool delegation add-principal ACCOUNT %s (Samba).",
                     spn_of(c), connector_name(c), connector_name(c));
    }
    if (is_ticket_given(c) || !target || is_listed(c))
        return;
    if (facts_false(target, "rbcd.readable")) {
        check_unknown(c, "%s may not read whom %s lets act for people", connector_name(c),
                      account_name(target));
        return;
    }
    if (!has_resource_list(c) || is_let_by_resource(c))
        return;
    check_fail(c,
               is_denied(c, target) ? "%s denies %s to act for people"
                                    : "%s lets others act for people, and %s is not among them",
               account_name(target), connector_name(c));
    evidence_step(c, "kerberos.proxy");
    show_resource(c, target);
    /* Either is enough, and both would be a right too many. */
    if (is_samba(c) && !is_other_domain(c))
        remedy_by_list(c);
    else
        remedy_resource(c, target);
}

/* The two ways, and which of them there can be at all. */
void check_model(struct checking *c) {
    const json_t *target = the_target(c), *us = the_connector(c);
    if (!target || !us)
        return;
    if (is_other_domain(c)) {
        const char *ours = facts_text(us, "realm"), *theirs = facts_text(target, "realm");
        check_pass(c, "%s is of another domain than %s, and lets it act", account_name(target),
                   connector_name(c));
        if (is_ticket_given(c) || is_let_by_resource(c))
            return;
        check_fail(c,
                   "the connector is of %s and the application of %s: the connector's own list "
                   "does not lead into another domain, only the application's account can let "
                   "it in",
                   ours, theirs);
        evidence_step(c, "kerberos.proxy");
        show_resource(c, target);
        remedy_resource(c, target);
        return;
    }
    check_pass(c, "connector and application are of the same domain");
    if (!was_refused(c) || is_listed(c) || !is_let_by_resource(c))
        return;
    check_fail(c,
               "%s lets %s act for people, but this domain controller does not go by that "
               "(resource-based delegation)%s",
               account_name(target), connector_name(c),
               is_samba(c) ? ", as those of Samba do not" : "");
    evidence_step(c, "kerberos.proxy");
    show_resource(c, target);
    show_list(c, us);
    remedy_by_list(c);
}
