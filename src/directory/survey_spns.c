/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/likeness.h"
#include "directory/survey_int.h"

#include <stdio.h>

enum {
    OWNERS_MAX = 16,
    CANDIDATES_MAX = 512, /* accounts with an SPN of this class that are looked at */
    BEGINNING = 2,        /* letters that somebody who mistypes has right */
};

static const struct survey_field OWNER[] = {
    {"sAMAccountName", "account", SURVEY_TEXT},
    {"servicePrincipalName", "spns", SURVEY_TEXTS},
};
enum { OWNER_COUNT = 2 };

static void add_form(char out[SURVEY_FORMS_MAX][SURVEY_SPN_MAX], size_t *count, struct str spn,
                     const char *form) {
    bool is_new = !str_eq_ci(spn, str_of(form)) && strlen(form) < SURVEY_SPN_MAX - 1;
    for (size_t i = 0; i < *count; i++)
        is_new &= !str_eq_ci(str_of(out[i]), str_of(form));
    if (is_new && *count < SURVEY_FORMS_MAX)
        snprintf(out[(*count)++], SURVEY_SPN_MAX, "%s", form);
}

size_t survey_forms_of(struct str spn, struct str domain, uint16_t port,
                       char out[SURVEY_FORMS_MAX][SURVEY_SPN_MAX]) {
    struct spn s;
    size_t count = 0;
    if (spn.n >= SURVEY_SPN_MAX || !spn_split(spn, &s))
        return 0;
    size_t dot = str_index(s.host, '.');
    bool is_short = dot == s.host.n;
    char full[SURVEY_SPN_MAX], form[3 * SURVEY_SPN_MAX];
    snprintf(full, sizeof full, "%.*s%s%.*s", STR_ARG(s.host), is_short ? "." : "",
             STR_ARG(is_short ? domain : STR_NONE));
    const struct str hosts[] = {str_of(full), str_head(s.host, dot)};
    for (size_t i = 0; i < 2; i++) {
        snprintf(form, sizeof form, "%.*s/%.*s", STR_ARG(s.service), STR_ARG(hosts[i]));
        add_form(out, &count, spn, form);
        snprintf(form, sizeof form, "%.*s/%.*s:%u", STR_ARG(s.service), STR_ARG(hosts[i]), port);
        if (port)
            add_form(out, &count, spn, form);
        /* sPNMappings: a computer's HOST stands for HTTP and others (MS-ADTS 3.1.1.5.1.3). */
        snprintf(form, sizeof form, "HOST/%.*s", STR_ARG(hosts[i]));
        add_form(out, &count, spn, form);
    }
    return count;
}

static void find_owners(struct survey *s, struct str spn, json_t *list) {
    struct buf filter;
    buf_init(&filter, SURVEY_FILTER_MAX);
    filter_equals(&filter, "servicePrincipalName", spn);
    survey_search(s, &(struct survey_search){.base = survey_base(s),
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = &filter,
                                             .fields = SURVEY_ACCOUNT,
                                             .field_count = SURVEY_ACCOUNT_COUNT,
                                             .entries_max = SURVEY_ACCOUNTS_MAX,
                                             .take = survey_take_account,
                                             .user = list});
}

struct rbcd {
    const struct survey *s;
    json_t *account;
};

static void take_rbcd(struct directory *d, LDAPMessage *entry, void *user) {
    struct rbcd *r = user;
    struct berval **values = directory_values(d, entry, "msDS-AllowedToActOnBehalfOfOtherIdentity");
    /* It is in the same property set as userAccountControl (MS-ADA2), so that who may read the one
     * may read the other. */
    bool is_readable = json_object_get(r->account, "uac") != NULL;
    if (!d->is_catalogue)
        json_object_set_new(r->account, "rbcd",
                            survey_rbcd(r->s, values ? values[0] : NULL, is_readable));
    ldap_value_free_len(values);
}

static void read_rbcd(struct survey *s, json_t *account) {
    static const struct survey_field FIELDS[] = {
        {"msDS-AllowedToActOnBehalfOfOtherIdentity", "", SURVEY_HEX}};
    struct rbcd r = {s, account};
    if (!json_object_get(account, "dn"))
        return;
    survey_search(s,
                  &(struct survey_search){.base = json_string_value(json_object_get(account, "dn")),
                                          .scope = LDAP_SCOPE_BASE,
                                          .fields = FIELDS,
                                          .field_count = 1,
                                          .entries_max = 1,
                                          .take = take_rbcd,
                                          .user = &r});
}

void survey_target(struct survey *s) {
    json_t *owners = json_array(), *account;
    size_t i;
    find_owners(s, s->q->spn, owners);
    json_object_set_new(s->facts, "target", owners);
    json_array_foreach(owners, i, account) read_rbcd(s, account);
    struct spn spn;
    char host[SURVEY_SPN_MAX + 8];
    if (json_array_size(owners) > 0 || !spn_split(s->q->spn, &spn))
        return;
    /* Whose the ticket is when nobody has that very SPN. */
    json_t *hosts = json_array();
    snprintf(host, sizeof host, "HOST/%.*s", STR_ARG(str_head(spn.host, SURVEY_SPN_MAX)));
    find_owners(s, str_of(host), hosts);
    json_array_foreach(hosts, i, account) read_rbcd(s, account);
    json_object_set_new(s->facts, "host_target", hosts);
}

struct forms {
    char text[SURVEY_FORMS_MAX][SURVEY_SPN_MAX];
    size_t count;
    json_t *owners[SURVEY_FORMS_MAX];
};

