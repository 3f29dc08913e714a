/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include "config/wildcard.h"
#include "http/message.h"

/* What a request cannot do without as its client sent it, or what we say ourselves: an app would
 * lose the one, or take its person for the other. */
static const struct str TAKEN[] = {
    STR("Accept"),          STR("Accept-Charset"),      STR("Accept-Language"),
    STR("Forwarded"),       STR("Proxy-Authorization"), STR("User-Agent"),
    STR("X-Forwarded-For"), STR("X-Forwarded-Host"),    STR("X-Forwarded-Proto"),
    STR("X-Original-Host"), STR("X-Original-URL"),      STR("X-Requested-With"),
    STR("X-Rewrite-URL"),
};

/* Never a client's to send, and so free for us. */
static bool is_for_people(struct str name) {
    static const struct str NAMES[] = {STR("Remote-User"), STR("X-Remote-User")};
    static const struct str PREFIXES[] = {STR("X-Forwarded-"), STR("kerbgate-")};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (header_name_folds_to(name, NAMES[i]))
            return true;
    for (size_t i = 0; i < sizeof PREFIXES / sizeof *PREFIXES; i++)
        if (header_name_folds_to(str_head(name, PREFIXES[i].n), PREFIXES[i]))
            return true;
    return false;
}

static bool is_taken(struct str name) {
    for (size_t i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++)
        if (header_name_folds_to(name, TAKEN[i]))
            return true;
    bool is_kind = header_name_folds_to(str_head(name, 4), STR("Sec-")) ||
                   header_name_folds_to(str_head(name, 8), STR("Content-")) ||
                   header_name_folds_to(str_head(name, 22), STR("Access-Control-Request"));
    return is_kind || (header_is_barred_from_trailers(name) && !is_for_people(name));
}

static void check_name(const struct app_rule *r, const char *key, char *const *name) {
    if (*name && is_taken(str_of(*name)))
        findings_error(r->f, rules_mark(r, name),
                       "%s: %s has a meaning of its own in every request, expected a name that no "
                       "browser sends, such as X-User",
                       key, quote(str_of(*name)).text);
}

static void check_headers(const struct app_rule *r) {
    const struct config_app *app = r->app;
    for (size_t i = 0; i < app->header_count; i++) {
        const struct config_header *h = &app->headers[i];
        if (!h->name)
            continue;
        check_name(r, "apps.sso.headers.name", &h->name);
        for (const struct config_header *other = app->headers; other < h; other++)
            if (other->name && header_name_folds_to(str_of(h->name), str_of(other->name)))
                findings_error(r->f, rules_mark(r, &h->name),
                               "apps.sso.headers.name: to many back ends %s is the header in line "
                               "%u too, expected another name",
                               quote(str_of(h->name)).text, other->mark.line);
    }
}

/* What every assertion says already, or what means something else to whoever reads one (RFC 7519
 * 4.1, RFC 8725 3). */
static bool is_registered(const char *claim) {
    static const char *const NAMES[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "idp"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(claim, NAMES[i]) == 0)
            return true;
    return false;
}

/* Whether they are one for some label in the place of a '*'. */
static bool can_be_one(struct str a, struct str b) {
    size_t i = str_index(a, '*'), k = str_index(b, '*');
    if (i == a.n || k == b.n)
        return str_glob_ci(a, b) || str_glob_ci(b, a);
    struct str head = str_head(a, i), other = str_head(b, k);
    struct str tail = str_from(a, i + 1), another = str_from(b, k + 1);
    return (str_starts(head, other) || str_starts(other, head)) &&
           (str_ends(tail, another) || str_ends(another, tail));
}

/* With one audience for two, the back end of one could show the other what it was told. */
static void check_audience(const struct app_rule *r) {
    const struct config_app *app = r->app;
    struct str audience = str_of(app->assertion.audience);
    struct str behind = str_from(audience, str_index(audience, '*') + 1);
    bool has_star = str_index(audience, '*') < audience.n;
    for (const struct config_app *other = r->c->apps; other < app; other++)
        if (other->assertion.audience && can_be_one(audience, str_of(other->assertion.audience)))
            findings_error(r->f, rules_mark(r, &app->assertion.audience),
                           "apps.sso.assertion.audience: the app in line %u has it too, and could "
                           "pass on what it is told; expected one for this app alone",
                           other->mark.line);
    if (str_index(behind, '*') < behind.n)
        findings_error(r->f, rules_mark(r, &app->assertion.audience),
                       "apps.sso.assertion.audience: there is more than one '*'");
    if (!rules_is_right(r, &app->external))
        return;
    if (has_star && !wildcard_is(app->external.host))
        findings_error(r->f, rules_mark(r, &app->assertion.audience),
                       "apps.sso.assertion.audience: a '*' stands for the label of a wildcard "
                       "external_url, and this app has none");
    if (!has_star && wildcard_is(app->external.host))
        findings_error(r->f, rules_mark(r, &app->assertion.audience),
                       "apps.sso.assertion.audience: each host below the wildcard can be an app of "
                       "its own, expected a '*' for its label");
}

