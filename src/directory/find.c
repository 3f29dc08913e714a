/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/directory_int.h"
#include "directory/filter.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILTER_MAX = 8192 };

void directory_realm(const char *dn, char *out, size_t size) {
    char *domain = NULL;
    out[0] = '\0';
    if (ldap_dn2domain(dn, &domain) == 0 && domain && strlen(domain) < size) {
        snprintf(out, size, "%s", domain);
        for (char *p = out; *p; p++)
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    }
    ldap_memfree(domain);
}

/* As text it is a signed number. */
static void take_group_type(struct directory *d, LDAPMessage *entry, struct directory_entry *to) {
    char text[16];
    if (directory_text(d, entry, "groupType", text, sizeof text))
        to->group_type = (uint32_t)strtol(text, NULL, 10);
}

static void take_entry(struct directory *d, LDAPMessage *entry, void *user) {
    struct directory_answer *out = user;
    struct directory_entry *to = &out->entry[out->count++];
    char *dn = ldap_get_dn(d->ld, entry);
    snprintf(to->dn, sizeof to->dn, "%s", dn ? dn : "");
    if (dn)
        directory_realm(dn, to->realm, sizeof to->realm);
    ldap_memfree(dn);
    directory_text(d, entry, "sAMAccountName", to->account, sizeof to->account);
    struct berval **sid = directory_values(d, entry, "objectSid");
    if (sid)
        sid_decode(str_n(sid[0]->bv_val, sid[0]->bv_len), &to->sid);
    ldap_value_free_len(sid);
    take_group_type(d, entry, to);
}

static void take_base(struct directory *d, LDAPMessage *entry, void *user) {
    directory_text(d, entry, "nCName", user, DIRECTORY_DN_MAX);
}

static bool refuse_long(struct err *e) {
    return err_set(e, ERR_DIRECTORY, "the name is too long to be searched");
}

/* Where the domain of this NetBIOS name begins (MS-ADTS 6.1.1.2.1.1); empty when there is none. */
static bool find_base(struct directory *d, const struct directory_question *q,
                      char base[DIRECTORY_DN_MAX], struct err *e) {
    char name[] = "nCName", *wanted[] = {name, NULL};
    char partitions[DIRECTORY_DN_MAX + 16];
    struct buf filter;
    snprintf(partitions, sizeof partitions, "CN=Partitions,%s", d->configuration);
    buf_init(&filter, FILTER_MAX);
    buf_add(&filter, STR("(&(objectClass=crossRef)"));
    filter_equals(&filter, "nETBIOSName", q->domain);
    buf_add(&filter, STR(")\0"));
    struct directory_search s = {.base = partitions,
                                 .scope = LDAP_SCOPE_ONELEVEL,
                                 .filter = buf_str(&filter).p,
                                 .attributes = wanted,
                                 .until_us = q->until_us,
                                 .take = take_base,
                                 .user = base};
    bool done = filter.failed ? refuse_long(e) : directory_search(d, &s, e);
    buf_fini(&filter);
    return done;
}

static void write_filter(struct buf *out, const struct directory_question *q) {
    /* objectCategory leaves out computers, which are users otherwise (MS-ADTS 3.1.1.2.4.3). */
    buf_add(out, q->is_group ? STR("(&(objectClass=group)")
                             : STR("(&(objectCategory=person)(objectClass=user)"));
    if (q->sid)
        filter_equals_sid(out, "objectSid", q->sid);
    else
        filter_equals(out, "sAMAccountName", q->account);
    buf_add(out, STR(")\0"));
}

bool directory_find(struct directory *d, const struct directory_question *q,
                    struct directory_answer *out, struct err *e) {
    char account[] = "sAMAccountName", sid[] = "objectSid", type[] = "groupType";
    char *wanted[] = {account, sid, type, NULL};
    char base[DIRECTORY_DN_MAX] = "";
    struct buf filter;
    *out = (struct directory_answer){0};
    if (q->domain.n && !find_base(d, q, base, e))
        return false;
    if (q->domain.n && !base[0])
        return true;
    buf_init(&filter, FILTER_MAX);
    write_filter(&filter, q);
    struct directory_search s = {.base = base[0] || d->is_catalogue ? base : d->domain,
                                 .scope = LDAP_SCOPE_SUBTREE,
                                 .filter = buf_str(&filter).p,
                                 .attributes = wanted,
                                 .until_us = q->until_us,
                                 .take = take_entry,
                                 .user = out};
    bool done = filter.failed ? refuse_long(e) : directory_search(d, &s, e);
    buf_fini(&filter);
    return done;
}