static void take_owner(struct directory *d, LDAPMessage *entry, void *user) {
    struct forms *f = user;
    json_t *owner = survey_entry(d, entry, OWNER, OWNER_COUNT), *spn;
    json_t *spns = json_incref(json_object_get(owner, "spns"));
    size_t i;
    json_object_del(owner, "spns");
    json_array_foreach(spns, i, spn) {
        for (size_t form = 0; form < f->count; form++)
            if (str_eq_ci(str_of(json_string_value(spn)), str_of(f->text[form])))
                json_array_append(f->owners[form], owner);
    }
    json_decref(spns);
    json_decref(owner);
}

void survey_forms(struct survey *s) {
    char realm[DIRECTORY_NAME_MAX];
    struct forms f = {0};
    struct buf filter;
    directory_realm(s->d->domain, realm, sizeof realm);
    for (char *p = realm; *p; p++)
        *p = str_lower(*p);
    f.count = survey_forms_of(s->q->spn, str_of(realm), s->q->port, f.text);
    if (f.count == 0)
        return;
    buf_init(&filter, SURVEY_FILTER_MAX);
    buf_add(&filter, STR("(|"));
    for (size_t i = 0; i < f.count; i++) {
        filter_equals(&filter, "servicePrincipalName", str_of(f.text[i]));
        f.owners[i] = json_array();
    }
    buf_add_byte(&filter, ')');
    survey_search(s, &(struct survey_search){.base = survey_base(s),
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = &filter,
                                             .fields = OWNER,
                                             .field_count = OWNER_COUNT,
                                             .entries_max = OWNERS_MAX,
                                             .take = take_owner,
                                             .user = &f});
    json_t *forms = json_array();
    for (size_t i = 0; i < f.count; i++)
        json_array_append_new(forms,
                              json_pack("{s:s,s:o}", "spn", f.text[i], "owners", f.owners[i]));
    json_object_set_new(s->facts, "target_forms", forms);
}

struct similar {
    struct str wanted;
    json_t *rank[LIKENESS_NONE]; /* lists, by likeness */
};

static bool is_there(const json_t *list, const json_t *spn, const json_t *dn) {
    const json_t *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        if (json_equal(json_object_get(entry, "spn"), spn) &&
            json_equal(json_object_get(entry, "dn"), dn))
            return true;
    }
    return false;
}

static void take_candidate(struct directory *d, LDAPMessage *entry, void *user) {
    struct similar *similar = user;
    json_t *owner = survey_entry(d, entry, OWNER, OWNER_COUNT), *spn;
    size_t i;
    json_array_foreach(json_object_get(owner, "spns"), i, spn) {
        enum likeness l = likeness_of(similar->wanted, str_of(json_string_value(spn)));
        json_t *list = l == LIKENESS_SAME || l == LIKENESS_NONE ? NULL : similar->rank[l];
        if (!list || json_array_size(list) >= SURVEY_SIMILAR_MAX ||
            is_there(list, spn, json_object_get(owner, "dn")))
            continue;
        json_array_append_new(
            list, json_pack("{s:O,s:O,s:O*,s:s}", "spn", spn, "dn", json_object_get(owner, "dn"),
                            "account", json_object_get(owner, "account"), "why", likeness_word(l)));
    }
    json_decref(owner);
}

static void find_candidates(struct survey *s, struct similar *similar, struct buf *filter) {
    survey_search(s, &(struct survey_search){.base = survey_base(s),
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = filter,
                                             .fields = OWNER,
                                             .field_count = OWNER_COUNT,
                                             .entries_max = CANDIDATES_MAX,
                                             .take = take_candidate,
                                             .user = similar});
}

/* Those that begin alike, and those of any class on a host of this name; then all of the class. */
static void find_similar(struct survey *s, struct similar *similar, const struct spn *spn) {
    struct buf filter, part;
    buf_init(&filter, SURVEY_FILTER_MAX);
    buf_init(&part, SURVEY_SPN_MAX);
    buf_printf(&part, "%.*s/%.*s", STR_ARG(spn->service), STR_ARG(str_head(spn->host, BEGINNING)));
    buf_add(&filter, STR("(|"));
    filter_begins(&filter, "servicePrincipalName", buf_str(&part));
    buf_clear(&part);
    buf_printf(&part, "/%.*s", STR_ARG(str_head(spn->host, str_index(spn->host, '.'))));
    filter_contains(&filter, "servicePrincipalName", buf_str(&part));
    buf_add_byte(&filter, ')');
    find_candidates(s, similar, &filter);
    buf_clear(&part);
    buf_printf(&part, "%.*s/", STR_ARG(spn->service));
    buf_init(&filter, SURVEY_FILTER_MAX);
    filter_begins(&filter, "servicePrincipalName", buf_str(&part));
    find_candidates(s, similar, &filter);
    buf_fini(&part);
}

void survey_similar(struct survey *s) {
    struct similar similar = {.wanted = s->q->spn};
    struct spn spn;
    json_t *list = json_array(), *entry;
    size_t i;
    if (s->q->spn.n < SURVEY_SPN_MAX && spn_split(s->q->spn, &spn)) {
        for (size_t l = 0; l < LIKENESS_NONE; l++)
            similar.rank[l] = json_array();
        find_similar(s, &similar, &spn);
    }
    for (size_t l = 0; l < LIKENESS_NONE; l++) {
        json_array_foreach(similar.rank[l], i, entry) {
            if (json_array_size(list) < SURVEY_SIMILAR_MAX)
                json_array_append(list, entry);
        }
        json_decref(similar.rank[l]);
    }
    json_object_set_new(s->facts, "similar", list);
}
