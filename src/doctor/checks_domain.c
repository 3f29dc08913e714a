/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains, domain controllers and trusts: whether all of them can, and agree.
 */
#include "doctor/accounts.h"
#include "doctor/checks.h"

#include <stdlib.h>

enum {
    LEVEL_2012 = 5, /* MS-ADTS 6.1.4.4: resource-based delegation */
    TRUST_IN = 1,
    TRUST_OUT = 2,
    TRUST_QUARANTINED = 4, /* trustAttributes, MS-ADTS 6.1.6.7.9 */
    TRUST_SELECTIVE = 0x10,
    GROUPS_MAX = 1010, /* SIDs that a token of Windows can have */
    HTTP_SYS_MAX = 16384,
};

/* MS-KILE 3.3.5.7.5 */
#define NT_AUTHENTICATION_FIREWALL UINT32_C(0xC0000413)

static void warn_silent(struct checking *c, const json_t *server, const char *trouble) {
    const char *hint = facts_text(server, "error.hint"), *host = facts_text(server, "host"),
               *own = facts_text(server, "root.dns_host_name");
    check_warn(c, "%s could not be asked: %s", host, trouble);
    if (own[0] && !str_eq_ci(str_of(own), str_of(host)))
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "In connector.directory.servers let %s be %s, as it calls itself.",
                     sh(c, host), sh(c, own));
    if (hint[0])
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN, "%s", hint);
}

/* Without the directory the KDCs' answers are all there is to judge by. */
void check_directory(struct checking *c) {
    const json_t *servers = facts_at(c->facts, "directory.servers"), *server;
    const char *why = facts_text(c->facts, "directory.error.detail"),
               *hint = facts_text(c->facts, "directory.error.hint");
    const char *asked = facts_text(c->facts, "kerberos.policy.detail");
    size_t i, good = 0;
    if (strcmp(facts_text(c->facts, "kerberos.policy.error"), "directory") == 0) {
        check_fail(c,
                   "the person's name is one that only the directory knows, and it does not "
                   "answer: %s",
                   asked);
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN, "%s",
                     facts_text(c->facts, "kerberos.policy.hint"));
    }
    if (!facts_at(c->facts, "directory"))
        return;
    json_array_foreach(servers, i, server) {
        const char *trouble = facts_text(server, "error.detail");
        good += !trouble[0];
        /* A KDC of krb5.conf without a directory may be one of a realm that is no domain. */
        if (trouble[0] && (facts_true(server, "is_configured") || facts_at(server, "root")))
            warn_silent(c, server, trouble);
        else if (trouble[0])
            check_unknown(c, "%s could not be asked: %s", facts_text(server, "host"), trouble);
    }
    if (why[0]) {
        check_unknown(c,
                      "the directory could not be asked, so that what it says about accounts is "
                      "not known: %s",
                      why);
        if (hint[0] && c->outcome == OUTCOME_UNKNOWN)
            check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN, "%s", hint);
    } else {
        check_pass(c, "%s answers, signed in as %s", facts_text(c->facts, "directory.server"),
                   connector_name(c));
    }
    if (good && (c->outcome == OUTCOME_UNKNOWN || c->outcome == OUTCOME_WARN))
        check_evidence(c, "%zu of %zu servers of the directory answer", good,
                       json_array_size(servers));
}

void check_level(struct checking *c) {
    const json_t *servers = facts_at(c->facts, "directory.servers"), *server;
    /* What Samba calls its level says nothing of what its KDC can. */
    bool needs_resource =
        !is_samba(c) && (is_other_domain(c) || (is_let_by_resource(c) && !is_listed(c)));
    size_t i, known = 0;
    json_array_foreach(servers, i, server) {
        int64_t level = facts_int(server, "root.dc_functionality", -1);
        known += level >= 0;
        if (level < 0 || level >= LEVEL_2012 || !needs_resource)
            continue;
        if (step_failed_with(c, "kerberos.proxy", KDC_BADOPTION))
            check_fail(c,
                       "the domain controller %s is of a level before Windows Server 2012, and "
                       "knows nothing of resource-based delegation",
                       facts_text(server, "host"));
        else
            check_warn(c,
                       "the domain controller %s is of a level before Windows Server 2012: "
                       "resource-based delegation fails whenever it is asked",
                       facts_text(server, "host"));
        check_evidence(c, "%s: domainControllerFunctionality = %lld", facts_text(server, "host"),
                       (long long)level);
        check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                     "Upgrade %s, or take it out of the domain; on Samba, raise what it offers "
                     "(ad dc functional level in smb.conf).",
                     facts_text(server, "host"));
    }
    if (known)
        check_pass(c, "%s",
                   needs_resource
                       ? "every domain controller knows resource-based delegation"
                       : "no new kind of delegation is needed of the domain controllers");
}

