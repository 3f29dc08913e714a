/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include "config/nearest.h"
#include "config/value.h"
#include "config/wildcard.h"

struct config_mark rules_mark(const struct app_rule *r, const void *field) {
    struct config_mark mark = config_mark_of(r->c, field);
    return mark.line ? mark : r->app->mark;
}

bool rules_is_given(const struct app_rule *r, const void *field) {
    return load_field(r->c, field) != NULL;
}

bool rules_is_right(const struct app_rule *r, const void *field) {
    const struct config_field *entry = load_field(r->c, field);
    return entry && !entry->is_wrong;
}

bool rules_is_same_place(const struct url *a, const struct url *b) {
    return a->port == b->port && wildcard_meets(a->host, b->host);
}

static void check_unique(const struct app_rule *r) {
    for (const struct config_app *other = r->c->apps; other < r->app; other++) {
        if (r->app->name && other->name && strcmp(r->app->name, other->name) == 0)
            findings_error(r->f, rules_mark(r, &r->app->name),
                           "apps.name: %s is the name of the app in line %u too",
                           quote(str_of(r->app->name)).text, other->mark.line);
        if (rules_is_right(r, &r->app->external) && rules_is_right(r, &other->external) &&
            r->app->external.port == other->external.port &&
            str_eq(r->app->external.host, other->external.host) &&
            str_eq(r->app->external.path, other->external.path))
            findings_error(r->f, rules_mark(r, &r->app->external),
                           "apps.external_url: the app in line %u has this address too",
                           other->mark.line);
    }
}

static void check_external(const struct app_rule *r) {
    const struct url *url = &r->app->external;
    if (!rules_is_right(r, url))
        return;
    if (!str_eq(url->scheme, STR("https")))
        findings_error(r->f, rules_mark(r, url),
                       "apps.external_url: people reach kerbgate by TLS alone, expected https://");
    if (str_starts(url->path, STR("/.kerbgate/")))
        findings_error(r->f, rules_mark(r, url),
                       "apps.external_url: kerbgate's own pages are under /.kerbgate/, expected "
                       "another path");
}

static void check_internal(const struct app_rule *r) {
    const struct url *url = &r->app->internal;
    if (!rules_is_right(r, url))
        return;
    bool is_http = str_eq(url->scheme, STR("http"));
    const void *given = rules_is_given(r, &r->app->backend_ca)     ? &r->app->backend_ca
                        : rules_is_given(r, &r->app->backend_name) ? &r->app->backend_name
                                                                   : NULL;
    if (is_http && given)
        findings_error(r->f, rules_mark(r, given),
                       "apps.backend_tls: internal_url is http, there is no certificate to "
                       "verify; expected an internal_url with https");
}

/* Whether whoever `wide` lets in would be let in by `narrow` as well. */
static bool is_as_strict(const struct config_app *wide, const struct config_app *narrow) {
    bool is_open = !config_allow_is_given(&narrow->allow) && !narrow->rules;
    bool has_all = wide->provider_count > 0;
    for (size_t i = 0; i < wide->provider_count; i++)
        has_all &= config_app_has(narrow, wide->providers[i]);
    return narrow->provider_count == 0 ||
           (has_all && (is_open || rules_is_same_allow(wide, narrow)));
}

static void check_providers(const struct app_rule *r) {
    const struct config_app *app = r->app;
    for (size_t i = 0; rules_is_right(r, &app->providers) && i < app->provider_count; i++)
        for (size_t k = 0; k < i; k++)
            if (app->providers[i] == app->providers[k])
                findings_error(r->f, rules_mark(r, &app->providers[i]),
                               "apps.pre_authentication: %s is in the list already",
                               app->providers[i]->name);
            else if (app->providers[i]->type == PROVIDER_CERTIFICATE &&
                     app->providers[k]->type == PROVIDER_CERTIFICATE)
                findings_error(r->f, rules_mark(r, &app->providers[i]),
                               "apps.pre_authentication: %s is of type certificate, as %s is, and "
                               "one certificate is shown; expected one of them",
                               app->providers[i]->name, app->providers[k]->name);
}

/* One folder of a back end with rules of its own, below another app's: the back end may read a path
 * otherwise than we do ("//admin", "/ADMIN", "/admin;x"), and then the other app's rules let it by.
 * No normalising can know how. */
static void check_overlap(const struct app_rule *r) {
    const struct url *url = &r->app->internal;
    for (size_t i = 0; rules_is_right(r, url) && i < r->c->app_count; i++) {
        const struct config_app *wide = &r->c->apps[i];
        if (wide == r->app || !rules_is_right(r, &wide->internal) ||
            !rules_is_right(r, &wide->providers) || !rules_is_right(r, &r->app->providers) ||
            !rules_is_same_place(url, &wide->internal) ||
            !str_starts(url->path, wide->internal.path) || is_as_strict(wide, r->app))
            continue;
        findings_warning(r->f, rules_mark(r, url),
                         "apps.internal_url: the app in line %u reaches this folder of the back "
                         "end too, and lets in people whom this app does not; let the back end "
                         "itself decide who may use it, or give both apps the same rules",
                         wide->mark.line);
        break;
    }
}

