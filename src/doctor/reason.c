/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/reason.h"

#include "base/json_text.h"
#include "doctor/chain.h"
#include "doctor/checks.h"

#include <stdio.h>

enum { WORDS_MAX = 1 << 20, SUMMARY_MAX = 1024 };

static const char *const LINK_NAMES[LINKS] = {
    [LINK_HOST] = "host",       [LINK_PERSON] = "person", [LINK_KDC] = "kdc",
    [LINK_TGT] = "tgt",         [LINK_SELF] = "self",     [LINK_PROXY] = "proxy",
    [LINK_CONNECT] = "connect", [LINK_ANSWER] = "answer",
};

static const char *const LINK_TITLES[LINKS] = {
    [LINK_HOST] = "This host: configuration, keytab",
    [LINK_PERSON] = "The person's name for the domain",
    [LINK_KDC] = "A domain controller answers",
    [LINK_TGT] = "The connector's own ticket (AS exchange)",
    [LINK_SELF] = "A ticket of the person to the connector (S4U2Self)",
    [LINK_PROXY] = "The person's ticket to the application (S4U2Proxy)",
    [LINK_CONNECT] = "The application can be reached (DNS, TCP, TLS)",
    [LINK_ANSWER] = "The application takes the ticket (HTTP)",
};

static const char *const STATES[] = {
    [LINK_ABSENT] = "absent",   [LINK_NOT_REACHED] = "not-reached",
    [LINK_UNKNOWN] = "unknown", [LINK_HOLDS] = "pass",
    [LINK_FAILS] = "fail",
};

static const char *const OUTCOMES[] = {
    [OUTCOME_NONE] = "none",       [OUTCOME_PASS] = "pass", [OUTCOME_UNKNOWABLE] = "unknowable",
    [OUTCOME_UNKNOWN] = "unknown", [OUTCOME_WARN] = "warn", [OUTCOME_FAIL] = "fail",
};

static const char *const STAGE_NAMES[STAGES] = {
    [STAGE_HOST] = "host",
    [STAGE_SIGN_IN] = "sign-in",
    [STAGE_DELEGATION] = "delegation",
    [STAGE_TARGET] = "target",
};

const char *link_name(enum doctor_link link) { return link < LINKS ? LINK_NAMES[link] : "none"; }

/* One run over all checks. */
struct reasoning {
    const json_t *facts;
    int64_t now_s;
    struct chain chain;
    enum doctor_link broken;
    const struct check *first; /* cause; NULL: none */
    json_t *first_detail;      /* borrowed */
    json_t *checks;            /* what they said */
    unsigned failed, warned;
};

static json_t *ask(const struct reasoning *r, const struct check *check) {
    struct arena words;
    arena_init(&words, WORDS_MAX);
    struct checking c = {.facts = r->facts,
                         .check = check,
                         .broken = r->broken,
                         .now_s = r->now_s,
                         .arena = &words,
                         .detail = json_array(),
                         .evidence = json_array(),
                         .remedies = json_array()};
    check->judge(&c);
    json_t *said = NULL;
    if (c.outcome == OUTCOME_NONE) {
        json_decref(c.detail);
        json_decref(c.evidence);
        json_decref(c.remedies);
    } else {
        said = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "id", check->id, "name",
                         check->name, "title", check->title, "stage", STAGE_NAMES[check->stage],
                         "link", link_name(check->link), "outcome", OUTCOMES[c.outcome], "role", "",
                         "detail", c.detail, "evidence", c.evidence, "remedies", c.remedies);
    }
    arena_fini(&words);
    return said;
}

static bool is_outcome(const json_t *said, enum doctor_outcome outcome) {
    return strcmp(facts_text(said, "outcome"), OUTCOMES[outcome]) == 0;
}

static const struct check *check_of(const json_t *said) {
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (strcmp(CHECKS[i].name, facts_text(said, "name")) == 0)
            return &CHECKS[i];
    }
    return NULL;
}

static void ask_all(struct reasoning *r) {
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        json_t *said = ask(r, &CHECKS[i]);
        if (!said)
            continue;
        r->failed += is_outcome(said, OUTCOME_FAIL);
        r->warned += is_outcome(said, OUTCOME_WARN);
        json_array_append_new(r->checks, said);
    }
}

/* What only repeats a failure in the KDC's words. */
static bool is_echo(const struct check *check) { return check->id[0] == 'E'; }

/* The first FAIL that is about a link up to `last`; rows are in the order of the chain and, within
 * a link, of likelihood. What was asked of all and explains more than an echo comes first. */
static const json_t *first_failure(const struct reasoning *r, enum doctor_link last, bool echoes) {
    const json_t *said;
    size_t i;
    json_array_foreach(r->checks, i, said) {
        const struct check *check = check_of(said);
        if (is_outcome(said, OUTCOME_FAIL) && check->link <= last && is_echo(check) == echoes)
            return said;
    }
    return NULL;
}

/* Of the broken link or of one before it, which may be why; else the KDC's own words; else what
 * breaks a later link. A check that says of a link that it does not hold, where the exchanges went
 * well, has looked closer. */
