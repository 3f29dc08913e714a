/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/survey_int.h"

#include <stdio.h>
#include <stdlib.h>

enum { ATTRIBUTES_MAX = 32 };

/* The first failure says most: what follows is often the same. */
static void note(struct survey *s, const struct err *e) {
    if (json_object_get(s->facts, "error"))
        return;
    json_t *error = json_pack("{s:s}", "code", err_info(e->code)->name);
    json_set_text(error, "detail", str_of(e->detail));
    json_set_text(error, "hint", str_of(e->hint));
    json_object_set_new(s->facts, "error", error);
}

static void ask(struct survey *s, const struct survey_search *f, const char *filter) {
    char *wanted[ATTRIBUTES_MAX + 1], classes[] = "objectClass";
    size_t n = 0;
    for (; n < f->field_count && n < ATTRIBUTES_MAX - 1; n++)
        wanted[n] = (char *)f->fields[n].attribute;
    wanted[n++] = classes;
    wanted[n] = NULL;
    struct directory_search search = {.base = f->base,
                                      .scope = f->scope,
                                      .filter = filter,
                                      .attributes = wanted,
                                      .entries_max = f->entries_max,
                                      .until_us = s->q->until_us,
                                      .take = f->take,
                                      .user = f->user};
    struct err e;
    if (!directory_search(s->d, &search, &e))
        note(s, &e);
}

void survey_search(struct survey *s, const struct survey_search *f) {
    struct err e;
    if (!f->filter) {
        ask(s, f, "(objectClass=*)");
        return;
    }
    buf_add_byte(f->filter, '\0');
    if (!f->filter->failed) {
        ask(s, f, buf_str(f->filter).p);
    } else {
        err_set(&e, ERR_DIRECTORY, "a name is too long to be searched");
        note(s, &e);
    }
    buf_fini(f->filter);
}

const char *survey_base(const struct survey *s) { return s->d->is_catalogue ? "" : s->d->domain; }

static int by_rank(const json_t *account, const struct survey_name *n, struct str name) {
    const json_t *spns = json_object_get(account, "spns"), *spn;
    struct str is = str_of(json_string_value(json_object_get(account, "account")));
    size_t i;
    if (str_eq_ci(is, name))
        return 0;
    if (str_eq_ci(str_of(json_string_value(json_object_get(account, "upn"))), n->asked))
        return 1;
    json_array_foreach(spns, i, spn) {
        if (str_eq_ci(str_of(json_string_value(spn)), name))
            return 2;
    }
    return 3;
}

/* A principal is found by account, UPN, SPN, or as the account of a computer, in this order. */
static json_t *best(const json_t *found, const struct survey_name *n) {
    json_t *account, *out = NULL;
    size_t i;
    int rank = 4;
    json_array_foreach(found, i, account) {
        int is = by_rank(account, n, n->name);
        if (is < rank)
            out = account;
        rank = is < rank ? is : rank;
    }
    return out;
}

/* Everybody has these, and no list of groups names them. */
static void add_everybody(struct survey *s) {
    static const struct sid EVERYONE = {.authority = 1, .count = 1, .parts = {0}},
                            AUTHENTICATED = {.authority = 5, .count = 1, .parts = {11}};
    s->sids[s->sid_count++] = EVERYONE;
    s->sids[s->sid_count++] = AUTHENTICATED;
}

static void remember_sids(struct survey *s, const json_t *account) {
    const json_t *groups = json_object_get(account, "groups"), *group;
    size_t i;
    struct sid *to = s->sids;
    s->sid_count = 0;
    if (sid_parse(str_of(json_string_value(json_object_get(account, "sid"))), to))
        s->sid_count++;
    json_array_foreach(groups, i, group) {
        to = &s->sids[s->sid_count];
        if (i < SURVEY_GROUPS_MAX && sid_parse(str_of(json_string_value(group)), to))
            s->sid_count++;
    }
    add_everybody(s);
}

void survey_connector(struct survey *s) {
    struct survey_name n;
    struct buf filter, dollar;
    json_t *found = json_array();
    survey_name_of(s->q->principal, &n);
    buf_init(&filter, SURVEY_FILTER_MAX);
    buf_init(&dollar, DIRECTORY_NAME_MAX);
    buf_add(&dollar, n.name);
    buf_add_byte(&dollar, '$');
    buf_add(&filter, STR("(|"));
    filter_equals(&filter, "sAMAccountName", n.name);
    filter_equals(&filter, "sAMAccountName", buf_str(&dollar));
    filter_equals(&filter, "userPrincipalName", n.asked);
    filter_equals(&filter, "servicePrincipalName", n.name);
    buf_add_byte(&filter, ')');
    survey_search(s, &(struct survey_search){.base = survey_base(s),
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = &filter,
                                             .fields = SURVEY_ACCOUNT,
                                             .field_count = SURVEY_ACCOUNT_COUNT,
                                             .entries_max = SURVEY_ACCOUNTS_MAX,
                                             .take = survey_take_account,
                                             .user = found});
    json_t *account = best(found, &n);
    if (account) {
        survey_groups(s, account);
        remember_sids(s, account);
        json_object_set(s->facts, "connector", account);
    }
    buf_fini(&dollar);
    json_decref(found);
}

static struct survey *begin(struct directory *d, const struct directory_survey_question *q,
                            struct err *e) {
    char realm[DIRECTORY_NAME_MAX];
    struct survey *s = calloc(1, sizeof *s);
    json_t *facts = json_object();
    if (!s || !facts) {
        err_set(e, ERR_NO_MEMORY, "no memory to ask the directory");
        json_decref(facts);
        free(s);
        return NULL;
    }
    *s = (struct survey){.d = d, .q = q, .facts = facts};
    directory_realm(d->domain, realm, sizeof realm);
    json_set_text(facts, "server", str_of(d->host));
    json_set_text(facts, "base", str_of(d->domain));
    json_set_text(facts, "realm", str_of(realm));
    json_object_set_new(facts, "is_catalogue", json_boolean(d->is_catalogue));
    return s;
}

static json_t *end(struct survey *s) {
    json_t *facts = s->facts;
    free(s);
    return facts;
}

json_t *directory_survey(struct directory *d, const struct directory_survey_question *q,
                         struct err *e) {
    struct survey *s = begin(d, q, e);
    if (!s)
        return NULL;
    survey_connector(s);
    survey_domain(s);
    survey_root(s);
    if (q->person.n)
        survey_person(s);
    if (q->spn.n) {
        survey_target(s);
        survey_rbcd_names(s);
        survey_forms(s);
        survey_similar(s);
    }
    return end(s);
}

json_t *directory_survey_again(struct directory *d, const struct directory_survey_question *q,
                               struct err *e) {
    struct survey *s = begin(d, q, e);
    if (!s)
        return NULL;
    survey_connector(s);
    if (q->spn.n)
        survey_target(s);
    return end(s);
}