static void check_spn_allowed(const struct app_rule *r) {
    const struct config_kerberos *k = &r->c->kerberos;
    struct str spn = str_of(r->app->spn);
    if (!rules_is_right(r, &k->allow_spns))
        return;
    for (size_t i = 0; i < k->allow_spn_count; i++)
        if (!k->allow_spns[i] || str_glob_ci(str_of(k->allow_spns[i]), spn))
            return;
    findings_error(r->f, rules_mark(r, &r->app->spn),
                   "apps.sso.spn: connector.kerberos.allow_spns in line %u does not allow %s",
                   config_mark_of(r->c, &k->allow_spns).line, quote(spn).text);
}

static void check_kerberos(const struct app_rule *r) {
    const struct config_app *app = r->app;
    if (!r->c->kerberos.present)
        findings_error(
            r->f, rules_mark(r, &app->sso),
            "apps.sso.mode: kerberos needs connector.kerberos with keytab and principal");
    if (app->spn)
        check_spn_allowed(r);
    else if (!rules_is_given(r, &app->spn) && rules_is_right(r, &app->internal) &&
             !is_numeric_address(app->internal.host))
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso: mode kerberos needs the SPN of the app; often it is spn: "
                       "HTTP/%.*s",
                       STR_ARG(app->internal.host));
    else if (!rules_is_given(r, &app->spn))
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso: mode kerberos needs the SPN of the app, expected spn: HTTP/ and "
                       "the app's name in the domain");
    if (rules_is_right(r, &app->providers) && app->provider_count == 0)
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso.mode: nobody signs in to a passthrough app, so there is nobody to "
                       "get a ticket for; expected an identity provider in pre_authentication");
}

/* Its first provider that is none; NULL: all are. */
static const struct config_provider *other_than_form(const struct config_app *app) {
    for (size_t i = 0; i < app->provider_count; i++)
        if (app->providers[i]->type != PROVIDER_FORM)
            return app->providers[i];
    return NULL;
}

static void check_own_ticket(const struct app_rule *r) {
    const struct config_app *app = r->app;
    if (!app->uses_own_ticket)
        return;
    bool is_right = rules_is_right(r, &app->providers);
    const struct config_provider *other = is_right ? other_than_form(app) : NULL;
    if (other)
        findings_error(r->f, rules_mark(r, &app->uses_own_ticket),
                       "apps.sso.ticket: own is for sign-ins with a password, and the provider in "
                       "line %u has none; expected delegated",
                       other->mark.line);
    else if (app->sso != SSO_KERBEROS && rules_is_right(r, &app->sso))
        findings_error(r->f, rules_mark(r, &app->uses_own_ticket),
                       "apps.sso.ticket: without mode: kerberos there is no ticket");
    else if (rules_is_given(r, &app->login_identity))
        findings_error(r->f, rules_mark(r, &app->login_identity),
                       "apps.sso.login_identity: with ticket: own the ticket is of whoever signed "
                       "in, by no other name; expected no login_identity, or ticket: delegated");
    else if (rules_is_given(r, &app->account))
        findings_error(r->f, rules_mark(r, &app->account),
                       "apps.sso.account: with ticket: own the person's own ticket gets the app's, "
                       "and no account of the connector's; expected no account, or ticket: "
                       "delegated");
}

static void check_sign_on(const struct app_rule *r) {
    const struct config_app *app = r->app;
    check_own_ticket(r);
    rules_negotiate_app(r);
    if (app->sso == SSO_KERBEROS && rules_is_right(r, &app->sso))
        check_kerberos(r);
    else if (rules_is_right(r, &app->sso) && rules_is_given(r, &app->spn))
        findings_error(r->f, rules_mark(r, &app->spn),
                       "apps.sso.spn: with mode %s no ticket is asked for; expected mode: "
                       "kerberos, or no spn",
                       app->sso == SSO_NONE ? "none" : "headers");
    rules_headers(r);
}

static void check_group(const struct app_rule *r) {
    const char *wanted = r->app->connector_group, *ours = r->c->connector_group;
    if (!wanted || !ours || strcmp(wanted, ours) == 0)
        return;
    struct nearest nearest;
    nearest_init(&nearest, str_of(wanted));
    nearest_offer(&nearest, ours);
    findings_error(r->f, rules_mark(r, &r->app->connector_group),
                   "apps.connector_group: %s has no connector, expected %s as in connector.group%s",
                   quote(str_of(wanted)).text, quote(str_of(ours)).text,
                   nearest.best ? "; did you mean that?" : "");
}

void rules_apps(const struct config *c, struct findings *f) {
    for (size_t i = 0; i < c->app_count; i++) {
        struct app_rule r = {.c = c, .app = &c->apps[i], .f = f};
        check_unique(&r);
        check_external(&r);
        check_internal(&r);
        check_providers(&r);
        check_overlap(&r);
        rules_publish(&r);
        check_sign_on(&r);
        rules_access(&r);
        check_group(&r);
    }
}