static const char *suffix_of(const struct checking *c) {
    const char *name = facts_text(c->facts, "person.name"), *at = strrchr(name, '@');
    return at ? at + 1 : "";
}

/* The trust to this realm; NULL: there is none. */
static const json_t *trust_to(const struct checking *c, const char *realm) {
    const json_t *trusts = facts_at(c->facts, "directory.trusts"), *trust;
    size_t i;
    json_array_foreach(trusts, i, trust) {
        if (str_eq_ci(str_of(facts_text(trust, "name")), str_of(realm)) ||
            str_eq_ci(str_of(facts_text(trust, "flat_name")), str_of(realm)))
            return trust;
    }
    return NULL;
}

static void remedy_trust(struct checking *c, const char *realm) {
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "netdom trust %s /domain:%s /twoway /add",
                 ps(c, facts_text(c->facts, "directory.realm")), ps(c, realm));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN,
                 "samba-tool domain trust create %s --type=forest --direction=both", sh(c, realm));
}

static bool is_kdc_policy(const struct checking *c, const char *step) {
    return step_failed_with(c, step, KDC_POLICY);
}

static void judge_selective(struct checking *c, const json_t *trust) {
    const char *name = facts_text(trust, "name");
    bool is_refused = is_kdc_policy(c, "kerberos.self") || is_kdc_policy(c, "kerberos.proxy");
    if (!(facts_int(trust, "attributes", 0) & TRUST_SELECTIVE))
        return;
    if (is_refused)
        check_fail(c, "the trust to %s authenticates selectively, and this account is not let in",
                   name);
    else
        check_warn(c,
                   "the trust to %s authenticates selectively: each account of it needs a right "
                   "on the application's account",
                   name);
    check_evidence(c, "%s: trustAttributes = 0x%llx has CROSS_ORGANIZATION (0x10)",
                   facts_text(trust, "dn"), (long long)facts_int(trust, "attributes", 0));
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Give the people the right \"Allowed to authenticate\" on the account of %s and "
                 "on that of the connector (Active Directory Users and Computers, Security), or "
                 "let the trust authenticate the whole forest.",
                 spn_of(c));
}

static void judge_direction(struct checking *c, const json_t *trust) {
    int64_t direction = facts_int(trust, "direction", 0);
    const char *name = facts_text(trust, "name");
    if (direction == (TRUST_IN | TRUST_OUT) || (step_ok(c, "kerberos.self") && is_ticket_given(c)))
        return;
    check_fail(c,
               "the trust to %s is one way (%s): delegation needs one that goes both ways, "
               "because each side has to refer to the other",
               name, direction == TRUST_IN ? "they trust us" : "we trust them");
    check_evidence(c, "%s: trustDirection = %lld", facts_text(trust, "dn"), (long long)direction);
    remedy_trust(c, name);
}

