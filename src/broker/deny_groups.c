/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/deny_groups.h"

void deny_groups_read(struct str text, struct denied_group *out) {
    *out = (struct denied_group){.rid = 0};
    out->is_known = sid_parse(text, &out->sid) || sid_rid_of_group(text, &out->rid);
}

static bool is_denied(void *user, const struct sid *group) {
    const struct denied_group *d = user;
    uint32_t rid;
    return d->sid.count ? sid_eq(&d->sid, group) : sid_is_of_domain(group, &rid) && rid == d->rid;
}

bool deny_groups_refuse(const char *group, const struct err *why, struct err *e) {
    err_set(e, ERR_KRB_GROUPS_UNKNOWN, "who is in the denied group \"%s\" is not known: %s", group,
            why->detail);
    err_hint(e,
             "Nobody gets a ticket while connector.kerberos.deny_groups cannot be held against "
             "it. %s",
             why->hint);
    e->kdc = why->kdc;
    return false;
}

static bool refuse_unknown(const char *text, const char *group, struct err *e) {
    struct err why;
    err_set(&why, ERR_KRB_GROUPS_UNKNOWN, "%s", text);
    return deny_groups_refuse(group, &why, e);
}

bool deny_groups_allow(const struct config_kerberos *c, const struct denied_group *groups,
                       const struct pac *pac, const char *user, struct err *e) {
    for (size_t i = 0; i < c->deny_group_count; i++) {
        const char *name = c->deny_groups[i];
        if (!pac->has_groups)
            return refuse_unknown("the domain controller's ticket lists no groups", name, e);
        if (!groups || !groups[i].is_known)
            return refuse_unknown("the directory has not been asked for it", name, e);
        struct denied_group group = groups[i];
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
