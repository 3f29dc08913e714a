/* SPDX-License-Identifier: Apache-2.0
 *
 * The desk from the inside, for the files oidc_*.c alone: oidc_desk.c has the thread, the queue and
 * the calls, oidc_provider.c what is known of a provider, oidc_redeem.c what is done with a code or
 * a token. All of it on the desk's thread, unless said.
 */
#pragma once
#include "base/jws.h"
#include "base/jws_public.h"
#include "base/secret.h"
#include "preauth/oidc_desk.h"
#include "preauth/oidc_http.h"
#include "preauth/oidc_metadata.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

enum { OIDC_SEEN_MAX = 1024 };

/* Things that count once: the last OIDC_SEEN_MAX of them, by hash. */
struct oidc_seen {
    unsigned char hashes[OIDC_SEEN_MAX][SHA256_SIZE];
    unsigned next;
};
bool oidc_seen_has(const struct oidc_seen *s, const unsigned char hash[SHA256_SIZE]);
void oidc_seen_add(struct oidc_seen *s, const unsigned char hash[SHA256_SIZE]);

struct oidc_call {
    uv_async_t woken; /* first: a closed handle is its call */
    struct oidc_desk *desk;
    struct oidc_question question; /* in the arena, as all that it points to */
    struct arena arena;
    oidc_done_fn *done;
    void *user;
    struct oidc_answer answer;
    _Atomic bool is_done, is_cancelled;
    STAILQ_ENTRY(oidc_call) in_queue;
    /* oidc_redeem.c */
    struct oidc_provider *provider;
    struct jws_token token; /* when has_token */
    char *access_token;     /* in the arena */
    bool has_token;
    uint64_t unknown_in;   /* number of the set that the token's key is not in; 0: none yet */
    struct json_t *claims; /* of the ID token, verified; later with userinfo's */
    struct json_t *before; /* OIDC_REFRESH: those of the session */
    TAILQ_ENTRY(oidc_call) in_waiting;
};
/* Answers, with an error unless `e` is NULL. The call is its loop's then. */
void oidc_finish(struct oidc_call *c, const struct err *e);
void oidc_fail(struct oidc_call *c, enum err_code code, const char *what);
/* Answers who somebody is, with texts that are freed here. */
void oidc_answer_person(struct oidc_call *c, char *subject, char *claims);
/* Goes on with a call when what it needs may be there. */
void oidc_step(struct oidc_call *c);

/* Refetches of one purpose. */
struct oidc_budget {
    double left;
    int64_t at_us;
};

struct oidc_provider {
    struct oidc_desk *desk;
    const struct config_provider *config;
    struct oidc_http_site site;
    struct buf ca, certificate, key, secret;
    struct jws_keys *keys; /* ours, of CLIENT_PRIVATE_KEY_JWT */
    struct oidc_metadata metadata;
    struct jws_public *public;
    uint64_t public_number;                     /* of sets read, from 1 */
    int64_t metadata_until_us, public_until_us; /* 0: not there */
    int64_t retry_us;                           /* no fetch before */
    struct err failed;                          /* why the last one did */
    bool is_fetching;
    struct oidc_budget sign_ins, logouts;
    TAILQ_HEAD(, oidc_call) waiting; /* for the fetch */
};

struct oidc_desk {
    const struct config *config;
    struct oidc_provider *providers;
    size_t count;
    struct oidc_http *http;
    struct oidc_seen states;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    /* Under the lock: */
    STAILQ_HEAD(, oidc_call) queue;
    struct oidc_seen logouts;
    bool is_stopping;
    _Atomic unsigned calls, bearers; /* the latter of kind OIDC_BEARER, the former of the others */
};

/* Takes the tokens of an answer: access_token, has_token and token, and the answer's refresh token.
 * False with `e` set. */
bool oidc_read_tokens(struct oidc_call *c, int status, struct str body, struct err *e);

/* Reads the files and prepares the rest. False with `e` set; oidc_provider_fini is due all the
 * same.
 */
bool oidc_provider_init(struct oidc_provider *p, struct oidc_desk *d,
                        const struct config_provider *c, struct err *e);
void oidc_provider_fini(struct oidc_provider *p);
/* oidc_bearer.c: takes the token apart; false: finished with what is wrong. */
bool oidc_read_bearer(struct oidc_call *c);
/* The signature is right: finishes with who it is, or why not. */
void oidc_check_bearer(struct oidc_call *c);
/* Whether metadata, or keys, are there. If not, the call waits and is stepped again later, or has
 * been finished with what went wrong. */
bool oidc_provider_has_metadata(struct oidc_provider *p, struct oidc_call *c);
bool oidc_provider_has_keys(struct oidc_provider *p, struct oidc_call *c);
/* Has the keys fetched anew for this call, which waits for it; false: not now. */
bool oidc_provider_refetch(struct oidc_provider *p, struct oidc_call *c,
                           struct oidc_budget *budget);
/* The form of a request to the token endpoint with the proof of who we are appended, and the value
 * of the Authorization header, or an empty one. False: no memory. */
bool oidc_provider_prove(struct oidc_provider *p, struct buf *form, struct buf *authorization);
