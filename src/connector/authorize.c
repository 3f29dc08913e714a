/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/authorize.h"

#include "connector/authorize_path.h"
#include "connector/login.h"
#include "http/loose.h"

#include <stdio.h>
#include <string.h>

/* A list of the file. */
struct list {
    char *const *at;
    size_t count;
};

bool authorize_is_named(struct str entry, const struct identity *who) {
    if (entry.n == 0)
        return false;
    if (str_index(entry, '@') == entry.n)
        return str_eq_ci(entry, str_of(identity_claim(who, CLAIM_SAM_ACCOUNT_NAME)));
    return str_eq_ci(entry, str_of(identity_claim(who, CLAIM_UPN))) ||
           str_eq_ci(entry, str_of(who->principal));
}

static bool has(struct list list, struct str text) {
    for (size_t i = 0; i < list.count; i++)
        if (str_eq(text, str_of(list.at[i])))
            return true;
    return false;
}

/* How many values of the claim the list has. */
static size_t count_in(struct list list, const struct identity *who, const char *claim) {
    size_t count = 0, values = identity_claim_count(who, claim);
    for (size_t i = 0; i < values; i++)
        count += has(list, str_of(identity_claim_at(who, claim, i)));
    return count;
}

static enum authorize_answer say(struct authorized *out, enum authorize_answer answer,
                                 const char *why) {
    if (answer != AUTHORIZE_YES && answer < out->answer) {
        snprintf(out->why, sizeof out->why, "%s", why);
        out->answer = answer;
    }
    return answer;
}

/* A claim that is missing is a no, unless nobody knows what a sign-in would say. */
static bool is_missing(const struct authorize_request *r, const char *claim,
                       struct authorized *out) {
    char why[sizeof out->why];
    if (identity_claim_count(r->who, claim) > 0)
        return false;
    snprintf(why, sizeof why,
             r->is_sketch ? "it depends on the claim \"%.64s\""
                          : "the sign-in has no claim \"%.64s\" that is a text or texts",
             claim);
    say(out, r->is_sketch ? AUTHORIZE_UNKNOWN : AUTHORIZE_NO, why);
    return true;
}

static bool names(struct list users, const struct identity *who) {
    for (size_t i = 0; users.at && i < users.count; i++)
        if (authorize_is_named(str_of(users.at[i]), who))
            return true;
    return false;
}

static void check_person(const struct authorize_request *r, const struct config_allow *a,
                         struct authorized *out) {
    struct list groups = {a->groups, a->group_count};
    bool is_open = !a->users && !a->groups;
    if (is_open || names((struct list){a->users, a->user_count}, r->who))
        return;
    if (!a->groups)
        say(out, AUTHORIZE_NO, "not among allow.users");
    else if (count_in(groups, r->who, CLAIM_GROUPS) > 0)
        return;
    else if (r->is_sketch && identity_claim_count(r->who, CLAIM_GROUPS) == 0)
        say(out, AUTHORIZE_UNKNOWN, "it depends on the groups of the sign-in");
    else
        say(out, AUTHORIZE_NO,
            a->users ? "not among allow.users, and in none of allow.groups"
                     : "in none of allow.groups");
}

static bool has_all(struct list wanted, const struct identity *who, const char *claim) {
    for (size_t i = 0; i < wanted.count; i++)
        if (count_in((struct list){&wanted.at[i], 1}, who, claim) == 0)
            return false;
    return true;
}

static void check_claims(const struct authorize_request *r, const struct config_allow *a,
                         struct authorized *out) {
    for (size_t i = 0; i < a->claim_count; i++) {
        const struct config_claim *c = &a->claims[i];
        struct list any = {c->any, c->any_count}, none = {c->none, c->none_count};
        char why[sizeof out->why];
        if (is_missing(r, c->claim, out))
            continue;
        if ((c->any && count_in(any, r->who, c->claim) == 0) ||
            !has_all((struct list){c->all, c->all_count}, r->who, c->claim) ||
            (c->none && count_in(none, r->who, c->claim) > 0)) {
            snprintf(why, sizeof why, "the claim \"%.64s\" is not as allow.claims has it",
                     c->claim);
            say(out, AUTHORIZE_NO, why);
        }
    }
}

