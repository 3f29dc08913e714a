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

/* False with `e` set: ERR_KRB_USER_DENIED names the group that `user` is in; ERR_KRB_GROUPS_UNKNOWN
 * when the ticket does not say which groups those are, so that nobody can know. `pac` is as
 * pac_find_group wants it. */
bool deny_groups_allow(const struct config_kerberos *c, const struct pac *pac, const char *user,
                       struct err *e);
