/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys that session tickets are sealed with (RFC 5077 4, RFC 8446 4.6.1): made here, kept in
 * the memory of this process only, and replaced every TLS_TICKET_S, so that a key which is stolen
 * opens nothing that is older than two of those. The server keeps no sessions: its memory does not
 * grow with the number of clients that might come back. Any thread.
 */
#pragma once
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TLS_TICKET_S = 4 * 3600, /* a key seals for so long, a session may be resumed for so long */
    TLS_TICKET_NAME = 16,
};

struct tls_ticket_key {
    unsigned char name[TLS_TICKET_NAME], cipher[32], mac[32];
    int64_t since_us; /* when it was made; 0: never */
};

struct tls_tickets {
    pthread_mutex_t lock;
    struct tls_ticket_key now, before;
    EVP_CIPHER *cipher;
};

/* False: memory. Either way tls_tickets_fini may be called. */
bool tls_tickets_init(struct tls_tickets *t);
void tls_tickets_fini(struct tls_tickets *t);

/* A copy of the key to seal with at `mono_us`. False: there is no randomness. */
bool tls_tickets_seal(struct tls_tickets *t, int64_t mono_us, struct tls_ticket_key *out);
/* A copy of the key called `name`, unless it has ended by `mono_us`. */
bool tls_tickets_open(struct tls_tickets *t, const unsigned char *name, int64_t mono_us,
                      struct tls_ticket_key *out);

/* For SSL_CTX_set_tlsext_ticket_key_evp_cb. */
int tls_tickets_use(struct tls_tickets *t, unsigned char *name, unsigned char *iv,
                    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_sealing);