static void find_cause(struct reasoning *r) {
    const json_t *said = first_failure(r, r->broken, false);
    if (!said)
        said = first_failure(r, r->broken, true);
    if (!said)
        said = first_failure(r, LINKS, false);
    if (!said)
        said = first_failure(r, LINKS, true);
    if (!said)
        return;
    r->first = check_of(said);
    r->first_detail = facts_at(said, "detail");
    if (r->broken == LINKS) {
        r->broken = r->first->link;
        r->chain.state[r->broken] = LINK_FAILS;
    }
}

/* An echo follows from what explains it. */
static const char *role_of(const struct reasoning *r, const struct check *check) {
    if (check == r->first)
        return "cause";
    return is_echo(check) ? "consequence" : "also";
}

static void give_roles(struct reasoning *r) {
    json_t *said;
    size_t i;
    json_array_foreach(r->checks, i, said) {
        if (is_outcome(said, OUTCOME_FAIL))
            json_object_set_new(said, "role", json_string(role_of(r, check_of(said))));
    }
}

static json_t *chain_facts(const struct reasoning *r) {
    json_t *list = json_array();
    for (int i = 0; i < LINKS; i++) {
        if (r->chain.state[i] == LINK_ABSENT)
            continue;
        json_t *o = json_pack("{s:s,s:s,s:s,s:s}", "link", LINK_NAMES[i], "title", LINK_TITLES[i],
                              "outcome", STATES[r->chain.state[i]], "detail", r->chain.detail[i]);
        if (r->chain.took_us[i])
            json_object_set_new(o, "took_us", json_integer(r->chain.took_us[i]));
        json_array_append_new(list, o);
    }
    return list;
}

/* Something was to be found out and was not, but for a person whom nobody named. */
static bool is_unfinished(const struct reasoning *r) {
    bool has_person = r->chain.state[LINK_PERSON] != LINK_UNKNOWN;
    for (int i = 0; i < LINKS; i++) {
        bool needs_person =
            i == LINK_PERSON || i == LINK_SELF || i == LINK_PROXY || i == LINK_ANSWER;
        if (r->chain.state[i] == LINK_UNKNOWN && (has_person || !needs_person))
            return true;
    }
    return false;
}

static const char *outcome_of(const struct reasoning *r) {
    if (r->failed || r->broken < LINKS)
        return "broken";
    return is_unfinished(r) ? "unfinished" : r->warned ? "warning" : "fine";
}

static json_t *summary_of(const struct reasoning *r, const char *outcome) {
    char text[SUMMARY_MAX];
    if (r->first && json_array_size(r->first_detail))
        snprintf(text, sizeof text, "Broken at \"%s\": %s", LINK_TITLES[r->broken],
                 facts_text(r->first_detail, "0"));
    else if (r->broken < LINKS)
        snprintf(text, sizeof text, "Broken at \"%s\": %s", LINK_TITLES[r->broken],
                 r->chain.detail[r->broken]);
    else if (strcmp(outcome, "unfinished") == 0)
        snprintf(text, sizeof text, "Not everything could be found out in time");
    else if (facts_need_person(r->facts))
        snprintf(text, sizeof text,
                 "All that can be tried without the person's own ticket, and so without their "
                 "sign-in, holds");
    else if (r->chain.state[LINK_PERSON] == LINK_UNKNOWN)
        snprintf(text, sizeof text,
                 "All that can be tried without a person holds; name one with "
                 "--user for the whole chain");
    else if (r->warned)
        snprintf(text, sizeof text, "The chain holds, with %u warning%s", r->warned,
                 r->warned == 1 ? "" : "s");
    else
        snprintf(text, sizeof text, "The whole chain holds");
    return json_text(str_of(text));
}

static json_t *first_cause(const struct reasoning *r) {
    if (!r->first)
        return json_null();
    return json_pack("{s:s,s:s,s:s,s:O}", "id", r->first->id, "name", r->first->name, "title",
                     r->first->title, "detail", r->first_detail);
}

json_t *reason(json_t *facts, int64_t now_s) {
    struct reasoning r = {.facts = facts, .now_s = now_s, .checks = json_array()};
    chain_of(facts, &r.chain);
    r.broken = chain_broken(&r.chain);
    ask_all(&r);
    find_cause(&r);
    give_roles(&r);
    const char *outcome = outcome_of(&r);
    json_t *report = json_object();
    static const char *const COPIED[] = {"name", "spn", "internal_url", "external_url"};
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++) {
        char path[32];
        snprintf(path, sizeof path, "app.%s", COPIED[i]);
        json_set_text(report, i ? COPIED[i] : "app", str_of(facts_text(facts, path)));
    }
    json_set_text(report, "user", str_of(facts_text(facts, "person.name")));
    json_object_set_new(report, "outcome", json_string(outcome));
    json_object_set_new(report, "summary", summary_of(&r, outcome));
    json_object_set_new(report, "first_cause", first_cause(&r));
    json_object_set_new(report, "chain", chain_facts(&r));
    json_object_set_new(report, "checks", r.checks);
    json_object_set(report, "facts", facts);
    return report;
}
