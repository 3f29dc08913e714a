/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/accounts.h"

#include "base/clock.h"
#include "broker/deny_groups.h"
#include "broker/directory_servers.h"
#include "broker/own_ticket.h"
#include "broker/policy.h"
#include "broker/s4u.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct accounts {
    const struct config *config;
    struct account_cache *cache;
    struct directory_servers *servers;
    pthread_mutex_t lock;        /* guards the two below, until all are known */
    struct denied_group *groups; /* as in the configuration */
    bool are_groups_known;       /* nothing changes any more */
};

struct accounts *accounts_new(const struct config *config, struct err *e) {
    const struct config_kerberos *k = &config->kerberos;
    struct accounts *a = calloc(1, sizeof *a);
    if (!a) {
        err_set(e, ERR_NO_MEMORY, "no memory for the directory");
        return NULL;
    }
    a->config = config;
    pthread_mutex_init(&a->lock, NULL);
    a->cache = account_cache_new();
    a->groups = calloc(k->deny_group_count + 1, sizeof *a->groups);
    err_set(e, ERR_NO_MEMORY, "no memory for the directory");
    if (a->cache && a->groups && (a->servers = directory_servers_new(config, e))) {
        for (size_t i = 0; i < k->deny_group_count; i++)
            deny_groups_read(str_of(k->deny_groups[i]), &a->groups[i]);
        return a;
    }
    accounts_free(a);
    return NULL;
}

void accounts_free(struct accounts *a) {
    if (!a)
        return;
    directory_servers_free(a->servers);
    account_cache_free(a->cache);
    free(a->groups);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* "DOMAIN\name" or "name". */
static struct directory_question question(struct str text, int64_t until_us) {
    size_t slash = str_index(text, '\\');
    bool has_domain = slash < text.n;
    return (struct directory_question){.account = has_domain ? str_from(text, slash + 1) : text,
                                       .domain = has_domain ? str_head(text, slash) : STR_NONE,
                                       .until_us = until_us};
}

static bool is_plain(const char *name) {
    for (const char *p = name; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f || strchr("/@\\", *p))
            return false;
    }
    return name[0] != '\0';
}

bool accounts_choose(const struct directory_answer *found, struct str name, struct account *out,
                     struct err *e) {
    const struct directory_entry *one = &found->entry[0];
    if (found->count == 0)
        return err_set(e, ERR_KRB_USER_UNKNOWN, "the directory has no account \"%.*s\"",
                       STR_ARG(name));
    if (found->count > 1) {
        err_set(e, ERR_KRB_USER_AMBIGUOUS,
                "\"%.*s\" is the name of several accounts: %.120s and %.120s",
                STR_ARG(str_head(name, 64)), one->dn, found->entry[1].dn);
        err_hint(e, "Have the claim say DOMAIN\\name, or use as: sid.");
        return false;
    }
    if (!is_plain(one->account) || !is_plain(one->realm))
        return err_set(
            e, ERR_KRB_USER_UNKNOWN,
            "the account %.200s that is called \"%.*s\" has no name that Kerberos can use", one->dn,
            STR_ARG(str_head(name, 64)));
    if (one->sid.count == 0)
        return err_set(e, ERR_KRB_USER_UNKNOWN,
                       "the account %.200s that is called \"%.*s\" has no SID that we may see",
                       one->dn, STR_ARG(str_head(name, 64)));
    snprintf(out->principal, sizeof out->principal, "%s@%s", one->account, one->realm);
    out->sid = one->sid;
    return true;
}

static bool look_up(struct accounts *a, struct krb *k, const struct broker_request *q,
                    int64_t until_us, struct account *out, struct err *e) {
    struct directory_question asked = question(q->user, until_us);
    struct directory_answer found;
    struct sid sid;
    if (q->name_type == BROKER_NAME_SID) {
        if (!sid_parse(q->user, &sid))
            return err_set(e, ERR_KRB_USER_UNKNOWN, "\"%.*s\" is not a SID", STR_ARG(q->user));
        asked.sid = &sid;
    }
    if (!directory_servers_ask(a->servers, k, &asked, &found, e))
        return false;
    bool is_one = accounts_choose(&found, q->user, out, e);
    account_cache_put(a->cache, q->name_type, q->user, clock_mono_us(), out, is_one ? NULL : e);
    return is_one;
}

/* MS-KILE 3.3.5.7.3: a ticket lists security groups, and of those that are local
 * to a domain only the ones of the domain where it is spent. */