static void check_assertion(const struct app_rule *r) {
    const struct config_app *app = r->app;
    const struct config_assertion *a = &app->assertion;
    if (!a->audience)
        return;
    check_audience(r);
    check_name(r, "apps.sso.assertion.header", &a->header);
    for (size_t i = 0; a->header && i < app->header_count; i++)
        if (app->headers[i].name &&
            header_name_folds_to(str_of(a->header), str_of(app->headers[i].name)))
            findings_error(r->f, rules_mark(r, &app->headers[i].name),
                           "apps.sso.headers.name: this is the header of the assertion, expected "
                           "another name");
    for (size_t i = 0; i < a->claim_count; i++)
        if (a->claims[i] && is_registered(a->claims[i]))
            findings_error(r->f, rules_mark(r, &a->claims[i]),
                           "apps.sso.assertion.claims: %s is said by kerbgate in every assertion",
                           quote(str_of(a->claims[i])).text);
    if (!rules_is_given(r, &r->c->assertion_keys) || r->c->assertion_key_count == 0)
        findings_error(r->f, rules_mark(r, &a->audience),
                       "apps.sso.assertion: there is no key to sign it with, expected "
                       "connector.assertion_keys: with a file made by: openssl genpkey -algorithm "
                       "EC -pkeyopt ec_paramgen_curve:P-256 -out assertion.key");
}

/* Also when what it says is not right: that is told already. */
static bool tells_something(const struct app_rule *r) {
    const struct config_app *app = r->app;
    const struct config_assertion *a = &app->assertion;
    const void *const fields[] = {&a->audience, &a->header, &a->lifetime_s, &a->claims};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (rules_is_given(r, fields[i]))
            return true;
    return app->header_count > 0;
}

static void check_mode(const struct app_rule *r) {
    const struct config_app *app = r->app;
    bool has_any = app->header_count > 0 || app->assertion.audience;
    const void *first = app->header_count ? (const void *)&app->headers : &app->assertion.audience;
    if (app->sso == SSO_HEADERS && !tells_something(r))
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso: mode headers needs what it tells the app, expected headers: with "
                       "a name and a claim each, or assertion: with an audience");
    if (app->sso == SSO_NONE && has_any)
        findings_error(
            r->f, rules_mark(r, first),
            "apps.sso: with mode none the app is told nothing about the person; expected "
            "mode: headers");
    if (app->sso == SSO_HEADERS && rules_is_right(r, &app->providers) && app->provider_count == 0)
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso.mode: nobody signs in to a passthrough app, so there is nobody to "
                       "tell it of; expected an identity provider in pre_authentication");
}

void rules_headers(const struct app_rule *r) {
    check_headers(r);
    check_assertion(r);
    if (rules_is_right(r, &r->app->sso))
        check_mode(r);
}

static bool is_listed(const struct config *c, struct str name) {
    for (size_t i = 0; i < c->person_header_count; i++)
        if (header_name_folds_to(name, c->person_headers[i]))
            return true;
    return false;
}

static void list_name(struct config *c, const char *name) {
    if (name && !is_listed(c, str_of(name)))
        c->person_headers[c->person_header_count++] = str_of(name);
}

/* Of all apps, for all: one back end may be behind several. */
void rules_fill_headers(struct config *c, struct findings *f) {
    size_t count = 0;
    for (size_t i = 0; i < c->app_count; i++)
        count += c->apps[i].header_count + 1;
    c->person_headers = arena_array(&c->arena, count, sizeof *c->person_headers);
    if (count > 0 && !c->person_headers) {
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
        return;
    }
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        for (size_t k = 0; k < app->header_count; k++)
            list_name(c, app->headers[k].name);
        list_name(c, app->assertion.audience ? app->assertion.header : NULL);
    }
}
