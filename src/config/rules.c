/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include "base/sid.h"

#include <sched.h>

static void check_session(const struct config *c, struct findings *f) {
    if (c->session_lifetime_s && c->session_lifetime_s < c->session_idle_s) {
        struct config_mark mark = config_mark_of(c, &c->session_lifetime_s);
        if (!mark.line)
            mark = config_mark_of(c, &c->session_idle_s);
        findings_error(f, mark,
                       "gateway.session: lifetime (%llds) is shorter than idle_timeout (%llds)",
                       (long long)c->session_lifetime_s, (long long)c->session_idle_s);
    }
}

static void check_accounts(const struct config *c, struct findings *f) {
    if (c->user && c->broker_user && strcmp(c->user, c->broker_user) == 0)
        findings_error(f, config_mark_of(c, &c->broker_user),
                       "gateway.run_as.broker_user: the account that holds the keytab must not be "
                       "the one that serves HTTP");
}

/* Two of one principal would have one keytab in memory. */
static void check_principals(const struct config *c, struct findings *f) {
    const struct config_kerberos *k = &c->kerberos;
    for (size_t i = 0; i < k->account_count; i++) {
        const struct config_account *a = &k->accounts[i];
        const char *const *same_name = NULL, *const *same = NULL;
        if (a->principal && k->principal && strcmp(a->principal, k->principal) == 0)
            same = (const char *const *)&k->principal;
        for (size_t j = 0; j < i; j++) {
            const struct config_account *b = &k->accounts[j];
            if (a->name && b->name && strcmp(a->name, b->name) == 0)
                same_name = (const char *const *)&b->name;
            if (a->principal && b->principal && strcmp(a->principal, b->principal) == 0)
                same = (const char *const *)&b->principal;
        }
        if (same_name)
            findings_error(f, config_mark_of(c, &a->name),
                           "connector.kerberos.accounts.name: %s is the name of the account in "
                           "line %u too",
                           quote(str_of(a->name)).text, config_mark_of(c, same_name).line);
        if (same)
            findings_error(f, config_mark_of(c, &a->principal),
                           "connector.kerberos.accounts.principal: %s is in line %u already",
                           quote(str_of(a->principal)).text, config_mark_of(c, same).line);
    }
}

/* Each account asks the directory of its own domain for names; one that only another domain has
 * would stop all its tickets. */
static void check_groups(const struct config *c, struct findings *f) {
    const struct config_kerberos *k = &c->kerberos;
    for (size_t i = 0; k->account_count > 0 && i < k->deny_group_count; i++) {
        struct sid sid;
        uint32_t rid;
        const char *name = k->deny_groups[i];
        if (name && !sid_parse(str_of(name), &sid) && !sid_rid_of_group(str_of(name), &rid))
            findings_error(f, config_mark_of(c, &k->deny_groups[i]),
                           "connector.kerberos.deny_groups: with connector.kerberos.accounts a "
                           "denied group has to be a SID, or a name that every domain has; %s is "
                           "neither",
                           quote(str_of(name)).text);
    }
}

static void use_spns_of_apps(struct config *c, struct findings *f) {
    if (load_field(c, &c->kerberos.allow_spns))
        return;
    c->kerberos.allow_spns = arena_array(&c->arena, c->app_count, sizeof(char *));
    if (!c->kerberos.allow_spns) {
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
        return;
    }
    for (size_t i = 0; i < c->app_count; i++)
        if (c->apps[i].spn)
            c->kerberos.allow_spns[c->kerberos.allow_spn_count++] = c->apps[i].spn;
}

static unsigned processors(void) {
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > 256 ? 256 : (unsigned)n;
}

void rules_apply(struct config *c, struct findings *f) {
    c->kerberos.present =
        load_field(c, &c->kerberos.keytab) || load_field(c, &c->kerberos.principal);
    rules_gateway(c, f);
    rules_pages(c, f);
    check_session(c, f);
    check_accounts(c, f);
    check_principals(c, f);
    check_groups(c, f);
    rules_providers(c, f);
    rules_fill_access(c, f);
    rules_apps(c, f);
    use_spns_of_apps(c, f);
    rules_home(c, f);
    rules_fill_apps(c, f);
    rules_fill_headers(c, f);
    if (c->threads == 0)
        c->threads = processors();
}
