/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_ticket.h"

#include "base/clock.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <string.h>

static const int64_t KEY_US = TLS_TICKET_S * 1000000LL;

bool tls_tickets_init(struct tls_tickets *t) {
    *t = (struct tls_tickets){.lock = PTHREAD_MUTEX_INITIALIZER};
    t->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    return t->cipher != NULL;
}

void tls_tickets_fini(struct tls_tickets *t) {
    EVP_CIPHER_free(t->cipher);
    pthread_mutex_destroy(&t->lock);
    OPENSSL_cleanse(&t->now, sizeof t->now);
    OPENSSL_cleanse(&t->before, sizeof t->before);
}

static bool make(struct tls_ticket_key *key, int64_t mono_us) {
    key->since_us = mono_us;
    return RAND_bytes(key->name, sizeof key->name) == 1 &&
           RAND_priv_bytes(key->cipher, sizeof key->cipher) == 1 &&
           RAND_priv_bytes(key->mac, sizeof key->mac) == 1;
}

bool tls_tickets_seal(struct tls_tickets *t, int64_t mono_us, struct tls_ticket_key *out) {
    bool ok = true;
    pthread_mutex_lock(&t->lock);
    if (!t->now.since_us || mono_us - t->now.since_us >= KEY_US) {
        struct tls_ticket_key next;
        ok = make(&next, mono_us);
        if (ok) {
            t->before = t->now;
            t->now = next;
        }
        OPENSSL_cleanse(&next, sizeof next);
    }
    *out = t->now;
    pthread_mutex_unlock(&t->lock);
    return ok;
}

bool tls_tickets_open(struct tls_tickets *t, const unsigned char *name, int64_t mono_us,
                      struct tls_ticket_key *out) {
    const struct tls_ticket_key *const keys[] = {&t->now, &t->before};
    bool is_found = false;
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < 2 && !is_found; i++) {
        is_found = keys[i]->since_us && mono_us - keys[i]->since_us < 2 * KEY_US &&
                   memcmp(keys[i]->name, name, TLS_TICKET_NAME) == 0;
        if (is_found)
            *out = *keys[i];
    }
    pthread_mutex_unlock(&t->lock);
    return is_found;
}

static bool set_mac(EVP_MAC_CTX *mac, struct tls_ticket_key *key) {
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, params) == 1;
}

int tls_tickets_use(struct tls_tickets *t, unsigned char *name, unsigned char *iv,
                    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_sealing) {
    struct tls_ticket_key key;
    int64_t now = clock_mono_us();
    bool ok;
    if (is_sealing) {
        if (!tls_tickets_seal(t, now, &key) ||
            RAND_bytes(iv, EVP_CIPHER_get_iv_length(t->cipher)) != 1)
            return -1;
        memcpy(name, key.name, TLS_TICKET_NAME);
        ok = EVP_EncryptInit_ex2(cipher, t->cipher, key.cipher, iv, NULL) == 1;
    } else {
        if (!tls_tickets_open(t, name, now, &key))
            return 0; /* a full handshake */
        ok = EVP_DecryptInit_ex2(cipher, t->cipher, key.cipher, iv, NULL) == 1;
    }
    ok = ok && set_mac(mac, &key);
    OPENSSL_cleanse(&key, sizeof key);
    return ok ? 1 : -1;
}
