/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/tgt.h"

#include "base/clock.h"
#include "base/log.h"
#include "broker/explain.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    RENEW_AT_PERCENT = 80,
    RETRY_S = 30,        /* after a failed exchange that nobody waits for */
    MARGIN_S = 60,       /* a TGT this close to its end counts as expired, */
    MARGIN_PERCENT = 10, /* or, where it lives shortly, this close */
};

struct tgt {
    const struct config_kerberos *config;
    struct krb krb; /* of the thread that keeps it */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* on the monotonic clock */
    krb5_creds *creds;      /* NULL: none */
    uint64_t number;        /* of `creds`, counted up */
    uint64_t attempts;      /* AS exchanges that ended */
    struct err error;       /* of the last one */
    int64_t next_us;        /* when the next one is due */
    bool is_stopping, has_stopped;
};

/* krb5_timestamp is 32 bits that are meant to be unsigned after 2038. */
static int64_t seconds(krb5_timestamp t) { return (int64_t)(uint32_t)t; }

static int64_t margin_s(const krb5_creds *creds) {
    int64_t life_s = seconds(creds->times.endtime) - seconds(creds->times.starttime);
    int64_t margin = life_s * MARGIN_PERCENT / 100;
    return margin < MARGIN_S ? margin : MARGIN_S;
}

static bool is_valid(const struct tgt *t) {
    return t->creds && seconds(t->creds->times.endtime) - margin_s(t->creds) > clock_wall_s();
}

static int64_t renewal_us(const krb5_creds *creds) {
    int64_t left_s = seconds(creds->times.endtime) - clock_wall_s();
    int64_t wait_s = left_s * RENEW_AT_PERCENT / 100;
    return clock_mono_us() + (wait_s > 0 ? wait_s : RETRY_S) * 1000000;
}

krb5_error_code tgt_fetch(struct krb *k, krb5_creds **out) {
    krb5_get_init_creds_opt *options = NULL;
    krb5_creds *creds = calloc(1, sizeof *creds);
    *out = NULL;
    if (!creds)
        return ENOMEM;
    evidence_begin(&k->evidence, "AS-REQ");
    krb5_error_code code = krb5_get_init_creds_opt_alloc(k->context, &options);
    if (code == 0) {
        /* Without it no S4U2Self ticket is forwardable, and S4U2Proxy fails (MS-SFU 3.2.5.1.2). */
        krb5_get_init_creds_opt_set_forwardable(options, 1);
        code = krb5_get_init_creds_keytab(k->context, creds, k->self, k->keytab, 0, NULL, options);
    }
    krb5_get_init_creds_opt_free(k->context, options);
    if (code == 0)
        *out = creds;
    else
        krb5_free_creds(k->context, creds);
    return code; // NOLINT(clang-analyzer-unix.Malloc): because krb5_free_creds frees it
}

krb5_error_code tgt_put(struct krb *k, krb5_creds *creds) {
    k->tgt = 0;
    krb5_error_code code = krb5_cc_initialize(k->context, k->ccache, creds->client);
    if (code == 0)
        code = krb5_cc_store_cred(k->context, k->ccache, creds);
    k->is_tgt_forwardable = creds->ticket_flags & TKT_FLG_FORWARDABLE;
    return code;
}

/* Called with the mutex held. */
static void keep(struct tgt *t, krb5_error_code code, krb5_creds *creds) {
    bool had_failed = t->error.code != ERR_NONE;
    t->attempts++;
    if (code == 0) {
        krb5_free_creds(t->krb.context, t->creds);
        t->creds = creds;
        t->number++;
        t->next_us = renewal_us(creds);
        memset(&t->error, 0, sizeof t->error);
        if (had_failed || t->number == 1)
            log_printf(LOG_INFO, "got a ticket-granting ticket for %s", t->config->principal);
    } else {
        enum err_code before = t->error.code;
        t->next_us = clock_mono_us() + (int64_t)RETRY_S * 1000000;
        explain_krb(&t->krb, &(struct explain_case){.step = STEP_AS, .code = code}, &t->error);
        if (t->error.code != before)
            log_err(LOG_ERROR, "no ticket-granting ticket", &t->error);
    }
    pthread_cond_broadcast(&t->changed);
}

