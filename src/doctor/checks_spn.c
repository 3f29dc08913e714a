/* SPDX-License-Identifier: Apache-2.0
 *
 * The application's SPN: on which account it is, and in which state that account.
 */
#include "directory/likeness.h"
#include "doctor/accounts.h"
#include "doctor/checks.h"
#include "doctor/remedies.h"

#include <stdlib.h>

enum { SHOWN_MAX = 6 };

static void show_similar(struct checking *c) {
    const json_t *list = facts_at(c->facts, "directory.similar"), *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        struct str spn = str_of(facts_text(entry, "spn"));
        if (i < SHOWN_MAX)
            check_evidence(c, "%s: servicePrincipalName = \"%s\", which %s",
                           facts_text(entry, "dn"), shown(c, facts_text(entry, "spn")),
                           likeness_text(likeness_of(str_of(spn_of(c)), spn)));
    }
}

/* The one among those that resemble it that was most likely meant: whoever let the connector
 * delegate to one had that one in mind. */
static const json_t *nearest(const struct checking *c, bool *is_listed_one) {
    const json_t *list = facts_at(c->facts, "directory.similar"), *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        *is_listed_one = facts_has(the_connector(c), "delegates_to", facts_text(entry, "spn"));
        if (*is_listed_one)
            return entry;
    }
    return json_array_get(list, 0);
}

/* Whether the account that has the other one is the application's by all appearances: another host
 * of a similar name is another application. */
static bool is_same_host(const struct checking *c, const char *other) {
    struct spn a, b;
    if (likeness_of(str_of(spn_of(c)), str_of(other)) <= LIKENESS_FORM)
        return true;
    return spn_split(str_of(spn_of(c)), &a) && spn_split(str_of(other), &b) &&
           str_eq_ci(str_head(a.host, str_index(a.host, '.')),
                     str_head(b.host, str_index(b.host, '.')));
}

static void remedy_nowhere(struct checking *c) {
    bool is_meant = false;
    const json_t *near = nearest(c, &is_meant);
    const char *spn = spn_of(c), *other = facts_text(near, "spn");
    const char *account = facts_text(near, "account");
    if (is_meant) {
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "sso: { spn: %s }", yaml(c, other));
    } else if (near && is_same_host(c, other)) {
        remedy_spn_add(c, spn, account);
    }
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Register it on the account that the application runs as: setspn -S %s ACCOUNT "
                 "(PowerShell), or samba-tool spn add %s ACCOUNT (Samba). Or the app's sso.spn is "
                 "not what it should be.",
                 ps(c, spn), sh(c, spn));
}

static void judge_nowhere(struct checking *c) {
    check_fail(c, "%s is registered on no account", spn_of(c));
    evidence_step(c, "kerberos.proxy");
    check_evidence(c, "%s: no servicePrincipalName is %s, nor HOST/ of that host",
                   facts_text(c->facts, "directory.server"), spn_of(c));
    show_similar(c);
    remedy_nowhere(c);
    if (facts_false(c->facts, "directory.is_catalogue") &&
        json_array_size(facts_at(c->facts, "directory.domains")) > 1)
        check_evidence(c,
                       "only the domain %s was searched: name the global catalogue in "
                       "connector.directory.servers (port 3268) for the whole forest",
                       facts_text(c->facts, "directory.realm"));
}

/* The SPN as this account writes it. */
static const char *written(const struct checking *c, const json_t *owner) {
    const json_t *spns = facts_at(owner, "spns"), *spn;
    size_t i;
    json_array_foreach(spns, i, spn) {
        if (str_eq_ci(str_of(json_string_value(spn)), str_of(spn_of(c))))
            return json_string_value(spn);
    }
    return spn_of(c);
}

static uint64_t rid_of(const json_t *owner) {
    struct str sid = str_of(facts_text(owner, "sid")), part;
    uint64_t rid = UINT64_MAX;
    while (str_split(&sid, '-', &part))
        if (!str_to_u64(part, UINT32_MAX, &rid))
            rid = UINT64_MAX;
    return rid;
}

