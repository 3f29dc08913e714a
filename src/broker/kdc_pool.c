/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/kdc_pool.h"

#include "base/clock.h"
#include "broker/accept.h"
#include "broker/accounts.h"
#include "broker/examine.h"
#include "broker/own_ticket.h"
#include "broker/sign_in.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct kdc_thread {
    struct kdc_pool *pool;
    struct krb krb;
    pthread_t id;
};

struct kdc_pool {
    const struct config *config;
    struct queue *queue;
    struct tgt *tgt;
    struct accounts *accounts;
    struct member_groups *members;
    struct replay *replay;
    pthread_mutex_t mutex;
    pthread_cond_t ended; /* on the monotonic clock */
    size_t alive;
    size_t count; /* threads that were started */
    struct kdc_thread threads[];
};

/* What a KDC says of a TGT that it does not accept any more: its key was changed, our account was
 * made anew, or the clock jumped (RFC 4120 7.5.9). */
static bool is_tgt_refused(const struct err *e) {
    switch (e->kdc.code) {
    case 20: /* KDC_ERR_TGT_REVOKED */
    case 31: /* KRB_AP_ERR_BAD_INTEGRITY */
    case 32: /* KRB_AP_ERR_TKT_EXPIRED */
    case 33: /* KRB_AP_ERR_TKT_NYV */
    case 41: /* KRB_AP_ERR_MODIFIED */
    case 44: /* KRB_AP_ERR_BADKEYVER */
        return true;
    default:
        return false;
    }
}

/* With people's own tickets, ours is only what their groups are looked up by. */
static bool is_ours_refused(const struct job *job) {
    bool is_own = job->request.name_type == BROKER_NAME_OWN;
    return is_tgt_refused(&job->reply.err) &&
           (!is_own || job->reply.err.code == ERR_KRB_GROUPS_UNKNOWN);
}

static void get_ticket(struct kdc_thread *t, struct job *job) {
    struct kdc_pool *p = t->pool;
    for (int attempt = 0; attempt < 2; attempt++) {
        job->reply.err = (struct err){.code = ERR_NONE};
        if (!tgt_use(p->tgt, &t->krb, job->deadline_us, &job->reply.err))
            return;
        if (accounts_ticket(p->accounts, &t->krb, &job->request, job->deadline_us,
                            &job->reply.ticket, &job->reply.err) ||
            !is_ours_refused(job))
            return;
        tgt_reject(p->tgt, &t->krb);
    }
}

/* Also what refuses our own ticket is something to tell. */
static void examine(struct kdc_thread *t, struct job *job) {
    struct kdc_pool *p = t->pool;
    struct err e = {.code = ERR_NONE};
    bool has_tgt = tgt_use(p->tgt, &t->krb, job->deadline_us, &e);
    job->reply.facts = examine_held(&(struct examine_held){.config = p->config,
                                                           .krb = &t->krb,
                                                           .accounts = p->accounts,
                                                           .asked = &job->request,
                                                           .until_us = job->deadline_us,
                                                           .no_tgt = has_tgt ? NULL : &e});
    if (!job->reply.facts)
        err_set(&job->reply.err, ERR_NO_MEMORY, "no memory to say why there is no ticket");
}

struct group_asker {
    struct kdc_pool *pool;
    struct krb *krb;
};

static bool find_group(void *user, const char *name, int64_t until_us, struct sid *out,
                       struct err *e) {
    const struct group_asker *a = user;
    return accounts_group(a->pool->accounts, a->krb, name, until_us, out, e);
}

/* The groups of apps are looked up once, with our own ticket, and in half of the time that there
 * is: who is in none of them may sign in whatever the directory says. */
static void find_groups(struct kdc_thread *t, int64_t until_us) {
    struct kdc_pool *p = t->pool;
    struct err e = {.code = ERR_NONE};
    if (member_groups_are_due(p->members) && tgt_use(p->tgt, &t->krb, until_us, &e))
        member_groups_ask(p->members,
                          &(struct member_asker){.find = find_group,
                                                 .user = &(struct group_asker){p, &t->krb},
                                                 .until_us = until_us});
}

static int64_t half_way(const struct job *job) {
    int64_t now_us = clock_mono_us();
    return now_us + (job->deadline_us - now_us) / 2;
}

static void check_password(struct kdc_thread *t, struct job *job) {
    struct sign_in_tools tools = {.config = t->pool->config, .members = t->pool->members};
    find_groups(t, half_way(job));
    sign_in(&t->krb, &tools, &job->request, &job->reply, &job->reply.err);
}

