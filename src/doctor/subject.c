/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/subject.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "broker/examine.h"
#include "broker/sign_in.h"
#include "config/wildcard.h"
#include "connector/authorize.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_BYTES = 1024 };

static const char *const SSO[] = {
    [SSO_KERBEROS] = "kerberos", [SSO_HEADERS] = "headers", [SSO_NONE] = "none"};

static const char *const NAME_TYPES[] = {
    [BROKER_NAME_PRINCIPAL] = "principal",
    [BROKER_NAME_ENTERPRISE] = "enterprise",
    [BROKER_NAME_OWN] = "own",
    [BROKER_NAME_EVIDENCE] = "principal",
    [BROKER_NAME_ACCOUNT] = "account",
    [BROKER_NAME_SID] = "sid",
    [BROKER_NAME_CERTIFICATE] = "certificate",
};

static json_t *url_text(const struct url *u) {
    char text[2048];
    snprintf(text, sizeof text, "%.*s%.*s", STR_ARG(u->origin), STR_ARG(u->path));
    return json_text(str_of(text));
}

static json_t *users(const struct config_app *app) {
    if (!app->allow.users)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < app->allow.user_count; i++)
        json_array_append_new(list, json_text(str_of(app->allow.users[i])));
    return list;
}

static void set_bool(json_t *o, const char *key, bool value) {
    json_object_set_new(o, key, json_boolean(value));
}

static void set_text(json_t *o, const char *key, const char *value) {
    json_set_text(o, key, str_of(value));
}

/* Whose sign-in is tried: the form's, which proves names to the domain, where there is one. */
static const struct config_provider *provider_of(const struct config_app *app) {
    const struct config_provider *form = config_app_provider_of(app, PROVIDER_FORM);
    for (size_t i = 0; !form && i < app->provider_count; i++)
        if (app->providers[i]->type != PROVIDER_NEGOTIATE)
            return app->providers[i];
    return form || app->provider_count == 0 ? form : app->providers[0];
}

/* Whether the domain itself proves who somebody is. */
static bool is_of_domain(const struct config_provider *p) {
    return p->type == PROVIDER_FORM || p->type == PROVIDER_NEGOTIATE;
}

void subject_app(json_t *facts, const struct config *config, const struct config_app *app) {
    json_t *o = json_object();
    struct str realm = config_account_realm(config, config_account_of(config, app));
    set_text(o, "name", app->name);
    json_object_set_new(o, "external_url", url_text(&app->external));
    json_object_set_new(o, "internal_url", url_text(&app->internal));
    set_text(o, "spn", app->spn);
    set_text(o, "sso", SSO[app->sso]);
    set_text(o, "ticket",
             app->uses_own_ticket      ? "own"
             : login_needs_person(app) ? "evidence"
                                       : "delegated");
    set_text(o, "token", app->token == TOKEN_SPNEGO ? "spnego" : "krb5");
    set_text(o, "negotiate", app->waits_for_challenge ? "on_challenge" : "preemptive");
    set_text(o, "authenticate", app->authenticates_connection ? "connection" : "request");
    set_text(o, "host_header", app->host_header == HOST_EXTERNAL ? "external" : "internal");
    const struct config_provider *provider = provider_of(app);
    set_text(o, "pre_authentication", provider ? provider->name : "passthrough");
    if (provider)
        set_text(o, "provider", is_of_domain(provider) ? "form" : "other");
    if (app->sso == SSO_KERBEROS) {
        json_set_text(o, "realm", realm);
        set_text(o, "claim", login_claim(app));
        set_text(o, "principal",
                 app->account ? app->account->principal : config->kerberos.principal);
    }
    set_bool(o, "wildcard", wildcard_is(app->external.host));
    set_bool(o, "channel_binding", app->binds_channel);
    set_bool(o, "mutual_required", app->is_mutual_required);
    set_bool(o, "maintenance", app->is_in_maintenance);
    json_object_set_new(o, "timeout_ms", json_integer(app->timeout_ms));
    json_object_set_new(o, "ticket_timeout_ms", json_integer(config->kerberos.timeout_ms));
    json_object_set_new(o, "allow_users", users(app));
    json_object_set_new(facts, "app", o);
}

/* What the form would make of what was typed, in the letters in which it was typed; a name of
 * another realm is one as it stands. */
static bool form_name(const char *user, struct str realm, char out[NAME_MAX_BYTES]) {
    struct arena arena;
    struct str typed = str_of(user), account;
    size_t slash = str_index(typed, '\\');
    arena_init(&arena, NAME_MAX_BYTES);
    bool is_ours = realm.n && sign_in_normalise(&arena, typed, realm, &account);
    account = slash < typed.n ? str_from(typed, slash + 1) : str_head(typed, str_index(typed, '@'));
    int n = is_ours ? snprintf(out, NAME_MAX_BYTES, "%.*s@%.*s", STR_ARG(account), STR_ARG(realm))
                    : snprintf(out, NAME_MAX_BYTES, "%s", user);
    arena_fini(&arena);
    return n > 0 && n < NAME_MAX_BYTES && strchr(out, '@');
}