/* How much speaks for it that the application runs as this account. */
static int weight(const struct checking *c, const json_t *owner) {
    struct spn spn;
    size_t at;
    if (!spn_split(str_of(spn_of(c)), &spn))
        return 0;
    struct str label = str_head(spn.host, str_index(spn.host, '.'));
    struct str name = str_of(account_name(owner));
    if (str_ends(name, STR("$")))
        name.n--;
    return (has_uac(owner, UAC_DISABLED) ? -8 : 0) + (str_eq_ci(name, label) ? 4 : 0) +
           (str_find(name, label, &at) ? 2 : 0) +
           (strcmp(written(c, owner), spn_of(c)) == 0 ? 1 : 0);
}

static const json_t *likely_owner(const struct checking *c, const json_t *owners) {
    const json_t *owner, *best = NULL;
    size_t i;
    json_array_foreach(owners, i, owner) {
        int more = best ? weight(c, owner) - weight(c, best) : 1;
        if (more > 0 || (more == 0 && rid_of(owner) < rid_of(best)))
            best = owner;
    }
    return best;
}

static void judge_double(struct checking *c, const json_t *owners) {
    const json_t *keep = likely_owner(c, owners), *owner;
    const char *names = "";
    size_t i;
    json_array_foreach(owners, i, owner) {
        const char *more =
            arena_printf(c->arena, "%s%s%s", names, i ? ", " : "", account_name(owner));
        names = more ? more : names;
    }
    if (is_ticket_given(c))
        check_warn(c,
                   "%s is on %zu accounts: %s; tickets fail, or are of the wrong one's key, as "
                   "soon as a domain controller notices",
                   spn_of(c), json_array_size(owners), names);
    else
        check_fail(c,
                   "%s is on %zu accounts: %s; a domain controller cannot know which one is "
                   "meant",
                   spn_of(c), json_array_size(owners), names);
    evidence_step(c, "kerberos.proxy");
    json_array_foreach(owners, i, owner) {
        check_evidence(c, "%s: servicePrincipalName = %s", facts_text(owner, "dn"),
                       written(c, owner));
    }
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Keep it on the account that the application runs as (of an application pool its "
                 "identity; with kernel mode the computer). By the names that is %s. If it is not, "
                 "take it from %s, and not as below.",
                 account_name(keep), account_name(keep));
    json_array_foreach(owners, i, owner) {
        if (owner == keep)
            continue;
        const char *spn = written(c, owner), *name = account_name(owner);
        remedy_spn_delete(c, spn, name);
    }
}

void check_spn_once(struct checking *c) {
    const json_t *owners = facts_at(c->facts, "directory.target");
    bool may_fail = !is_ticket_given(c);
    bool is_refused = step_failed_with(c, "kerberos.proxy", KDC_SERVER_UNKNOWN) ||
                      step_failed_with(c, "kerberos.proxy", KDC_NOT_UNIQUE);
    if (target_count(c) > 1) {
        judge_double(c, owners);
    } else if (target_count(c) == 1) {
        check_pass(c, "%s is on one account: %s", spn_of(c), account_name(the_target(c)));
    } else if (target_count(c) == 0 && the_target(c)) {
        check_pass(c, "%s has no account of its own, and HOST/ of that host is on %s", spn_of(c),
                   account_name(the_target(c)));
    } else if (target_count(c) == 0 && may_fail &&
               (is_refused || !step_failed(c, "kerberos.proxy"))) {
        judge_nowhere(c);
    } else if (target_count(c) < 0 && is_refused) {
        check_unknown(c, "the directory could not be asked which accounts have %s", spn_of(c));
    }
}

static void judge_owner(struct checking *c, const char *name, const char *what) {
    if (is_ticket_given(c))
        check_warn(c,
                   "the account of %s, %s, %s: tickets to it are given, and its server may not "
                   "be able to renew what it works with",
                   spn_of(c), name, what);
    else
        check_fail(c, "the account of %s, %s, %s", spn_of(c), name, what);
    evidence_step(c, "kerberos.proxy");
}