/* No KDC is asked who it is; only for groups that were never looked up. */
static void check_ticket(struct kdc_thread *t, struct job *job) {
    struct kdc_pool *p = t->pool;
    struct accept_tools tools = {.config = p->config, .members = p->members, .replay = p->replay};
    int64_t until_us = half_way(job);
    find_groups(t, until_us);
    if (accounts_recall_groups(p->accounts, &t->krb) ||
        (tgt_use(p->tgt, &t->krb, until_us, &job->reply.err) &&
         accounts_know_groups(p->accounts, &t->krb, until_us, &job->reply.err)))
        accept_ticket(&t->krb, &tools, &job->request, &job->reply, &job->reply.err);
}

static void *run(void *user) {
    struct kdc_thread *t = user;
    struct job *job;
    /* Who is in denied groups may have to be asked with our own ticket, for people's own, too. */
    bool has_groups = t->pool->config->kerberos.deny_group_count > 0;
    while ((job = queue_take(t->pool->queue))) {
        if (job->request.kind == BROKER_SIGN_IN)
            check_password(t, job);
        else if (job->request.kind == BROKER_ACCEPT)
            check_ticket(t, job);
        else if (job->request.kind == BROKER_EXAMINE)
            examine(t, job);
        else if (job->request.name_type == BROKER_NAME_OWN && !has_groups)
            own_ticket(&t->krb, t->pool->config, &job->request, &job->reply.ticket,
                       &job->reply.err);
        else
            get_ticket(t, job);
        job->reply.kind = job->request.kind;
        queue_done(t->pool->queue, job);
    }
    pthread_mutex_lock(&t->pool->mutex);
    t->pool->alive--;
    pthread_cond_signal(&t->pool->ended);
    pthread_mutex_unlock(&t->pool->mutex);
    return NULL;
}

static bool start(struct kdc_thread *t, struct kdc_pool *p, struct err *e) {
    t->pool = p;
    if (!krb_open(&t->krb, &p->config->kerberos, e))
        return false;
    pthread_mutex_lock(&p->mutex);
    int code = pthread_create(&t->id, NULL, run, t);
    p->alive += code == 0;
    pthread_mutex_unlock(&p->mutex);
    if (code == 0)
        return true;
    krb_close(&t->krb);
    return err_set(e, ERR_NO_MEMORY, "the broker cannot start a thread: %s", strerror(code));
}

struct kdc_pool *kdc_pool_new(const struct config *config, struct queue *queue, struct tgt *tgt,
                              struct err *e) {
    size_t count = (size_t)config->kerberos.threads * (1 + KDC_POOL_SPARES);
    struct kdc_pool *p = calloc(1, sizeof *p + count * sizeof p->threads[0]);
    if (!p) {
        err_set(e, ERR_NO_MEMORY, "no memory for the broker's threads");
        return NULL;
    }
    *p = (struct kdc_pool){.config = config, .queue = queue, .tgt = tgt};
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->ended, &attributes);
    pthread_mutex_init(&p->mutex, NULL);
    p->accounts = accounts_new(config, e);
    p->members = p->accounts ? member_groups_new(config, e) : NULL;
    p->replay = replay_new(clock_wall_ms());
    if (!p->replay)
        err_set(e, ERR_NO_MEMORY, "no memory for the broker's threads");
    while (p->members && p->replay && p->count < count && start(&p->threads[p->count], p, e))
        p->count++;
    if (p->count == count)
        return p;
    kdc_pool_free(p, INT64_MAX / 2);
    return NULL;
}

/* Whether none hangs at `deadline_us`. */
static bool have_ended(struct kdc_pool *p, int64_t deadline_us) {
    struct timespec at = {.tv_sec = deadline_us / 1000000, .tv_nsec = deadline_us % 1000000 * 1000};
    pthread_mutex_lock(&p->mutex);
    while (p->alive > 0 && clock_mono_us() < deadline_us)
        pthread_cond_timedwait(&p->ended, &p->mutex, &at);
    bool have_ended = p->alive == 0;
    pthread_mutex_unlock(&p->mutex);
    return have_ended;
}

bool kdc_pool_free(struct kdc_pool *p, int64_t deadline_us) {
    if (!p)
        return true;
    queue_close(p->queue);
    if (!have_ended(p, deadline_us))
        return false;
    for (size_t i = 0; i < p->count; i++) {
        pthread_join(p->threads[i].id, NULL);
        krb_close(&p->threads[i].krb);
    }
    accounts_free(p->accounts);
    member_groups_free(p->members);
    replay_free(p->replay);
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->mutex);
    free(p);
    return true;
}
