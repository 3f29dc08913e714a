/* SPDX-License-Identifier: Apache-2.0
 *
 * A client that asks as fast as it is answered, as many people at once, and believes nothing: each
 * answer must be the one to its own question, for the person who asked. One thread for each
 * connection, which blocks; only the tally is shared.
 */
#pragma once
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_MAX = 512, ANSWER_MAX = 64 * 1024, BODY_MAX = 4096, WRONG_SHOWN = 10 };

/* Somebody with a session at a host. */
struct person {
    char host[TEXT_MAX], cookie[TEXT_MAX], user[TEXT_MAX], prefix[TEXT_MAX];
};

/* A question and what has come of its answer. */
struct question {
    const struct person *person;
    char target[TEXT_MAX];
    char body[BODY_MAX];
    size_t body_size; /* 0: GET, else POST */
    int64_t asked_us;
    int status;
    size_t answer_size;
    char answer[ANSWER_MAX + 1];
};

struct load {
    const char *address, *port;
    SSL_CTX *tls;
    struct person *people;
    size_t people_count;
    uint64_t count;  /* questions in all, or */
    int64_t ends_us; /* until then */

    pthread_mutex_t mutex;
    uint64_t asked, cut, connects;
    uint64_t statuses[1000];
    uint64_t wrong;
    char wrongs[WRONG_SHOWN][2 * TEXT_MAX];
    uint32_t *latencies_us; /* of answers with status 200 */
    size_t latency_count, latency_max;
};

/* A TLS connection for `host` that speaks `protocol`; ends the program when there is none. */
SSL *load_connect(struct load *l, const char *host, const char *protocol);
void load_close(SSL *ssl);

/* Makes the next question, by one of the people who share this connection's host; false: there have
 * been enough. */
bool load_next(struct load *l, const char *host, struct question *q);
/* The whole answer is there: counts it and looks whose it is. */
void load_answered(struct load *l, const struct question *q);
/* There is no whole answer. */
void load_cut(struct load *l);

/* Each asks over one connection, opened anew when it ends, until load_next says no. `streams`:
 * questions at one time. */
void h1_run(struct load *l, const char *host);
void h2_run(struct load *l, const char *host, unsigned streams);