/* What a provider elsewhere says it says in its own letters. */
static bool provider_name(const char *user, struct str realm, char out[NAME_MAX_BYTES]) {
    bool is_whole = strchr(user, '@');
    int n = snprintf(out, NAME_MAX_BYTES, "%s%s%.*s", user, is_whole ? "" : "@",
                     is_whole ? 0 : (int)realm.n, realm.n ? realm.p : "");
    return n > 0 && n < NAME_MAX_BYTES;
}

/* Realms are in capitals; other suffixes are UPNs, which a domain controller looks up. */
static bool is_principal(const char *name) {
    for (const char *at = strrchr(name, '@'); *at; at++) {
        if (*at >= 'a' && *at <= 'z')
            return false;
    }
    return true;
}

/* As it would be after this person has signed in. The form delivers three claims and no other, and
 * the domain has proven the name; another provider's names are to be looked up, and a claim of the
 * app's own has what was typed for its value. */
bool subject_sign_in(const struct config *config, const struct config_app *app, const char *user,
                     struct identity *out) {
    char principal[NAME_MAX_BYTES];
    const struct config_provider *provider = provider_of(app);
    bool is_form = !provider || is_of_domain(provider);
    struct str realm = provider && provider->realm
                           ? str_of(provider->realm)
                           : config_account_realm(config, config_account_of(config, app));
    if (!(is_form ? form_name : provider_name)(user, realm, principal))
        return false;
    const char *at = strchr(principal, '@'), *claim = login_claim(app);
    json_t *claims = json_object();
    set_text(claims, CLAIM_UPN, principal);
    set_text(claims, CLAIM_ON_PREMISES_UPN, principal);
    json_set_text(claims, CLAIM_SAM_ACCOUNT_NAME, str_n(principal, (size_t)(at - principal)));
    if (claim && !is_form && !json_object_get(claims, claim))
        set_text(claims, claim, user);
    char *text = json_dumps(claims, JSON_COMPACT);
    struct identity who = {.provider = provider ? provider->name : NULL,
                           .subject = principal,
                           .principal = is_form && is_principal(principal) ? principal : NULL,
                           .claims = text};
    bool done = text && identity_copy(out, &who);
    free(text);
    json_decref(claims);
    return done;
}

static void tell_error(json_t *person, const struct err *e) {
    json_object_set_new(person, "error", examine_error(e));
}

static json_t *access(const struct config *config, const struct config_app *app,
                      const struct identity *who) {
    static const char *const ANSWERS[] = {
        [AUTHORIZE_NO] = "no", [AUTHORIZE_UNKNOWN] = "unknown", [AUTHORIZE_YES] = "yes"};
    struct authorize_request r = {.config = config,
                                  .app = app,
                                  .who = who,
                                  .method = STR("GET"),
                                  .path = app->external.path,
                                  .wall_s = clock_wall_s(),
                                  .is_sketch = true};
    struct authorized a;
    char rule[1024];
    json_t *o = json_object();
    authorize_explain(&r, &a);
    set_text(o, "answer", ANSWERS[a.answer]);
    if (a.why[0])
        set_text(o, "why", a.why);
    snprintf(rule, sizeof rule, "%s:%u", config->file, a.mark.line);
    if (a.mark.line)
        set_text(o, "rule", rule);
    return o;
}

bool subject_person(json_t *facts, const struct config *config, const struct config_app *app,
                    const char *user, struct login *out) {
    struct identity who;
    struct err e = {.code = ERR_NONE};
    json_t *person = json_object();
    bool done = false;
    set_text(person, "asked", user);
    json_object_set_new(facts, "person", person);
    memset(out, 0, sizeof *out);
    if (!subject_sign_in(config, app, user, &who)) {
        err_set(&e, ERR_KRB_USER_UNKNOWN, "\"%.200s\" cannot be the name of a person", user);
    } else {
        size_t account = config_account_of(config, app);
        set_text(person, "subject", who.subject);
        if (app->provider_count > 0)
            json_object_set_new(person, "access", access(config, app, &who));
        done = login_of(app, &who, config_account_realm(config, account), out, &e);
        out->account = (uint8_t)account;
        identity_fini(&who);
    }
    if (!done) {
        tell_error(person, &e);
        return false;
    }
    set_text(person, "name", out->name);
    set_text(person, "name_type", NAME_TYPES[out->type]);
    return true;
}
