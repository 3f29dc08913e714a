/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

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
    if (is_taken(str_of(*name)))
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

static void check_mode(const struct app_rule *r) {
    const struct config_app *app = r->app;
    bool has_any = app->header_count > 0;
    const void *first = &app->headers;
    if (app->sso == SSO_HEADERS && !has_any && !rules_is_given(r, &app->headers))
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso: mode headers needs what it tells the app, expected headers: with "
                       "a name and a claim each");
    if (app->sso == SSO_NONE && has_any)
        findings_error(
            r->f, rules_mark(r, first),
            "apps.sso: with mode none the app is told nothing about the person; expected "
            "mode: headers");
    if (app->sso == SSO_HEADERS && rules_is_right(r, &app->provider) && !app->provider)
        findings_error(r->f, rules_mark(r, &app->sso),
                       "apps.sso.mode: nobody signs in to a passthrough app, so there is nobody to "
                       "tell it of; expected an identity provider in pre_authentication");
}

void rules_headers(const struct app_rule *r) {
    check_headers(r);
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
        count += c->apps[i].header_count;
    c->person_headers = arena_array(&c->arena, count, sizeof *c->person_headers);
    if (count > 0 && !c->person_headers) {
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
        return;
    }
    for (size_t i = 0; i < c->app_count; i++)
        for (size_t k = 0; k < c->apps[i].header_count; k++)
            list_name(c, c->apps[i].headers[k].name);
}
