/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups whose members get no ticket (connector.kerberos.deny_groups), held against the groups that
 * the domain controller has written into the ticket of the person to ourselves: nested ones are
 * among them, and it is as new as the ticket. A name that every domain has a group of, such as
 * Domain Admins, is that group of every domain. Pure, any thread.
 */
#pragma once
#include "config/config.h"
#include "kerberos/pac.h"

struct denied_group {
    struct sid sid; /* count 0: the group `rid` of every domain */
    uint32_t rid;
    bool is_known; /* false: the directory has not been asked yet which one it is */
};

/* Reads a group of the list: a SID, or a name that every domain has a group of, is known then. */
void deny_groups_read(struct str text, struct denied_group *out);

/* False with `e` set: ERR_KRB_USER_DENIED names the group that `user` is in; ERR_KRB_GROUPS_UNKNOWN
 * when the ticket does not say which groups those are, or a group of the list is not known, so that
 * nobody can know. `groups` has one for each of the list, or is NULL: none is known. `pac` is as
 * pac_find_group wants it. */
bool deny_groups_allow(const struct config_kerberos *c, const struct denied_group *groups,
                       const struct pac *pac, const char *user, struct err *e);
/* Why `group` is not known. False, with `e` set (ERR_KRB_GROUPS_UNKNOWN). */
bool deny_groups_refuse(const char *group, const struct err *why, struct err *e);
