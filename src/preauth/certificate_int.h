/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk from the inside, for the files certificate_desk.c, which has the queue, and
 * certificate_verdict.c, which finds out.
 */
#pragma once
#include "base/secret.h"
#include "preauth/certificate_desk.h"
#include "preauth/certificate_ocsp.h"
#include "preauth/certificate_person.h"
#include "preauth/oidc_http.h"

#include <pthread.h>
#include <sys/queue.h>

/* That a responder has said nothing against somebody. */
struct certificate_kept {
    unsigned char key[SHA256_SIZE];
    int64_t until_s; /* 0: nobody */
};

struct certificate_source {
    const struct config_provider *config;
    struct certificate_trust *trust;
    struct oidc_http_site site;
};

STAILQ_HEAD(certificate_queue, certificate_call);

struct certificate_desk {
    const struct config *config;
    struct certificate_source *sources;
    size_t count;
    struct certificate_kept *kept;    /* CERTIFICATE_KEPT_MAX; the thread's */
    struct oidc_http *http;           /* the thread's */
    unsigned asking;                  /* the thread's: requests to responders */
    struct certificate_queue waiting; /* the thread's: for one of those to end */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of the two below */
    struct certificate_queue queue;
    bool is_stopping;
    _Atomic unsigned calls;
};

struct certificate_call {
    uv_async_t woken; /* first: they are the same to libuv */
    struct certificate_desk *desk;
    const struct certificate_source *source;
    certificate_done_fn *done;
    void *user;
    struct arena arena;
    struct str ders[CERTIFICATE_CHAIN_MAX];
    size_t count;
    struct certificate_verified verified;
    struct certificate_person person;
    struct ocsp_question question;
    unsigned char key[SHA256_SIZE]; /* of what is kept about it */
    struct certificate_answer answer;
    int64_t waits_since_s; /* 0: it never did */
    bool is_cancelled;     /* the loop's */
    _Atomic bool is_done;
    STAILQ_ENTRY(certificate_call) in_queue;
};

/* Sets off; certificate_finish follows, perhaps from inside. The thread's. */
void certificate_step(struct certificate_call *c);
/* `e` NULL: the answer is there. The call is the loop's from then on. */
void certificate_finish(struct certificate_call *c, const struct err *e);
