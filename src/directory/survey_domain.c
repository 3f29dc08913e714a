/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/survey_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* MS-ADTS 6.1.1.4.12: who may read what groups a person is in. */
static const char ACCESS_GROUP[] = "S-1-5-32-560";

enum { DOMAINS_MAX = 64 };

static const struct survey_field DOMAIN[] = {
    {"objectSid", "sid", SURVEY_SID},
    {"maxPwdAge", "max_pwd_age_s", SURVEY_INTERVAL},
    {"minPwdAge", "min_pwd_age_s", SURVEY_INTERVAL},
    {"lockoutThreshold", "lockout_threshold", SURVEY_INT},
    {"lockoutDuration", "lockout_s", SURVEY_INTERVAL},
    {"lockOutObservationWindow", "lockout_window_s", SURVEY_INTERVAL},
    {"msDS-Behavior-Version", "functional_level", SURVEY_INT},
};

static const struct survey_field TRUST[] = {
    {"trustPartner", "name", SURVEY_TEXT},
    {"flatName", "flat_name", SURVEY_TEXT},
    {"trustDirection", "direction", SURVEY_INT},
    {"trustAttributes", "attributes", SURVEY_UINT32},
    {"trustType", "type", SURVEY_INT},
    {"msDS-SupportedEncryptionTypes", "etypes", SURVEY_UINT32},
    {"securityIdentifier", "sid", SURVEY_SID},
    {"whenCreated", "when_created", SURVEY_TIME},
};

static const struct survey_field DOMAIN_NAME[] = {
    {"dnsRoot", "name", SURVEY_TEXT},
    {"nETBIOSName", "flat_name", SURVEY_TEXT},
};

static const struct survey_field SUFFIXES[] = {{"uPNSuffixes", "upn_suffixes", SURVEY_TEXTS}};

static const struct survey_field ROOT[] = {
    {"currentTime", "current_time", SURVEY_TIME},
    {"dnsHostName", "dns_host_name", SURVEY_TEXT},
    {"defaultNamingContext", "default_naming_context", SURVEY_TEXT},
    {"rootDomainNamingContext", "root_naming_context", SURVEY_TEXT},
    {"domainFunctionality", "domain_functionality", SURVEY_INT},
    {"forestFunctionality", "forest_functionality", SURVEY_INT},
    {"domainControllerFunctionality", "dc_functionality", SURVEY_INT},
    {"highestCommittedUSN", "highest_usn", SURVEY_INT},
    {"isGlobalCatalogReady", "is_gc_ready", SURVEY_BOOL},
    {"isSynchronized", "is_synchronized", SURVEY_BOOL},
    {"supportedSASLMechanisms", "mechanisms", SURVEY_TEXTS},
    {"ldapServiceName", "service_name", SURVEY_TEXT},
    {"vendorName", "vendor", SURVEY_TEXT}, /* of others than Microsoft */
};

#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

/* Fields of the one entry that is there go into `user`. */
#define TAKE(name, fields)                                                                         \
    static void name(struct directory *d, LDAPMessage *entry, void *user) {                        \
        json_t *found = survey_entry(d, entry, fields, COUNT(fields));                             \
        json_object_update_missing(user, found);                                                   \
        json_decref(found);                                                                        \
    }
TAKE(take_domain, DOMAIN)
TAKE(take_suffixes, SUFFIXES)

static void take_trust(struct directory *d, LDAPMessage *entry, void *user) {
    json_array_append_new(user, survey_entry(d, entry, TRUST, COUNT(TRUST)));
}

static void take_domain_name(struct directory *d, LDAPMessage *entry, void *user) {
    json_t *name = survey_entry(d, entry, DOMAIN_NAME, COUNT(DOMAIN_NAME));
    json_object_del(name, "dn");
    json_object_del(name, "realm"); /* of the list, not of the domain */
    json_array_append_new(user, name);
}

static json_t *root_of(struct directory *d, LDAPMessage *entry) {
    json_t *root = survey_entry(d, entry, ROOT, COUNT(ROOT));
    json_object_del(root, "dn");
    json_object_del(root, "realm");
    return root;
}

static void find_trusts(struct survey *s) {
    char base[DIRECTORY_DN_MAX + 16];
    struct buf filter;
    json_t *trusts = json_array();
    snprintf(base, sizeof base, "CN=System,%s", s->d->domain);
    buf_init(&filter, SURVEY_FILTER_MAX);
    filter_equals(&filter, "objectClass", STR("trustedDomain"));
    survey_search(s, &(struct survey_search){.base = base,
                                             .scope = LDAP_SCOPE_ONELEVEL,
                                             .filter = &filter,
                                             .fields = TRUST,
                                             .field_count = COUNT(TRUST),
                                             .entries_max = SURVEY_TRUSTS_MAX,
                                             .take = take_trust,
                                             .user = trusts});
    json_object_set_new(s->facts, "trusts", trusts);
}

static void find_krbtgt(struct survey *s) {
    struct buf filter;
    json_t *found = json_array();
    buf_init(&filter, SURVEY_FILTER_MAX);
    filter_equals(&filter, "sAMAccountName", STR("krbtgt"));
    survey_search(s, &(struct survey_search){.base = s->d->domain,
                                             .scope = LDAP_SCOPE_SUBTREE,
                                             .filter = &filter,
                                             .fields = SURVEY_ACCOUNT,
                                             .field_count = SURVEY_ACCOUNT_COUNT,
                                             .entries_max = 1,
                                             .take = survey_take_account,
                                             .user = found});
    json_object_set(s->facts, "krbtgt", json_array_get(found, 0));
    json_decref(found);
}

