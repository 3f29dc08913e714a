/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_mac.h"

#include <openssl/evp.h>
#include <stdlib.h>

size_t secret_mac(enum secret_mac digest, struct str key, struct str in,
                  unsigned char out[SECRET_MAC_MAX]) {
    size_t n = 0;
    const char *name = digest == SECRET_MAC_SHA1 ? "SHA1" : "SHA256";
    if (!EVP_Q_mac(NULL, "HMAC", NULL, name, NULL, key.p, key.n, (const unsigned char *)in.p, in.n,
                   out, SECRET_MAC_MAX, &n))
        abort();
    return n;
}
