/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/deny_groups.h"

/* One group of the list. */
struct denied {
    struct sid sid; /* count 0: the group `rid` of every domain */
    uint32_t rid;
};

static bool read_group(struct str text, struct denied *out) {
    *out = (struct denied){.rid = 0};
    return sid_parse(text, &out->sid) || sid_rid_of_group(text, &out->rid);
}

static bool is_denied(void *user, const struct sid *group) {
    const struct denied *d = user;
    uint32_t rid;
    return d->sid.count ? sid_eq(&d->sid, group) : sid_is_of_domain(group, &rid) && rid == d->rid;
}

static bool refuse_unknown(const char *why, const char *group, const char *user, struct err *e) {
    err_set(e, ERR_KRB_GROUPS_UNKNOWN, "whether %s is in the denied group \"%s\" is not known: %s",
            user, group, why);
    err_hint(e, "Nobody gets a ticket while connector.kerberos.deny_groups cannot be held against "
                "it. Correct the list, or ask the domain controller's administrator.");
    return false;
}

bool deny_groups_allow(const struct config_kerberos *c, const struct pac *pac, const char *user,
                       struct err *e) {
    for (size_t i = 0; i < c->deny_group_count; i++) {
        const char *name = c->deny_groups[i];
        struct denied group;
        if (!pac->has_groups)
            return refuse_unknown("the domain controller's ticket lists no groups", name, user, e);
        if (!read_group(str_of(name), &group))
            return refuse_unknown("the name is of no group", name, user, e);
        if (!pac_find_group(pac, is_denied, &group))
            continue;
        err_set(e, ERR_KRB_USER_DENIED,
                "%s may not be impersonated: deny_groups has \"%s\", of which the account is a "
                "member, perhaps by way of other groups",
                user, name);
        err_hint(e, "connector.kerberos.deny_groups is meant for accounts with great rights.");
        return false;
    }
    return true;
}
