/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/forget.h"

#include "connector/exchange.h"

#include <stdlib.h>

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

static void owner_of_client(struct buf *out, uint64_t client, const char *address) {
    buf_add(out, STR("client:"));
    buf_add_number(out, client, 10);
    buf_add_all(out, (struct str[]){STR(":"), str_of(address)}, 2);
}

/* What says a body of no bytes is not among it: some back ends wait for one all the same. */
static bool leaves_nothing(const struct message *m) {
    return str_eq(m->method, STR("GET")) && m->body == BODY_NONE && !m->upgrade &&
           !headers_get(&m->headers, STR("If-None-Match")).p &&
           !headers_get(&m->headers, STR("If-Modified-Since")).p;
}

void owner_of_passed(struct buf *out, const struct exchange_request *r) {
    if (r->has_signed_in || !leaves_nothing(r->message))
        owner_of_client(out, r->client, r->activity->client);
}

void connector_forget_client(struct connector *c, uint64_t client, const char *address) {
    struct buf owner;
    buf_init(&owner, POOL_IDENTITY_MAX);
    owner_of_client(&owner, client, address);
    pool_close_idle_of(c->pool, buf_str(&owner));
    buf_fini(&owner);
}

/* Apps whose tickets have the same names stand together, the first of the configuration first. */
static int compare(const void *left, const void *right) {
    const struct config_app *a = *(const struct config_app *const *)left;
    const struct config_app *b = *(const struct config_app *const *)right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    int by = login_compare(a, b);
    return by ? by : a < b ? -1 : 1;
}

bool *forget_prepare(const struct config *config) {
    bool *result = calloc(config->app_count + 1, sizeof *result);
    const struct config_app **apps = calloc(config->app_count + 1, sizeof *apps);
    size_t count = 0;
    for (size_t i = 0; result && apps && i < config->app_count; i++)
        if (config->apps[i].sso == SSO_KERBEROS)
            apps[count++] = &config->apps[i];
    if (count > 0)
        qsort(apps, count, sizeof *apps, compare);
    for (size_t i = 0; i < count; i++)
        result[apps[i] - config->apps] = i == 0 || apps[i]->account != apps[i - 1]->account ||
                                         login_compare(apps[i], apps[i - 1]) != 0;
    if (!apps) {
        free(result);
        return NULL;
    }
    free(apps);
    return result;
}

static void forget_login(struct connector *c, const struct config_app *app,
                         const struct identity *who, struct buf *owner) {
    size_t account = config_account_of(c->config, app);
    struct login login;
    struct err ignored; /* then there is no ticket either */
    if (!login_of(app, who, config_account_realm(c->config, account), &login, &ignored))
        return;
    login.account = (uint8_t)account;
    if (c->tickets && c->has_own_names[app - c->config->apps])
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
