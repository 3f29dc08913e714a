/* SPDX-License-Identifier: Apache-2.0
 *
 * What the broker has for one account of the connector's: its keys, its ticket-granting ticket, the
 * questions that wait for it and the threads that ask its KDCs. Most brokers have one; with more,
 * realms that are silent hold up nobody but those who need them. Main thread.
 */
#pragma once
#include "broker/keytab.h"
#include "broker/queue.h"

struct realm {
    struct config config; /* with this account in the first one's place; the file's texts */
    struct config_account *others; /* in it; NULL: they are those of the file */
    struct keytab *keytab;
    struct queue *queue;
    struct tgt *tgt;
    struct kdc_pool *pool;
};

/* Reads the keys of the account with this number (config_account_of). `config` must outlive it.
 * False with `e` set (ERR_KRB_CONNECTOR, ERR_NO_MEMORY); realm_free is due in any case. */
bool realm_load(struct realm *r, const struct config *config, size_t number, struct err *e);
/* Frees one that was loaded and never started. */
void realm_unload(struct realm *r);
/* Starts the threads; `askers_max` and `wake` are its queue's. False with `e` set. */
bool realm_start(struct realm *r, size_t askers_max, void (*wake)(void *user), void *user,
                 struct err *e);
/* False when a thread still waits for a KDC at `until_us`: then nothing is freed, and the process
 * must end over it. */
bool realm_free(struct realm *r, int64_t until_us);
