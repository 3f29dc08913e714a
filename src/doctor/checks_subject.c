/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"

void check_one_host(struct checking *c) {
    if (!facts_true(c->facts, "app.wildcard"))
        return;
    check_unknown(c, "%s is for many hosts: name one of them, with --host",
                  facts_text(c->facts, "app.external_url"));
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "kerbgate doctor --host HOST --user USER");
}

static void check_maintenance(struct checking *c, const char *app) {
    if (!facts_true(c->facts, "app.maintenance"))
        return;
    check_fail(c, "the app %s is in maintenance: nobody is let in", app);
    check_evidence(c, "kerbgate.yaml: apps, %s: maintenance: on", app);
    check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "maintenance: off");
}

/* The answer is that of connector/authorize.c. */
void check_allowed(struct checking *c) {
    const char *answer = facts_text(c->facts, "person.access.answer"),
               *why = facts_text(c->facts, "person.access.why"),
               *rule = facts_text(c->facts, "person.access.rule");
    const char *app = facts_text(c->facts, "app.name"),
               *who = facts_text(c->facts, "person.subject");
    check_maintenance(c, app);
    if (!who[0])
        return;
    if (strcmp(answer, "no") == 0) {
        check_fail(c, "%s may not use the app %s: %s", who, app, why);
        check_evidence(c, "%s", rule);
        if (strcmp(why, "not among allow.users") == 0)
            check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "allow: { users: [%s] }",
                         yaml(c, who));
        else
            check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                         "If they should be let in, change the allow at %s, and reload.", rule);
    } else if (strcmp(answer, "unknown") == 0) {
        check_unknown(c, "whether %s may use the app %s: %s", who, app, why);
        check_evidence(c, "%s", rule);
        check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN,
                     "kerbgate check --app %s --user %s --claims JSON --from ADDRESS", sh(c, app),
                     sh(c, who));
    }
    check_pass(c, "%s may use the app %s", who, app);
}

void check_claim(struct checking *c) {
    const char *why = facts_text(c->facts, "person.error.detail");
    const char *claim = facts_text(c->facts, "app.claim");
    if (why[0]) {
        check_fail(c, "%s", why);
        check_evidence(c, "the claim %s, taken from \"%s\"", claim,
                       facts_text(c->facts, "person.asked"));
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
                     "sso: { login_identity: on_premises_sam_account_name }");
    } else if (facts_text(c->facts, "person.name")[0]) {
        check_pass(c, "the claim %s makes %s", claim, facts_text(c->facts, "person.name"));
    }
}

static bool is_error(struct checking *c, const char *name) {
    return strcmp(facts_text(c->facts, "kerberos.policy.error"), name) == 0;
}

void check_own_lists(struct checking *c) {
    const char *why = facts_text(c->facts, "kerberos.policy.detail");
    const char *hint = facts_text(c->facts, "kerberos.policy.hint");
    const char *spn = spn_of(c);
    /* Who somebody is, and whether the directory can say, are checks of their own. */
    if (is_error(c, "krb-user-unknown") || is_error(c, "krb-user-ambiguous") ||
        is_error(c, "directory"))
        return;
    if (!why[0]) {
        if (facts_at(c->facts, "kerberos.self"))
            check_pass(c, "the broker may ask for %s, and for this person", spn);
        return;
    }
    check_fail(c, "%s", why);
    check_evidence(c, "the broker refuses before it asks a domain controller: %s",
                   facts_text(c->facts, "kerberos.policy.error"));
    if (is_error(c, "krb-spn-not-allowed"))
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
                     "connector: { kerberos: { allow_spns: [%s] } }", yaml(c, spn));
    if (is_error(c, "krb-user-denied"))
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "If %s is to get tickets all the same: take the entry that is named out of "
                     "deny_users or deny_groups below connector.kerberos in kerbgate.yaml, or the "
                     "account out of that group, and reload.",
                     facts_text(c->facts, "person.name"));
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN, "%s",
                 hint[0] ? hint
                         : "Look at allow_spns, deny_users and deny_groups below "
                           "connector.kerberos in kerbgate.yaml, and reload after a change.");
}

void check_own_ticket(struct checking *c) {
    if (facts_need_person(c->facts))
        check_unknowable(c, "the app's tickets come of each person's own sign-in, which cannot be "
                            "tried without their password or their ticket");
}