/* What names of people may end with, and which domains there are. */
static void find_suffixes(struct survey *s) {
    char base[DIRECTORY_DN_MAX + 16];
    json_t *names = json_array(), *suffixes = json_object();
    struct buf filter;
    snprintf(base, sizeof base, "CN=Partitions,%s", s->d->configuration);
    survey_search(s, &(struct survey_search){.base = base,
                                             .scope = LDAP_SCOPE_BASE,
                                             .fields = SUFFIXES,
                                             .field_count = COUNT(SUFFIXES),
                                             .entries_max = 1,
                                             .take = take_suffixes,
                                             .user = suffixes});
    json_t *list = json_object_get(suffixes, "upn_suffixes");
    if (list)
        json_object_set(s->facts, "upn_suffixes", list);
    buf_init(&filter, SURVEY_FILTER_MAX);
    buf_add(&filter, STR("(&(objectClass=crossRef)(nETBIOSName=*))"));
    survey_search(s, &(struct survey_search){.base = base,
                                             .scope = LDAP_SCOPE_ONELEVEL,
                                             .filter = &filter,
                                             .fields = DOMAIN_NAME,
                                             .field_count = COUNT(DOMAIN_NAME),
                                             .entries_max = DOMAINS_MAX,
                                             .take = take_domain_name,
                                             .user = names});
    json_object_set_new(s->facts, "domains", names);
    json_decref(suffixes);
}

static void find_policy(struct survey *s) {
    json_t *policy = json_object();
    survey_search(s, &(struct survey_search){.base = s->d->domain,
                                             .scope = LDAP_SCOPE_BASE,
                                             .fields = DOMAIN,
                                             .field_count = COUNT(DOMAIN),
                                             .entries_max = 1,
                                             .take = take_domain,
                                             .user = policy});
    json_object_del(policy, "dn");
    json_object_del(policy, "realm");
    json_t *level = json_object_get(policy, "functional_level");
    if (level)
        json_object_set(s->facts, "functional_level", level);
    json_object_set_new(s->facts, "policy", policy);
}

void survey_domain(struct survey *s) {
    find_policy(s);
    find_krbtgt(s);
    find_trusts(s);
    find_suffixes(s);
}

struct root {
    json_t *facts;
    bool is_in_access_group;
};

/* The rootDSE has the groups of who asks, and that is us (MS-ADTS 3.1.1.3.2). */
static void take_root(struct directory *d, LDAPMessage *entry, void *user) {
    struct root *r = user;
    struct berval **groups = directory_values(d, entry, "tokenGroups");
    for (size_t i = 0; groups && groups[i]; i++) {
        struct sid sid;
        char text[SID_TEXT_MAX] = "";
        if (sid_decode(str_n(groups[i]->bv_val, groups[i]->bv_len), &sid))
            sid_text(&sid, text);
        r->is_in_access_group |= strcmp(text, ACCESS_GROUP) == 0;
    }
    ldap_value_free_len(groups);
    json_decref(r->facts);
    r->facts = root_of(d, entry);
}

static bool has_text(const json_t *list, const char *text) {
    const json_t *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        if (str_eq(str_of(json_string_value(entry)), str_of(text)))
            return true;
    }
    return false;
}

void survey_root(struct survey *s) {
    struct survey_field fields[COUNT(ROOT) + 1];
    struct root r = {0};
    memcpy(fields, ROOT, sizeof ROOT);
    fields[COUNT(ROOT)] = (struct survey_field){"tokenGroups", "", SURVEY_TEXTS};
    survey_search(s, &(struct survey_search){.base = "",
                                             .scope = LDAP_SCOPE_BASE,
                                             .fields = fields,
                                             .field_count = COUNT(fields),
                                             .entries_max = 1,
                                             .take = take_root,
                                             .user = &r});
    const json_t *groups = json_object_get(json_object_get(s->facts, "connector"), "groups");
    bool is_in = r.is_in_access_group || has_text(groups, ACCESS_GROUP);
    if (groups || is_in)
        json_object_set_new(s->facts, "in_waag", json_boolean(is_in));
    if (r.facts)
        json_object_set_new(s->facts, "root", r.facts);
}

static void take_bare_root(struct directory *d, LDAPMessage *entry, void *user) {
    json_t **root = user;
    json_decref(*root);
    *root = root_of(d, entry);
}

json_t *directory_root(const struct directory_root_question *q, struct err *e) {
    struct directory *d = calloc(1, sizeof *d);
    char *wanted[COUNT(ROOT) + 1] = {0};
    json_t *root = NULL;
    if (!d) {
        close(q->fd);
        err_set(e, ERR_NO_MEMORY, "no memory to ask the directory");
        return NULL;
    }
    snprintf(d->host, sizeof d->host, "%s", q->host);
    for (size_t i = 0; i < COUNT(ROOT); i++)
        wanted[i] = (char *)ROOT[i].attribute;
    struct directory_search search = {.base = "",
                                      .scope = LDAP_SCOPE_BASE,
                                      .filter = "(objectClass=*)",
                                      .attributes = wanted,
                                      .entries_max = 1,
                                      .until_us = q->until_us,
                                      .take = take_bare_root,
                                      .user = &root};
    bool done = directory_connect(d, q->fd, e) && directory_search(d, &search, e);
    if (done && !root)
        err_set(e, ERR_DIRECTORY, "the directory at %s says nothing about itself", q->host);
    if (!done)
        json_decref(root);
    directory_close(d);
    return done ? root : NULL;
}
