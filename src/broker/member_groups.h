/* SPDX-License-Identifier: Apache-2.0
 *
 * The groups that apps let in (apps.allow.groups and those of rules), held against the ticket by
 * which a sign-in was proven: nested ones are in it, and it is as new as the sign-in. Other groups
 * of a person are nobody's business, and may be thousands. A SID and a name that every domain has a
 * group of, which is that of the person's domain, are known at once; another name is looked up in
 * the directory of the account once. One that is not known has no members. Any thread.
 */
#pragma once
#include "base/err.h"
#include "base/sid.h"
#include "config/config.h"
#include "kerberos/pac.h"

struct member_groups;

enum {
    MEMBER_GROUPS_MAX = 1024,     /* of all apps; those behind have no members */
    MEMBER_GROUPS_AGAIN_S = 60,   /* until the directory is asked again for one it did not find */
    MEMBER_GROUPS_LEAST_MS = 200, /* with less time than this nothing is begun */
};

/* `config` must outlive it. NULL with `e` set. Asks nobody yet. */
struct member_groups *member_groups_new(const struct config *config, struct err *e);
/* NULL is allowed. */
void member_groups_free(struct member_groups *m);

/* Whether there are any at all; and whether the directory should be asked for some now. */
bool member_groups_are_wanted(const struct member_groups *m);
bool member_groups_are_due(struct member_groups *m);
/* How the directory is asked: the SID of a group, as accounts_group has it. */
struct member_asker {
    bool (*find)(void *user, const char *name, int64_t until_us, struct sid *out, struct err *e);
    void *user;
    int64_t until_us; /* of the monotonic clock */
};
/* Asks for those, not longer than until_us. Who comes meanwhile waits for what the first one hears:
 * a sign-in that went on without would be in no group for as long as its session lasts. What is not
 * found is logged; what there was no time for is still due. */
void member_groups_ask(struct member_groups *m, const struct member_asker *a);

/* The groups of the list that the ticket names, as the configuration writes them: a JSON list of
 * texts, for free, of at most BROKER_GROUPS_MAX bytes; what is too much is left out and logged.
 * NULL: none, or no memory. `pac` is as pac_find_group wants it. */
char *member_groups_of(struct member_groups *m, const struct pac *pac);
