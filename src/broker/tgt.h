/* SPDX-License-Identifier: Apache-2.0
 *
 * Our own ticket-granting ticket. One thread keeps it: fetches it at the start, renews it when most
 * of its life is over, and fetches it anew when a question finds none; so however many threads wait
 * for it and however long a KDC is silent, there is one AS exchange at a time and it holds up only
 * those that need it. The others copy it into their own cache. Any thread.
 */
#pragma once
#include "broker/krb.h"

struct tgt;

/* One AS exchange with the keys of `k`, for a forwardable ticket; the caller frees `*out`.
 * libkrb5's code. Waits for a KDC. Thread of the `struct krb`. */
krb5_error_code tgt_fetch(struct krb *k, krb5_creds **out);
/* Makes `creds` what the cache of `k` holds. libkrb5's code. Thread of the `struct krb`. */
krb5_error_code tgt_put(struct krb *k, krb5_creds *creds);

/* Starts the thread; `config` must outlive it. NULL with `e` set. Does not wait for a KDC. */
struct tgt *tgt_new(const struct config_kerberos *config, struct err *e);
/* Ends the thread, waiting at most until `deadline_us` for an exchange under way, and frees. False
 * when the thread still hangs: then nothing is freed, and the process must end without it. */
bool tgt_free(struct tgt *t, int64_t deadline_us);

/* Puts a valid TGT into the cache of `k`, waiting for one at most until `deadline_us`. False with
 * `e` set: what the last AS exchange said, or ERR_KRB_KDC_UNREACHABLE. After a refusal of our own
 * account (ERR_KRB_CONNECTOR, ERR_KRB_ENCTYPE) there is no new exchange for half a minute. */
bool tgt_use(struct tgt *t, struct krb *k, int64_t deadline_us, struct err *e);
/* A KDC refused the TGT in the cache of `k`: it will not be used again. */
void tgt_reject(struct tgt *t, struct krb *k);
