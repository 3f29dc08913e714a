/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/realm.h"

#include "broker/kdc_pool.h"

#include <stdlib.h>

/* The account and the first one change places: each has to know the others, since none of them is
 * ever anybody's ticket. */
static bool put_first(struct realm *r, size_t number) {
    struct config_kerberos *k = &r->config.kerberos;
    r->others = calloc(k->account_count, sizeof *r->others);
    if (!r->others)
        return false;
    memcpy(r->others, k->accounts, k->account_count * sizeof *r->others);
    struct config_account *its = &r->others[number - 1];
    its->principal = k->principal;
    its->keytab = k->keytab;
    k->principal = k->accounts[number - 1].principal;
    k->keytab = k->accounts[number - 1].keytab;
    k->accounts = r->others;
    /* The servers that the file names are the first one's; the others' are in krb5.conf. */
    r->config.ldap.server_count = 0;
    r->config.ldap.is_in_krb5_conf = true;
    return true;
}

bool realm_load(struct realm *r, const struct config *config, size_t number, struct err *e) {
    *r = (struct realm){.config = *config};
    if (number > 0 && !put_first(r, number))
        return err_set(e, ERR_NO_MEMORY, "no memory for the connector's accounts");
    r->keytab = keytab_load(&r->config.kerberos, e);
    return r->keytab;
}

bool realm_start(struct realm *r, size_t askers_max, void (*wake)(void *user), void *user,
                 struct err *e) {
    const struct config_kerberos *k = &r->config.kerberos;
    r->queue = queue_new(askers_max, k->threads, wake, user);
    if (!r->queue)
        return err_set(e, ERR_NO_MEMORY, "no memory for the broker");
    r->tgt = tgt_new(k, e);
    r->pool = r->tgt ? kdc_pool_new(&r->config, r->queue, r->tgt, e) : NULL;
    return r->pool;
}

void realm_unload(struct realm *r) {
    keytab_unload(r->keytab);
    free(r->others);
}

bool realm_free(struct realm *r, int64_t until_us) {
    if (!kdc_pool_free(r->pool, until_us) || !tgt_free(r->tgt, until_us))
        return false;
    queue_free(r->queue);
    realm_unload(r);
    return true;
}
