/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"
#include "config/wildcard.h"

/* People reach it as they reach an app. */
static void check_url(const struct config *c, struct findings *f) {
    const struct url *url = &c->home.external;
    struct config_mark mark = config_mark_of(c, url);
    if (!str_eq(url->scheme, STR("https")))
        findings_error(f, mark,
                       "home.external_url: people reach kerbgate by TLS alone, expected https://");
    if (str_starts(url->path, STR("/.kerbgate/")))
        findings_error(f, mark,
                       "home.external_url: kerbgate's other pages are under /.kerbgate/, expected "
                       "another path");
    if (wildcard_is(url->host))
        findings_error(f, mark, "home.external_url: the home is at one host, expected no '*'");
}

static void check_place(const struct config *c, struct findings *f) {
    const struct url *url = &c->home.external;
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        const struct config_field *entry = load_field(c, &app->external);
        if (entry && !entry->is_wrong && url->port == app->external.port &&
            str_eq(url->host, app->external.host) && str_eq(url->path, app->external.path))
            findings_error(f, config_mark_of(c, url),
                           "home.external_url: the app in line %u has this address",
                           app->mark.line);
    }
}

/* Somebody who has signed in at the home is known by one of its providers, and can be judged for
 * the apps of that one alone. */
static void check_use(const struct config *c, struct findings *f) {
    bool is_of_use = false;
    for (size_t i = 0; i < c->app_count; i++)
        for (size_t p = 0; p < c->home.provider_count; p++)
            is_of_use |= config_app_has(&c->apps[i], c->home.providers[p]);
    if (c->home.provider_count && !is_of_use)
        findings_warning(f, config_mark_of(c, &c->home.providers),
                         "home.pre_authentication: no app is signed in to by a provider of the "
                         "home's, which will list none");
}

void rules_home(struct config *c, struct findings *f) {
    static char name[] = "home";
    const struct config_field *url = load_field(c, &c->home.external);
    if (!url || url->is_wrong)
        return;
    check_url(c, f);
    check_place(c, f);
    check_use(c, f);
    c->has_home = true;
    c->home.name = name;
    c->home.connector_group = c->connector_group;
}
