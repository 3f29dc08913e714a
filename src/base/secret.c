/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

void secret_wipe(void *p, size_t n) {
    if (p && n)
        explicit_bzero(p, n);
}

bool secret_equal(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void secret_random(void *out, size_t n) {
    char *p = out;
    while (n) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            abort();
        p += got;
        n -= (size_t)got;
    }
}

/* Looked up by its name once: OpenSSL takes longer for that than for a digest. */
static EVP_MD *sha256;

static void find_sha256(void) { sha256 = EVP_MD_fetch(NULL, "SHA256", NULL); }

void secret_sha256(struct str in, unsigned char out[SHA256_SIZE]) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_sha256);
    if (!sha256 || !EVP_Digest(in.n ? in.p : "", in.n, out, NULL, sha256, NULL))
        abort();
}