static void judge_state(struct checking *c, const json_t *owner, const char *name) {
    int64_t expires = facts_int(owner, "account_expires", 0);
    if (has_uac(owner, UAC_DISABLED)) {
        judge_owner(c, name, "is disabled");
        evidence_uac(c, owner, UAC_DISABLED, "ACCOUNTDISABLE");
        remedy_enable(c, name);
    }
    if (facts_int(owner, "uac_computed", 0) & UAC_LOCKED) {
        judge_owner(c, name, "is locked out");
        evidence_uac(c, owner, UAC_LOCKED, "LOCKOUT");
        remedy_unlock(c, name);
    }
    if (expires && expires < c->now_s) {
        judge_owner(c, name, "has expired");
        check_evidence(c, "%s: accountExpires = %s", facts_text(owner, "dn"),
                       time_text(c, expires));
        remedy_expiry(c, owner, name);
    }
}

/* Whether a node took the ticket, which is proof that it has the account's key. */
static bool is_taken(const struct checking *c) {
    const json_t *nodes = facts_at(c->facts, "target.nodes"), *node;
    size_t i, taken = 0;
    json_array_foreach(nodes, i, node) {
        int64_t status = facts_int(node, "signed_in.status", 0);
        taken += status >= 200 && status < 400;
    }
    return taken > 0 && taken == json_array_size(nodes);
}

static bool is_refused(const struct checking *c) {
    const json_t *nodes = facts_at(c->facts, "target.nodes"), *node;
    size_t i;
    json_array_foreach(nodes, i, node) {
        if (facts_int(node, "signed_in.status", 0) == 401)
            return true;
    }
    return false;
}

/* The connector's keytab is no application's, unless both run as one account. */
static void judge_own(struct checking *c, const char *name) {
    const char *spn = spn_of(c);
    check_fail(c,
               "%s is on the connector's own account %s, and the application does not take a "
               "ticket of that key",
               spn, name);
    check_evidence(c, "%s: servicePrincipalName = %s", facts_text(the_target(c), "dn"), spn);
    remedy_spn_delete(c, spn, name);
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Then register it on the account that the application runs as: setspn -S %s "
                 "ACCOUNT (PowerShell), or samba-tool spn add %s ACCOUNT (Samba).",
                 ps(c, spn), sh(c, spn));
}

void check_spn_owner(struct checking *c) {
    const json_t *owner = the_target(c);
    if (!owner)
        return;
    const char *name = account_name(owner);
    judge_state(c, owner, name);
    if (is_refused(c) && strcmp(facts_text(owner, "sid"), facts_text(the_connector(c), "sid")) == 0)
        judge_own(c, name);
    if (is_taken(c))
        check_pass(c, "the application takes tickets to %s", name);
    else if (is_ticket_given(c))
        check_unknowable(c,
                         "whether the application runs as %s, whose key the ticket is made "
                         "with, only its server shows: look at the identity of its service or "
                         "application pool",
                         name);
}

void check_pac(struct checking *c) {
    const json_t *owner = the_target(c);
    if (!facts_at(owner, "uac"))
        return;
    const char *name = account_name(owner);
    check_pass(c, "tickets to %s say which groups somebody is in", name);
    if (!has_uac(owner, UAC_NO_PAC))
        return;
    if (step_failed_with(c, "kerberos.proxy", KDC_BADOPTION))
        check_fail(c,
                   "the application's account %s is marked to get tickets without a PAC, and "
                   "without one nobody can be delegated to it",
                   name);
    else
        check_warn(c,
                   "the application's account %s is marked to get tickets without a PAC: the "
                   "application does not learn which groups somebody is in",
                   name);
    evidence_step(c, "kerberos.proxy");
    evidence_uac(c, owner, UAC_NO_PAC, "NO_AUTH_DATA_REQUIRED");
    remedy_uac(c, owner, UAC_NO_PAC);
}
