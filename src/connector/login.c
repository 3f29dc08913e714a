/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/login.h"

#include <stdio.h>

/* How a login identity is made of a claim. */
struct rule {
    const char *name;  /* as in the configuration */
    const char *claim; /* NULL: the one of the configuration */
    bool is_upn;       /* the whole claim, a user principal name */
    bool is_before_at; /* the part before '@', an account name of the connector's realm */
};

static const struct rule RULES[] = {
    [LOGIN_USER_PRINCIPAL_NAME] = {"user_principal_name", CLAIM_UPN, .is_upn = true},
    [LOGIN_ON_PREMISES_USER_PRINCIPAL_NAME] = {"on_premises_user_principal_name",
                                               CLAIM_ON_PREMISES_UPN, .is_upn = true},
    [LOGIN_USER_PRINCIPAL_USERNAME] = {"user_principal_username", CLAIM_UPN, .is_before_at = true},
    [LOGIN_ON_PREMISES_USER_PRINCIPAL_USERNAME] = {"on_premises_user_principal_username",
                                                   CLAIM_ON_PREMISES_UPN, .is_before_at = true},
    [LOGIN_ON_PREMISES_SAM_ACCOUNT_NAME] = {"on_premises_sam_account_name", CLAIM_SAM_ACCOUNT_NAME},
    [LOGIN_CLAIM_UPN] = {"upn", .is_upn = true},
    [LOGIN_CLAIM_USERNAME] = {"username"},
};

const char *login_claim(const struct config_app *app) {
    const char *claim = RULES[app->login_identity].claim;
    if (app->uses_own_ticket)
        return NULL;
    return claim ? claim : app->login_claim;
}

bool login_is_same(const struct config_app *a, const struct config_app *b) {
    if (a->uses_own_ticket || b->uses_own_ticket)
        return a->uses_own_ticket == b->uses_own_ticket;
    return a->login_identity == b->login_identity && strcmp(login_claim(a), login_claim(b)) == 0;
}

/* Not the characters that would make another name of it in Kerberos' text form (RFC 1964 2.1.1),
 * nor those no account has; blanks at its ends are nothing to a directory (RFC 4518 2.6.1), so that
 * it would find an account by a name that a list of denied users does not have. */
static bool is_plain(struct str s) {
    if (str_trim(s).n != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == '@')
            return false;
    }
    return s.n > 0;
}

static bool is_upn(struct str s) {
    size_t at = str_index(s, '@');
    return at < s.n && is_plain(str_head(s, at)) && is_plain(str_from(s, at + 1));
}

static bool refuse(const struct config_app *app, const struct rule *rule, const char *why,
                   struct err *e) {
    err_set(e, ERR_CLAIM_MISSING,
            "app %s asks for tickets by %s, which comes of the claim \"%s\", and that %s",
            app->name, rule->name, login_claim(app), why);
    err_hint(
        e,
        "Let the identity provider send the claim \"%s\", or choose another sso.login_identity "
        "for app %s. Nothing else is tried in its place.",
        login_claim(app), app->name);
    return false;
}

static bool login_of_own(const struct config_app *app, const struct identity *who,
                         struct login *out, struct err *e) {
    out->type = BROKER_NAME_OWN;
    int length = snprintf(out->name, sizeof out->name, "%s", who->principal ? who->principal : "");
    if (who->principal && length < (int)sizeof out->name)
        return true;
    return err_set(e, ERR_CLAIM_MISSING,
                   "app %s asks for tickets with people's own, and this sign-in was without a "
                   "password",
                   app->name);
}

bool login_of(const struct config_app *app, const struct identity *who, struct str realm,
              struct login *out, struct err *e) {
    const struct rule *rule = &RULES[app->login_identity];
    if (app->uses_own_ticket)
        return login_of_own(app, who, out, e);
    struct str claim = str_of(identity_claim(who, login_claim(app)));
    if (claim.n == 0)
        return refuse(app, rule, "is missing in this sign-in", e);
    bool fits = false;
    if (rule->is_upn && is_upn(claim)) {
        /* A name that the KDC itself has proven is a principal; any other is a name that the
         * directory has to look up. */
        bool is_proven = who->principal && str_eq(claim, str_of(who->principal));
        out->type = is_proven ? BROKER_NAME_PRINCIPAL : BROKER_NAME_ENTERPRISE;
        fits = claim.n < sizeof out->name;
        snprintf(out->name, sizeof out->name, "%.*s", STR_ARG(claim));
    } else if (!rule->is_upn) {
        struct str name = rule->is_before_at ? str_head(claim, str_index(claim, '@')) : claim;
        bool is_whole = !rule->is_before_at || is_upn(claim);
        out->type = BROKER_NAME_PRINCIPAL;
        fits = is_whole && is_plain(name) && name.n + realm.n + 1 < sizeof out->name;
        snprintf(out->name, sizeof out->name, "%.*s@%.*s", STR_ARG(name), STR_ARG(realm));
    }
    return fits || refuse(app, rule,
                          rule->is_upn || rule->is_before_at ? "is not of the form name@domain"
                                                             : "is not an account name",
                          e);
}
