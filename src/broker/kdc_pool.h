/* SPDX-License-Identifier: Apache-2.0
 *
 * The broker's threads: each takes a job off the queue, does its exchanges with the KDC, which may
 * block for as long as a KDC is silent, and puts the answer into the job. At most
 * config.kerberos.threads KDC exchanges are under way at a time.
 */
#pragma once
#include "broker/queue.h"
#include "broker/tgt.h"

struct kdc_pool;

/* Starts the threads. All three must outlive the pool. NULL with `e` set. */
struct kdc_pool *kdc_pool_new(const struct config *config, struct queue *queue, struct tgt *tgt,
                              struct err *e);
/* Closes the queue and waits for the threads at most until `deadline_us`. False when one still
 * hangs: then nothing is freed, and the process must end without it. */
bool kdc_pool_free(struct kdc_pool *p, int64_t deadline_us);