static void check_circumstances(const struct authorize_request *r, const struct config_allow *a,
                                struct authorized *out) {
    bool is_time = !a->hours;
    for (size_t i = 0; i < a->hour_count; i++)
        is_time |= config_hours_have(&a->hours[i], r->wall_s);
    if (a->networks && !r->from)
        say(out, AUTHORIZE_UNKNOWN, "it depends on the client's address");
    else if (a->networks && !address_ranges_have(a->networks, a->network_count, r->from))
        say(out, AUTHORIZE_NO, "the client's address is in none of allow.networks");
    if (a->methods && !has((struct list){a->methods, a->method_count}, r->method))
        say(out, AUTHORIZE_NO, "the method is not among allow.methods");
    if (!is_time)
        say(out, AUTHORIZE_NO, "it is none of allow.hours");
    if (a->acr && !is_missing(r, CLAIM_ACR, out) &&
        count_in((struct list){a->acr, a->acr_count}, r->who, CLAIM_ACR) == 0)
        say(out, AUTHORIZE_NO, "the sign-in was none of allow.acr");
}

static void check_allow(const struct authorize_request *r, const struct config_allow *a,
                        struct authorized *out) {
    if (a->who == WHO_NOBODY)
        say(out, AUTHORIZE_NO, "it is allowed to nobody");
    check_person(r, a, out);
    check_claims(r, a, out);
    check_circumstances(r, a, out);
}

static void decide_by(const struct authorize_request *r, struct rule_match match,
                      struct authorized *out) {
    const struct config_app *written = config_app_written(r->app);
    *out = (struct authorized){.answer = AUTHORIZE_YES, .rule = match.rule};
    if (match.is_of_other_method)
        say(out, AUTHORIZE_NO, "no rule for this path is for the method");
    else
        check_allow(r, match.rule ? &match.rule->allow : &written->allow, out);
}

/* Whatever the path may be read as has to let in. */
static void decide_loosely(const struct authorize_request *r, struct str path,
                           struct authorized *out) {
    struct rule_match all[CONFIG_RULES_MAX];
    size_t count = authorize_rules_loosely(config_app_written(r->app), path, r->method, all);
    const struct config_rule *plain = out->rule;
    if (count == 0)
        all[count++] = (struct rule_match){0};
    for (size_t i = 0; i < count; i++) {
        struct authorized loose;
        if (all[i].rule == plain)
            continue;
        decide_by(r, all[i], &loose);
        if (loose.answer < out->answer)
            *out = loose;
    }
}

static void decide(const struct authorize_request *r, struct authorized *out) {
    const struct config_app *written = config_app_written(r->app);
    struct arena memory;
    struct str loose;
    decide_by(r, authorize_rule(written, r->path, r->method), out);
    if (written->rule_count == 0)
        return;
    arena_init(&memory, r->path.n + 1);
    if (loose_path(&memory, r->path, &loose))
        decide_loosely(r, loose, out);
    else
        say(out, AUTHORIZE_NO, "no memory to look for rules");
    arena_fini(&memory);
}

static void find_mark(const struct authorize_request *r, struct authorized *a) {
    a->mark =
        a->rule ? a->rule->mark : config_allow_mark(r->config, &config_app_written(r->app)->allow);
}

void authorize_explain(const struct authorize_request *r, struct authorized *out) {
    decide(r, out);
    find_mark(r, out);
}

bool authorize(const struct authorize_request *r, struct err *e) {
    struct authorized a;
    decide(r, &a);
    if (a.answer == AUTHORIZE_YES)
        return true;
    find_mark(r, &a);
    err_set(e, ERR_FORBIDDEN, "%s may not %.*s %.*s of app %s: %s (%s:%u)", r->who->subject,
            STR_ARG(str_head(r->method, 16)), STR_ARG(str_head(r->path, 128)), r->app->name, a.why,
            r->config->file, a.mark.line);
    err_hint(e, "What the rule says of anybody: kerbgate check --app %s --path PATH --user USER",
             r->app->name);
    return false;
}
