/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include "http/loose.h"

#include <string.h>

/* Where an `allow` begins in the file, as far as its values tell. */
struct config_mark config_allow_mark(const struct config *c, const struct config_allow *a) {
    const void *const FIELDS[] = {&a->who,      &a->users,   &a->groups, &a->claims,
                                  &a->networks, &a->methods, &a->hours,  &a->acr};
    struct config_mark first = {0};
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        struct config_mark mark = config_mark_of(c, FIELDS[i]);
        if (mark.line && (!first.line || mark.line < first.line))
            first = mark;
    }
    return first;
}

static bool is_same_list(char *const *a, size_t a_count, char *const *b, size_t b_count) {
    if (!a || !b || a_count != b_count)
        return !a && !b;
    for (size_t i = 0; i < a_count; i++)
        if (!a[i] || !b[i] || strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

bool rules_is_same_allow(const struct config_app *a, const struct config_app *b) {
    const struct config_allow *x = &a->allow, *y = &b->allow;
    bool is_simple = !a->rules && !b->rules && !x->claims && !y->claims && !x->networks &&
                     !y->networks && !x->hours && !y->hours;
    return is_simple && x->who == y->who &&
           is_same_list(x->users, x->user_count, y->users, y->user_count) &&
           is_same_list(x->groups, x->group_count, y->groups, y->group_count) &&
           is_same_list(x->methods, x->method_count, y->methods, y->method_count) &&
           is_same_list(x->acr, x->acr_count, y->acr, y->acr_count);
}

static void check_claims(const struct app_rule *r, const struct config_allow *a) {
    for (size_t i = 0; i < a->claim_count; i++) {
        const struct config_claim *claim = &a->claims[i];
        if (!rules_is_given(r, &claim->any) && !rules_is_given(r, &claim->all) &&
            !rules_is_given(r, &claim->none))
            findings_error(r->f, claim->mark,
                           "apps.allow.claims: nothing is asked of the claim, expected any, all or "
                           "none with a list of values");
    }
}

/* Whether one request could be for both, and neither came before the other. */
static bool meets(const struct config_rule *a, const struct config_rule *b) {
    if (!a->methods || !b->methods)
        return !a->methods && !b->methods;
    for (size_t i = 0; i < a->method_count; i++)
        for (size_t j = 0; j < b->method_count; j++)
            if (a->methods[i] && b->methods[j] && strcmp(a->methods[i], b->methods[j]) == 0)
                return true;
    return false;
}

static struct str without_slash(struct str path) {
    return str_ends(path, STR("/")) ? str_head(path, path.n - 1) : path;
}

static bool fill_path(struct arena *a, const struct config_app *app, struct config_rule *rule) {
    if (!rule->path)
        return true;
    bool is_filled = loose_path(a, str_of(rule->path), &rule->loose);
    rule->base = without_slash(str_of(rule->path));
    rule->loose = without_slash(rule->loose);
    while (!str_eq(app->rules[rule->first].base, rule->base))
        rule->first++;
    return is_filled;
}

void rules_fill_access(struct config *c, struct findings *f) {
    bool is_filled = true;
    for (size_t i = 0; i < c->app_count; i++)
        for (size_t j = 0; j < c->apps[i].rule_count; j++)
            is_filled &= fill_path(&c->arena, &c->apps[i], &c->apps[i].rules[j]);
    if (!is_filled)
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
}

static void check_rule(const struct app_rule *r, const struct config_rule *rule) {
    const struct url *url = &r->app->external;
    check_claims(r, &rule->allow);
    if (!rule->path)
        return;
    struct str path = str_of(rule->path), app = str_head(url->path, url->path.n - 1);
    if (rules_is_right(r, url) &&
        !(str_starts(path, app) && (path.n == app.n || path.p[app.n] == '/')))
        findings_error(r->f, rules_mark(r, &rule->path),
                       "apps.rules.path: %s is not in the app, expected a path that begins with "
                       "that of external_url, %s",
                       quote(path).text, quote(url->path).text);
    for (const struct config_rule *other = r->app->rules; other < rule; other++)
        if (other->path && str_eq(rule->base, other->base) && meets(rule, other))
            findings_error(r->f, rule->mark,
                           "apps.rules: the rule in line %u is for this path and method too",
                           other->mark.line);
}

void rules_access(const struct app_rule *r) {
    const struct config_app *app = r->app;
    bool is_open = rules_is_right(r, &app->providers) && app->provider_count == 0;
    check_claims(r, &app->allow);
    for (size_t i = 0; i < app->rule_count; i++)
        check_rule(r, &app->rules[i]);
    if (!is_open || (!config_allow_is_given(&app->allow) && !app->rules))
        return;
    struct config_mark mark = config_allow_mark(r->c, &app->allow);
    findings_error(r->f, mark.line ? mark : rules_mark(r, &app->rules),
                   "apps.%s: nobody signs in to a passthrough app, so nobody can be told apart; "
                   "expected an identity provider in pre_authentication",
                   mark.line ? "allow" : "rules");
}