void check_trusts(struct checking *c) {
    const char *ours = facts_text(c->facts, "directory.realm"), *theirs = suffix_of(c);
    const json_t *trust = trust_to(c, theirs);
    unsigned status = (unsigned)facts_int(c->facts, "kerberos.proxy.nt_status", 0);
    if (!facts_at(c->facts, "directory.trusts"))
        return;
    if (trust) {
        check_pass(c, "there is a trust to %s", theirs);
        judge_direction(c, trust);
        judge_selective(c, trust);
    } else if (foreign_realm(c) && step_failed_with(c, "kerberos.self", KDC_SERVER_UNKNOWN)) {
        check_fail(c, "%s has no trust that leads to %s, the realm of the person", ours, theirs);
        remedy_trust(c, theirs);
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "Or give kerbgate an account of that realm (connector.kerberos.accounts), and "
                     "name it in the app's sso.account: the application has to be of it, too.");
    } else if (status == NT_AUTHENTICATION_FIREWALL) {
        check_fail(c, "a trust on the way authenticates selectively, and refuses");
    } else if (is_kdc_policy(c, "kerberos.proxy") && is_other_domain(c)) {
        check_fail(c,
                   "the domain controllers refuse to delegate across %s and %s: no trust leads "
                   "there that allows it, or connector, person and application are spread over "
                   "forests in a way that is not supported",
                   ours, facts_text(the_target(c), "realm"));
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "Set up a connector with an account of the application's own forest "
                     "(connector.kerberos.accounts), and name it in the app's sso.account.");
    }
    if (c->outcome == OUTCOME_FAIL) {
        evidence_step(c, "kerberos.self");
        evidence_step(c, "kerberos.proxy");
    }
}

/* Whether this domain controller has what the first one has. */
static bool is_listed_at(const struct checking *c, const json_t *server) {
    return facts_has(server, "connector.delegates_to", spn_of(c));
}

static size_t owners_at(const json_t *server) {
    return json_array_size(facts_at(server, "target"));
}

static bool is_uac_same(const struct checking *c, const json_t *server) {
    unsigned ours = (unsigned)facts_int(the_connector(c), "uac", 0),
             theirs = (unsigned)facts_int(server, "connector.uac", ours);
    return !((ours ^ theirs) & (UAC_ANY_PROTOCOL | UAC_DISABLED | UAC_SENSITIVE));
}

static void compare(struct checking *c, const json_t *server, const char *first) {
    const char *host = facts_text(server, "host");
    const char *what = NULL;
    if (facts_at(server, "connector.delegates_to") && is_listed(c) != is_listed_at(c, server))
        what = "whether the SPN is in the connector's list";
    else if (!is_uac_same(c, server))
        what = "the flags of the connector's account";
    else if (facts_at(server, "target") && (int)owners_at(server) != target_count(c))
        what = "which accounts have the SPN";
    if (!what)
        return;
    if (is_ticket_given(c))
        check_warn(c, "the domain controllers %s and %s do not agree on %s", first, host, what);
    else
        check_fail(c,
                   "the domain controllers %s and %s do not agree on %s: which one is asked "
                   "decides",
                   first, host, what);
    check_evidence(c, "%s: userAccountControl 0x%llx, SPN %s in the list, on %d accounts", first,
                   (long long)facts_int(the_connector(c), "uac", 0), is_listed(c) ? "is" : "is not",
                   target_count(c));
    check_evidence(c, "%s: userAccountControl 0x%llx, SPN %s in the list, on %zu accounts", host,
                   (long long)facts_int(server, "connector.uac", 0),
                   is_listed_at(c, server) ? "is" : "is not", owners_at(server));
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "repadmin /syncall /AdeP");
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool drs replicate %s %s %s", sh(c, host),
                 sh(c, first), sh(c, facts_text(c->facts, "directory.base")));
}

/* Everything is as it has to be, and a domain controller refuses all the same. */
static bool is_unexplained(const struct checking *c) {
    const json_t *us = the_connector(c);
    return step_failed_with(c, "kerberos.proxy", KDC_BADOPTION) && us && is_listed(c) &&
           has_uac(us, UAC_ANY_PROTOCOL) && is_person_free(c) && target_count(c) == 1 &&
           !has_uac(the_target(c), UAC_NO_PAC) && !is_other_domain(c) &&
           !has_uac(us, UAC_SENSITIVE) && !facts_true(us, "token_groups.protected") &&
           !has_uac(facts_at(c->facts, "directory.krbtgt"), UAC_SENSITIVE);
}

