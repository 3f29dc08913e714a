/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/forget.h"

/* What we show of two people may be the same, as when a provider gives both one name; what it knows
 * them by is not (OpenID Connect Core 5.7). */
void owner_of_person(struct buf *out, const struct identity *who) {
    const struct str all[] = {STR("subject:"), str_of(who->provider), STR(":"),
                              str_of(who->subject)};
    const char *sub = identity_claim(who, "sub");
    buf_add_all(out, all, sizeof all / sizeof *all);
    if (!sub)
        return;
    buf_add_byte(out, 0);
    buf_add(out, str_of(sub));
}

/* Several people may have one login. An app that has tickets alone could not tell them apart; what
 * another is told beside the ticket is said of one of them. */
void owner_of_login(struct buf *out, const struct config_app *app, const struct login *login,
                    const struct identity *who) {
    buf_add(out, STR("login:"));
    buf_add_number(out, login->account, 10);
    buf_add_byte(out, ':');
    buf_add_number(out, login->type, 10);
    buf_add_all(out, (struct str[]){STR(":"), str_of(login->name)}, 2);
    if (app->header_count == 0 && !app->assertion.audience)
        return;
    buf_add_byte(out, 0);
    owner_of_person(out, who);
}

/* Whether an app before this one has its tickets by the same name. */
static bool is_done_before(const struct config *config, const struct config_app *app) {
    for (const struct config_app *a = config->apps; a < app; a++)
        if (a->sso == SSO_KERBEROS && a->account == app->account && login_is_same(a, app))
            return true;
    return false;
}

static void forget_login(struct connector *c, const struct config_app *app,
                         const struct identity *who, struct buf *owner) {
    size_t account = config_account_of(c->config, app);
    struct login login;
    struct err ignored; /* then there is no ticket either */
    if (!login_of(app, who, config_account_realm(c->config, account), &login, &ignored))
        return;
    login.account = (uint8_t)account;
    if (c->tickets && !is_done_before(c->config, app))
        tickets_purge(c->tickets, str_of(login.name));
    owner_of_login(owner, app, &login, who);
}

void connector_forget(struct connector *c, const struct identity *who) {
    struct buf owner;
    buf_init(&owner, POOL_IDENTITY_MAX);
    for (size_t i = 0; i < c->config->app_count; i++) {
        const struct config_app *app = &c->config->apps[i];
        buf_clear(&owner);
        if (app->sso == SSO_KERBEROS)
            forget_login(c, app, who, &owner);
        else if (app->provider_count > 0)
            owner_of_person(&owner, who);
        if (buf_size(&owner) > 0)
            pool_close_idle_of(c->pool, buf_str(&owner));
    }
    buf_fini(&owner);
}

void connector_forget_all(struct connector *c) {
    if (c->tickets)
        tickets_purge(c->tickets, STR_NONE);
    pool_close_idle(c->pool);
}
