/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/policy.h"

struct policy_name policy_name_of(struct str text) {
    size_t slash = str_index(text, '\\');
    /* "alice\@suffix@REALM" is how a UPN inside a principal is written (RFC 1964 2.1.1). */
    if (slash + 1 < text.n && text.p[slash + 1] == '@') {
        struct str suffix = str_from(text, slash + 2);
        return (struct policy_name){.name = str_head(text, slash),
                                    .realm = str_head(suffix, str_index(suffix, '@'))};
    }
    if (slash < text.n)
        return (struct policy_name){.name = str_from(text, slash + 1),
                                    .realm = str_head(text, slash)};
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '@')
        at--;
    if (at == 0)
        return (struct policy_name){.name = text};
    return (struct policy_name){.name = str_head(text, at - 1), .realm = str_from(text, at)};
}

/* A domain's NetBIOS name, in nearly every domain. */
static struct str first_label(struct str realm) { return str_head(realm, str_index(realm, '.')); }

/* Whether two realms may be the same one. No realm on a list means every realm. */
static bool may_be_same_realm(struct str listed, struct str found) {
    return listed.n == 0 || str_eq_ci(listed, found) || str_eq_ci(listed, first_label(found)) ||
           str_eq_ci(first_label(listed), found);
}

/* A domain controller that finds no "host" takes the computer's account "host$" for it. */
static struct str without_dollar(struct str name) {
    return str_ends(name, STR("$")) ? str_head(name, name.n - 1) : name;
}

static bool fits(struct policy_name listed, struct policy_name found) {
    struct str name = without_dollar(found.name);
    return name.n > 0 && str_eq_ci(without_dollar(listed.name), name) &&
           may_be_same_realm(listed.realm, found.realm);
}

/* What an SPN of the configuration may be made of. The list's '*' admits no more: not another realm
 * ('@'), nor an escape (RFC 1964 2.1.1) that makes another name of the text when libkrb5 reads it.
 */
static bool is_plain_spn(struct str spn) {
    for (size_t i = 0; i < spn.n; i++) {
        if (!str_is_alnum(spn.p[i]) && str_index(STR("-_.:/"), spn.p[i]) == 5)
            return false;
    }
    return spn.n > 0;
}

static bool is_listed_spn(const struct config *c, struct str spn) {
    for (size_t i = 0; i < c->kerberos.allow_spn_count; i++) {
        if (str_glob_ci(str_of(c->kerberos.allow_spns[i]), spn))
            return true;
    }
    return false;
}

static bool is_app_spn(const struct config *c, struct str spn) {
    for (size_t i = 0; i < c->app_count; i++) {
        if (c->apps[i].spn && str_eq_ci(str_of(c->apps[i].spn), spn))
            return true;
    }
    return false;
}

bool policy_allows_spn(const struct config *c, struct str spn, struct err *e) {
    bool has_list = c->kerberos.allow_spns != NULL;
    if (is_plain_spn(spn) && (has_list ? is_listed_spn(c, spn) : is_app_spn(c, spn)))
        return true;
    err_set(e, ERR_KRB_SPN_NOT_ALLOWED, "%.*s is not one of the services the connector may ask for",
            STR_ARG(spn));
    err_hint(e, "%s",
             has_list ? "Add it to connector.kerberos.allow_spns if it should be."
                      : "Only the SPNs of the configured apps may be asked for: correct sso.spn.");
    return false;
}

bool policy_allows_user(const struct config_kerberos *c, struct policy_name user, struct err *e) {
    struct policy_name self = policy_name_of(str_of(c->principal));
    if (user.realm.n == 0)
        user.realm = self.realm;
    bool is_ours = fits(self, user);
    for (size_t i = 0; i < c->account_count; i++)
        is_ours = is_ours || fits(policy_name_of(str_of(c->accounts[i].principal)), user);
    if (is_ours)
        return err_set(
            e, ERR_KRB_WRONG_CLIENT,
            "%.*s is an account of the connector itself, which is never anybody's ticket",
            STR_ARG(user.name));
    for (size_t i = 0; i < c->deny_user_count; i++) {
        if (!fits(policy_name_of(str_of(c->deny_users[i])), user))
            continue;
        err_set(e, ERR_KRB_USER_DENIED, "%.*s may not be impersonated: deny_users has \"%s\"",
                STR_ARG(user.name), c->deny_users[i]);
        err_hint(e, "connector.kerberos.deny_users is meant for accounts with great rights.");
        return false;
    }
    return true;
}

bool policy_allows_person(const struct config_kerberos *c, struct str client, struct str realm,
                          const struct pac *pac, struct err *e) {
    struct policy_name name = policy_name_of(client);
    if (name.realm.n == 0)
        name.realm = realm;
    struct policy_name in_domain = {.realm = str_of(pac->netbios)};
    if (in_domain.realm.n)
        in_domain.name = str_of(pac->account);
    return policy_allows_user(c, name, e) &&
           policy_allows_user(c, (struct policy_name){.name = str_of(pac->account), .realm = realm},
                              e) &&
           policy_allows_user(c, in_domain, e) &&
           policy_allows_user(c, policy_name_of(str_of(pac->upn)), e);
}