void check_replication(struct checking *c) {
    const json_t *servers = facts_at(c->facts, "directory.servers"), *server;
    const char *first = facts_text(c->facts, "directory.server");
    size_t i, compared = 0;
    json_array_foreach(servers, i, server) {
        if (!facts_at(server, "connector"))
            continue;
        compared++;
        compare(c, server, first);
    }
    if (c->outcome == OUTCOME_NONE && is_unexplained(c)) {
        check_fail(c,
                   "in the directory at %s everything is as it has to be, and the domain "
                   "controller %s refuses: it has not heard of a change yet",
                   first, facts_text(c->facts, "kerberos.proxy.kdc"));
        evidence_step(c, "kerberos.proxy");
        check_evidence(c, "%s: changed %s", facts_text(the_connector(c), "dn"),
                       time_text(c, facts_int(the_connector(c), "when_changed", 0)));
        check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "repadmin /syncall /AdeP");
        check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                     "Wait for the domain controllers to replicate (a quarter of an hour between "
                     "sites and more), and try again.");
    }
    if (compared)
        check_pass(c, "%zu domain controllers agree", compared + 1);
}

void check_other_connectors(struct checking *c) {
    if (the_connector(c))
        check_pass(c, "this gateway's connector is looked at; where others serve the application, "
                      "type the same on each of them");
}

void check_right_client(struct checking *c) {
    const char *error = facts_text(c->facts, "kerberos.self.error");
    const char *proxy = facts_text(c->facts, "kerberos.proxy.error");
    const json_t *found = facts_at(c->facts, "directory.person");
    if (step_ok(c, "kerberos.self") && facts_text(c->facts, "kerberos.self.client")[0])
        check_pass(c, "the ticket is of %s", facts_text(c->facts, "kerberos.self.client"));
    if ((strcmp(error, "krb-wrong-client") != 0 && strcmp(proxy, "krb-wrong-client") != 0) ||
        json_array_size(found) > 1)
        return;
    bool is_self = strcmp(error, "krb-wrong-client") == 0;
    const char *step = is_self ? "kerberos.self" : "kerberos.proxy";
    check_fail(c, "%s", facts_text(facts_at(c->facts, step), "detail"));
    evidence_step(c, step);
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Either the domain controller that answered knows nothing of S4U and took the "
                 "connector for the person, or an account has another one's name as its "
                 "userPrincipalName, or something between changes the answers. kerbgate trace "
                 "shows who answered what.");
}

void check_token_size(struct checking *c) {
    const json_t *person = the_person(c);
    int64_t count = facts_int(person, "token_groups.count", 0),
            foreign = facts_int(person, "token_groups.foreign", 0),
            token = facts_int(c->facts, "kerberos.proxy.ticket.token_size", 0);
    if (!person || !facts_at(person, "token_groups"))
        return;
    /* Microsoft's estimate: 40 bytes a group of another domain, 8 one of the own. */
    int64_t estimate = 1200 + 40 * foreign + 8 * (count - foreign);
    check_pass(c, "%s is in %lld groups: a ticket of about %lld bytes", person_name(c),
               (long long)count, (long long)estimate);
    if (count > GROUPS_MAX)
        check_warn(c,
                   "%s is in %lld groups, and a server of Windows refuses who is in more than "
                   "%d",
                   person_name(c), (long long)count, GROUPS_MAX);
    else if (token > HTTP_SYS_MAX || (!token && estimate * 4 / 3 > HTTP_SYS_MAX))
        check_warn(c,
                   "%s is in %lld groups: the token is larger than IIS takes if nobody allowed "
                   "more (16 KB)",
                   person_name(c), (long long)count);
    if (c->outcome != OUTCOME_WARN)
        return;
    check_evidence(c,
                   "%s: tokenGroups has %lld, %lld of them of other domains; estimate 1200 + 40 "
                   "x %lld + 8 x %lld = %lld bytes",
                   facts_text(person, "dn"), (long long)count, (long long)foreign,
                   (long long)foreign, (long long)(count - foreign), (long long)estimate);
    if (token)
        check_evidence(c, "the Authorization header of the ticket that came has about %lld bytes",
                       (long long)token);
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "Take the person out of groups, or let the server take larger headers: IIS "
                 "MaxFieldLength and MaxRequestBytes (HKLM\\System\\CurrentControlSet\\Services\\"
                 "HTTP\\Parameters), Apache LimitRequestFieldSize, nginx "
                 "large_client_header_buffers.");
}
