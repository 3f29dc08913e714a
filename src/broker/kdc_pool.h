/* SPDX-License-Identifier: Apache-2.0
 *
 * The broker's threads: each takes a job off the queue, does its exchanges with the KDC, which may
 * block for as long as a KDC is silent, and puts the answer into the job. Jobs that somebody waits
 * for run config.kerberos.threads at a time, which is the queue's width. libkrb5 cannot be called
 * back from a KDC that does not answer, so there are KDC_POOL_SPARES more threads for each of them:
 * those that hang after everybody has given up keep nobody from a KDC that answers again.
 */
#pragma once
#include "broker/queue.h"
#include "broker/tgt.h"

enum { KDC_POOL_SPARES = 3 };

struct kdc_pool;

/* Starts the threads. All three must outlive the pool. NULL with `e` set. */
struct kdc_pool *kdc_pool_new(const struct config *config, struct queue *queue, struct tgt *tgt,
                              struct err *e);
/* Closes the queue and waits for the threads at most until `deadline_us`. False when one still
 * hangs: then nothing is freed, and the process must end without it. */
bool kdc_pool_free(struct kdc_pool *p, int64_t deadline_us);
