/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/authorize_path.h"

#include "http/loose.h"

/* How a rule stands to a request that is read loosely. */
struct standing {
    bool is_for; /* it may be for the path, and none with its path fits the method better */
    int fit;
    size_t unsure; /* loose_is_below */
};

/* A rule for "/admin/" is also for "/admin", and the other way round. */
static bool is_below(struct str path, struct str base) {
    return str_starts(path, base) && (path.n == base.n || path.p[base.n] == '/');
}

static bool names(const struct config_rule *rule, struct str method) {
    for (size_t i = 0; i < rule->method_count; i++)
        if (str_eq(method, str_of(rule->methods[i])))
            return true;
    return false;
}

/* How well a rule fits a method: not at all, as it names none, by name. */
static int fit(const struct config_rule *rule, struct str method) {
    return !rule->methods ? 1 : names(rule, method) ? 2 : 0;
}

struct rule_match authorize_rule(const struct config_app *app, struct str path, struct str method) {
    const struct config_rule *best = NULL;
    for (size_t i = 0; i < app->rule_count; i++) {
        const struct config_rule *rule = &app->rules[i];
        if (!is_below(path, rule->base))
            continue;
        bool is_longer = !best || rule->base.n > best->base.n;
        bool is_as_long = best && rule->base.n == best->base.n;
        if (is_longer || (is_as_long && fit(rule, method) > fit(best, method)))
            best = rule;
    }
    return (struct rule_match){best, best && fit(best, method) == 0};
}

/* Of the rules with the path of `i`, the one that fits best, of two the first. */
static void settle_methods(const struct config_app *app, size_t i, struct standing *s) {
    for (size_t j = 0; j < i; j++) {
        if (!s[j].is_for || app->rules[j].first != app->rules[i].first)
            continue;
        s[i].is_for = s[i].fit > s[j].fit;
        s[j].is_for = !s[i].is_for;
        return;
    }
}

static size_t find_longest(const struct config_app *app, const struct standing *s) {
    size_t longest = app->rule_count;
    for (size_t i = 0; i < app->rule_count; i++)
        if (s[i].is_for &&
            (longest == app->rule_count || app->rules[i].loose.n > app->rules[longest].loose.n))
            longest = i;
    return longest;
}

/* Whether `best` stands in the place of `rule`, which is above it, in every reading that `rule` is
 * for: what it has more is read in one way only. */
static bool replaces(const struct config_rule *best, size_t unsure,
                     const struct config_rule *rule) {
    if (is_below(best->base, rule->base))
        return unsure <= rule->loose.n;
    return unsure == 0 && best->loose.n > rule->loose.n && is_below(best->loose, rule->loose);
}

size_t authorize_rules_loosely(const struct config_app *app, struct str path, struct str method,
                               struct rule_match *out) {
    struct standing s[CONFIG_RULES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < app->rule_count; i++) {
        const struct config_rule *rule = &app->rules[i];
        s[i].is_for = loose_is_below(path, rule->loose, &s[i].unsure);
        s[i].fit = fit(rule, method);
        if (s[i].is_for)
            settle_methods(app, i, s);
    }
    size_t best = find_longest(app, s);
    for (size_t i = 0; i < app->rule_count; i++) {
        const struct config_rule *rule = &app->rules[i];
        if (s[i].is_for && (i == best || !replaces(&app->rules[best], s[best].unsure, rule)))
            out[count++] = (struct rule_match){rule, s[i].fit == 0};
    }
    return count;
}