bool accounts_choose_group(const struct directory_answer *found, struct str realm, struct sid *out,
                           struct err *e) {
    const struct directory_entry *one = &found->entry[0];
    uint32_t rid;
    if (found->count != 1)
        return err_set(e, ERR_DIRECTORY, "the directory has %s group of this name",
                       found->count ? "more than one" : "no");
    if (!sid_is_of_domain(&one->sid, &rid))
        return err_set(e, ERR_DIRECTORY, "it is no group of a domain, and tickets name no others");
    if (!(one->group_type & DIRECTORY_GROUP_SECURITY))
        return err_set(e, ERR_DIRECTORY,
                       "it is a distribution group, and tickets name security groups only");
    if ((one->group_type & DIRECTORY_GROUP_LOCAL) && !str_eq_ci(str_of(one->realm), realm))
        return err_set(
            e, ERR_DIRECTORY,
            "it is local to the domain %.128s, and tickets name it there only: make it a "
            "universal group",
            one->realm);
    *out = one->sid;
    return true;
}

bool accounts_group(struct accounts *a, struct krb *k, const char *name, int64_t until_us,
                    struct sid *out, struct err *e) {
    struct directory_question asked = question(str_of(name), until_us);
    struct directory_answer found;
    struct str realm = str_n(k->self->realm.data, k->self->realm.length);
    asked.is_group = true;
    return directory_servers_ask(a->servers, k, &asked, &found, e) &&
           accounts_choose_group(&found, realm, out, e);
}

static bool find_group(struct accounts *a, struct krb *k, const char *name, int64_t until_us,
                       struct denied_group *out, struct err *e) {
    struct err why = {.code = ERR_NONE};
    if (!accounts_group(a, k, name, until_us, &out->sid, &why))
        return deny_groups_refuse(name, &why, e);
    out->is_known = true;
    return true;
}

/* Once all are known, every thread reads the one table. */
bool accounts_know_groups(struct accounts *a, struct krb *k, int64_t until_us, struct err *e) {
    const struct config_kerberos *c = &a->config->kerberos;
    bool done = true;
    pthread_mutex_lock(&a->lock);
    bool are_known = a->are_groups_known;
    pthread_mutex_unlock(&a->lock);
    for (size_t i = 0; !are_known && done && i < c->deny_group_count; i++) {
        struct denied_group group;
        pthread_mutex_lock(&a->lock);
        group = a->groups[i];
        pthread_mutex_unlock(&a->lock);
        if (group.is_known)
            continue;
        done = find_group(a, k, c->deny_groups[i], until_us, &group, e);
        pthread_mutex_lock(&a->lock);
        if (done && !a->are_groups_known)
            a->groups[i] = group;
        pthread_mutex_unlock(&a->lock);
    }
    pthread_mutex_lock(&a->lock);
    a->are_groups_known |= done;
    pthread_mutex_unlock(&a->lock);
    k->denied = done ? a->groups : NULL;
    return done;
}

bool accounts_recall_groups(struct accounts *a, struct krb *k) {
    size_t count = a->config->kerberos.deny_group_count, known = 0;
    pthread_mutex_lock(&a->lock);
    while (known < count && a->groups[known].is_known)
        known++;
    a->are_groups_known |= known == count;
    pthread_mutex_unlock(&a->lock);
    k->denied = known == count ? a->groups : NULL;
    return known == count;
}

/* What is remembered may have been true: accounts are renamed, and others get their names. The
 * second time it is the directory's word of just now. */
static bool ticket_of_account(struct accounts *a, struct krb *k, const struct broker_request *q,
                              int64_t until_us, struct ticket **out, struct err *e) {
    struct broker_request asked = *q;
    struct account account;
    bool is_known =
        account_cache_get(a->cache, q->name_type, q->user, clock_mono_us(), &account, e);
    asked.name_type = BROKER_NAME_PRINCIPAL;
    if (q->name_type == BROKER_NAME_ACCOUNT &&
        !policy_allows_user(&a->config->kerberos, policy_name_of(q->user), e))
        return false;
    if (is_known && e->code != ERR_NONE)
        return false;
    for (;; is_known = false) {
        if (!is_known && !look_up(a, k, q, until_us, &account, e))
            return false;
        asked.user = str_of(account.principal);
        if (s4u_ticket(k, a->config, &asked, &account.sid, out, e))
            return true;
        if (e->code != ERR_KRB_WRONG_CLIENT && e->code != ERR_KRB_USER_UNKNOWN)
            return false;
        account_cache_forget(a->cache, q->name_type, q->user);
        if (!is_known)
            return false;
        *e = (struct err){.code = ERR_NONE};
    }
}

bool accounts_ticket(struct accounts *a, struct krb *k, const struct broker_request *q,
                     int64_t deadline_us, struct ticket **out, struct err *e) {
    int64_t now_us = clock_mono_us(), until_us = now_us + (deadline_us - now_us) / 4 * 3;
    *out = NULL;
    if (!accounts_know_groups(a, k, until_us, e))
        return false;
    if (q->name_type == BROKER_NAME_ACCOUNT || q->name_type == BROKER_NAME_SID)
        return ticket_of_account(a, k, q, until_us, out, e);
    return q->name_type == BROKER_NAME_OWN ? own_ticket(k, a->config, q, out, e)
                                           : s4u_ticket(k, a->config, q, NULL, out, e);
}
