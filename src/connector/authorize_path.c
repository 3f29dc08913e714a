/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/authorize_path.h"

#include "http/percent.h"

/* A path as it is read, byte after byte. */
struct reader {
    struct str rest;
    enum authorize_reading reading;
    bool is_behind_slash;
    size_t run; /* blanks and dots that a name goes on behind, so that they are part of it */
};

/* The next byte, decoded; -1 at the end. */
static int take(struct str *rest) {
    bool is_encoded;
    struct str before = *rest;
    if (rest->n == 0)
        return -1;
    int c = percent_take(rest, &is_encoded);
    if (c < 0)
        c = (unsigned char)before.p[0];
    return c == '\\' ? '/' : c;
}

static bool is_filler(int c) { return c == '.' || c == ' '; }

/* A path parameter ends with its segment. */
static int skip_parameter(struct str *rest) {
    int c;
    do
        c = take(rest);
    while (c >= 0 && c != '/');
    return c;
}

/* How many of `rest` are blanks and dots, when a name goes on behind them; else they are skipped.
 */
static size_t measure(struct str *rest) {
    struct str ahead = *rest, behind = *rest;
    size_t n = 0;
    int c;
    while (is_filler(c = take(&ahead))) {
        behind = ahead;
        n++;
    }
    if (c >= 0 && c != '/' && c != ';')
        return n;
    *rest = behind;
    return 0;
}

static int next_loosely(struct reader *r) {
    for (;;) {
        struct str before = r->rest;
        int c = take(&r->rest);
        if (r->run > 0) {
            r->run--;
            return c;
        }
        if (is_filler(c)) {
            r->rest = before;
            r->run = measure(&r->rest);
            continue;
        }
        if (c == ';')
            c = skip_parameter(&r->rest);
        if (c == '/' && r->is_behind_slash)
            continue;
        r->is_behind_slash = c == '/';
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
}

static int next(struct reader *r) {
    if (r->reading == READ_LOOSELY)
        return next_loosely(r);
    int c = r->rest.n ? (unsigned char)r->rest.p[0] : -1;
    r->rest = str_from(r->rest, 1);
    return c;
}

/* A rule for "/admin/" is also for "/admin", and the other way round. */
static bool is_below(struct str path, struct str base, enum authorize_reading reading) {
    struct reader p = {.rest = path, .reading = reading}, b = {.reading = reading};
    int c;
    b.rest = str_ends(base, STR("/")) ? str_head(base, base.n - 1) : base;
    while ((c = next(&b)) >= 0)
        if (next(&p) != c)
            return false;
    c = next(&p);
    return c < 0 || c == '/';
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

static size_t base_size(const struct config_rule *rule) {
    struct str path = str_of(rule->path);
    return path.n - str_ends(path, STR("/"));
}

struct rule_match authorize_rule(const struct config_app *app, struct str path, struct str method,
                                 enum authorize_reading reading) {
    const struct config_rule *best = NULL;
    for (size_t i = 0; i < app->rule_count; i++) {
        const struct config_rule *rule = &app->rules[i];
        if (!is_below(path, str_of(rule->path), reading))
            continue;
        bool is_longer = !best || base_size(rule) > base_size(best);
        bool is_as_long = best && base_size(rule) == base_size(best);
        if (is_longer || (is_as_long && fit(rule, method) > fit(best, method)))
            best = rule;
    }
    return (struct rule_match){best, best && fit(best, method) == 0};
}