static void wait_until(struct tgt *t, int64_t us) {
    struct timespec at = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    pthread_cond_timedwait(&t->changed, &t->mutex, &at);
}

static void *run(void *user) {
    struct tgt *t = user;
    pthread_mutex_lock(&t->mutex);
    while (!t->is_stopping) {
        if (clock_mono_us() < t->next_us) {
            wait_until(t, t->next_us);
            continue;
        }
        pthread_mutex_unlock(&t->mutex);
        krb5_creds *creds;
        krb5_error_code code = tgt_fetch(&t->krb, &creds);
        pthread_mutex_lock(&t->mutex);
        keep(t, code, creds);
    }
    t->has_stopped = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

static void release(struct tgt *t) {
    krb5_free_creds(t->krb.context, t->creds);
    krb_close(&t->krb);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}

struct tgt *tgt_new(const struct config_kerberos *config, struct err *e) {
    struct tgt *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(e, ERR_NO_MEMORY, "no memory for the broker");
        return NULL;
    }
    t->config = config;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&t->mutex, NULL);
    if (!krb_open(&t->krb, config, e)) {
        release(t);
        return NULL;
    }
    int code = pthread_create(&t->thread, NULL, run, t);
    if (code != 0) {
        err_set(e, ERR_NO_MEMORY, "the broker cannot start a thread: %s", strerror(code));
        release(t);
        return NULL;
    }
    return t;
}

bool tgt_free(struct tgt *t, int64_t deadline_us) {
    if (!t)
        return true;
    pthread_mutex_lock(&t->mutex);
    t->is_stopping = true;
    pthread_cond_broadcast(&t->changed);
    while (!t->has_stopped && clock_mono_us() < deadline_us)
        wait_until(t, deadline_us);
    bool has_stopped = t->has_stopped;
    pthread_mutex_unlock(&t->mutex);
    if (!has_stopped)
        return false;
    pthread_join(t->thread, NULL);
    release(t);
    return true;
}

/* Called with the mutex held. */
static krb5_error_code copy_to_cache(struct tgt *t, struct krb *k) {
    if (k->tgt == t->number)
        return 0;
    krb5_error_code code = tgt_put(k, t->creds);
    if (code == 0)
        k->tgt = t->number;
    return code;
}

/* Called with the mutex held: whether asking again at once is useless and does harm, because each
 * failure counts towards the lock-out of our own account. */
static bool is_refused(const struct tgt *t) {
    bool is_ours = t->error.code == ERR_KRB_CONNECTOR || t->error.code == ERR_KRB_ENCTYPE;
    return is_ours && clock_mono_us() < t->next_us;
}

/* Called with the mutex held: waits for the exchange that is due to end. */
static void wait_for_attempt(struct tgt *t, int64_t deadline_us) {
    uint64_t before = t->attempts;
    t->next_us = 0;
    pthread_cond_broadcast(&t->changed);
    while (t->attempts == before && clock_mono_us() < deadline_us && !t->is_stopping)
        wait_until(t, deadline_us);
}

bool tgt_use(struct tgt *t, struct krb *k, int64_t deadline_us, struct err *e) {
    int64_t from_us = clock_mono_us();
    pthread_mutex_lock(&t->mutex);
    uint64_t before = t->attempts;
    bool has_answer = is_valid(t) || is_refused(t);
    if (!has_answer)
        wait_for_attempt(t, deadline_us);
    bool done = is_valid(t);
    if (done) {
        krb5_error_code code = copy_to_cache(t, k);
        if (code != 0)
            done = err_set(e, ERR_NO_MEMORY, "the ticket-granting ticket cannot be kept: %s",
                           strerror(ENOMEM));
    } else if ((has_answer || t->attempts != before) && t->error.code != ERR_NONE) {
        *e = t->error;
    } else {
        explain_silence(t->config, STEP_AS, true, (clock_mono_us() - from_us) / 1000, e);
    }
    pthread_mutex_unlock(&t->mutex);
    return done;
}

void tgt_reject(struct tgt *t, struct krb *k) {
    pthread_mutex_lock(&t->mutex);
    if (t->creds && t->number == k->tgt) {
        krb5_free_creds(t->krb.context, t->creds);
        t->creds = NULL;
    }
    k->tgt = 0;
    pthread_mutex_unlock(&t->mutex);
}
