/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/survey_int.h"

#include <stdlib.h>

enum {
    FOUND_MAX = 8, /* before those that only resemble the name are set apart */
    PROTECTED_USERS = 525,
};

void survey_name_of(struct str asked, struct survey_name *out) {
    size_t at = asked.n;
    for (size_t i = 0; i < asked.n; i++)
        at = asked.p[i] == '@' ? i : at;
    *out = (struct survey_name){.asked = asked, .name = str_head(asked, at)};
    out->suffix = str_from(asked, at + 1);
    size_t domain = str_index(out->name, '\\');
    if (domain < out->name.n)
        out->name = str_from(out->name, domain + 1);
    sid_parse(asked, &out->sid);
}

static struct str text_at(const json_t *account, const char *key) {
    return str_of(json_string_value(json_object_get(account, key)));
}

/* MS-KILE 3.3.5.6.1: the UPN; the account's name, alone or before its domain's. */
const char *survey_matched(const struct survey_name *n, const json_t *account) {
    struct sid sid;
    bool is_account = str_eq_ci(text_at(account, "account"), n->name);
    if (n->sid.count)
        return sid_parse(text_at(account, "sid"), &sid) && sid_eq(&sid, &n->sid) ? "sid" : NULL;
    if (str_eq_ci(text_at(account, "upn"), n->asked))
        return "upn";
    if (is_account && n->suffix.n == 0)
        return "account";
    if (is_account && str_eq_ci(text_at(account, "realm"), n->suffix))
        return "implicit";
    if (str_eq_ci(text_at(account, "mail"), n->asked))
        return "mail";
    return is_account ? "name" : NULL;
}

static void write_filter(const struct survey_name *n, struct buf *out) {
    buf_add(out, STR("(&(objectClass=user)(|"));
    if (n->sid.count) {
        filter_equals_sid(out, "objectSid", &n->sid);
    } else {
        filter_equals(out, "sAMAccountName", n->name);
        filter_equals(out, "userPrincipalName", n->asked);
        filter_equals(out, "mail", n->asked);
    }
    buf_add(out, STR("))"));
}

/* Those whom a KDC would find go into `exact`, by how it looks for them. */
static void sort(const struct survey_name *n, json_t *found, json_t *exact, json_t *near) {
    static const char *const ORDER[] = {"sid", "upn", "account", "implicit", "mail", "name"};
    for (size_t row = 0; row < sizeof ORDER / sizeof *ORDER; row++) {
        json_t *account;
        size_t i;
        json_array_foreach(found, i, account) {
            const char *how = survey_matched(n, account);
            json_t *to = row < 4 ? exact : near;
            if (!how || strcmp(how, ORDER[row]) != 0 || json_array_size(to) >= SURVEY_ACCOUNTS_MAX)
                continue;
            json_object_set_new(account, "matched", json_string(how));
            json_array_append(to, account);
        }
    }
}

struct tokens {
    json_t *account;
    struct sid domain;
    size_t count, own, foreign;
    bool is_protected;
};

static void take_group(struct tokens *t, json_t *list, struct str bytes) {
    struct sid sid, protected, domain;
    char text[SID_TEXT_MAX];
    uint32_t rid;
    if (!sid_decode(bytes, &sid))
        return;
    domain = sid;
    t->count++;
    if (sid_is_of_domain(&sid, &rid)) {
        domain.count--;
        t->own += sid_eq(&domain, &t->domain);
        t->foreign += !sid_eq(&domain, &t->domain);
    }
    t->is_protected |=
        sid_in_domain(&t->domain, PROTECTED_USERS, &protected) && sid_eq(&sid, &protected);
    sid_text(&sid, text);
    if (json_array_size(list) < SURVEY_GROUPS_MAX)
        json_array_append_new(list, json_string(text));
}

static void take_tokens(struct directory *d, LDAPMessage *entry, void *user) {
    struct tokens *t = user;
    struct berval **groups = directory_values(d, entry, "tokenGroups"),
                  **global = directory_values(d, entry, "tokenGroupsGlobalAndUniversal");
    char pso[DIRECTORY_DN_MAX];
    json_object_set_new(t->account, "tggau_readable", json_boolean(global != NULL));
    if (groups) {
        json_t *list = json_array();
        for (size_t i = 0; groups[i]; i++)
            take_group(t, list, str_n(groups[i]->bv_val, groups[i]->bv_len));
        json_object_set_new(t->account, "groups", list);
        json_object_set_new(t->account, "token_groups",
                            json_pack("{s:I,s:I,s:I,s:b}", "count", (json_int_t)t->count,
                                      "own_domain", (json_int_t)t->own, "foreign",
                                      (json_int_t)t->foreign, "protected", t->is_protected));
    }
    if (directory_text(d, entry, "msDS-ResultantPSO", pso, sizeof pso))
        json_set_text(t->account, "pso", str_of(pso));
    ldap_value_free_len(groups);
    ldap_value_free_len(global);
}

void survey_groups(struct survey *s, json_t *account) {
    static const struct survey_field FIELDS[] = {
        {"tokenGroups", "", SURVEY_TEXTS},
        {"tokenGroupsGlobalAndUniversal", "", SURVEY_TEXTS},
        {"msDS-ResultantPSO", "", SURVEY_TEXT},
    };
    struct tokens t = {.account = account};
    uint32_t rid;
    if (!text_at(account, "dn").n) /* without a base they would be our own */
        return;
    if (sid_parse(text_at(account, "sid"), &t.domain) && sid_is_of_domain(&t.domain, &rid))
        t.domain.count--;
    /* They are computed for a search of this one entry alone (MS-ADTS 3.1.1.4.5.19). */
    survey_search(s, &(struct survey_search){.base = text_at(account, "dn").p,
                                             .scope = LDAP_SCOPE_BASE,
                                             .fields = FIELDS,
                                             .field_count = sizeof FIELDS / sizeof *FIELDS,
                                             .entries_max = 1,
                                             .take = take_tokens,
                                             .user = &t});
}

void survey_person(struct survey *s) {
    struct survey_name n;
    struct buf filter;
    json_t *found = json_array(), *exact = json_array(), *near = json_array(), *account;
    size_t i;
    survey_name_of(s->q->person, &n);
    buf_init(&filter, SURVEY_FILTER_MAX);
    write_filter(&n, &filter);
    survey_search(s, &(struct survey_search){.base = survey_base(s),
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = &filter,
                                             .fields = SURVEY_ACCOUNT,
                                             .field_count = SURVEY_ACCOUNT_COUNT,
                                             .entries_max = FOUND_MAX,
                                             .take = survey_take_account,
                                             .user = found});
    sort(&n, found, exact, near);
    json_array_foreach(exact, i, account) survey_groups(s, account);
    json_t *tokens = json_object_get(json_array_get(exact, 0), "token_groups");
    if (tokens)
        json_object_set(s->facts, "token_groups", tokens);
    json_object_set_new(s->facts, "person", exact);
    json_object_set_new(s->facts, "person_near", near);
    json_decref(found);
}
