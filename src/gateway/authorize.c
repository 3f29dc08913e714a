/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/authorize.h"

#include "connector/login.h"

static bool is_named(struct str entry, const struct identity *who) {
    if (str_index(entry, '@') == entry.n)
        return str_eq_ci(entry, str_of(identity_claim(who, CLAIM_SAM_ACCOUNT_NAME)));
    return str_eq_ci(entry, str_of(who->subject)) || str_eq_ci(entry, str_of(who->principal));
}

bool authorize(const struct config_app *app, const struct identity *who, struct err *e) {
    if (!app->allow_users)
        return true;
    for (size_t i = 0; i < app->allow_user_count; i++) {
        struct str entry = str_of(app->allow_users[i]);
        if (entry.n > 0 && is_named(entry, who))
            return true;
    }
    err_set(e, ERR_FORBIDDEN, "%s is not among the allow.users of app %s", who->subject, app->name);
    err_hint(e, "If they should be, add them there and run: kerbgate reload");
    return false;
}
