/* SPDX-License-Identifier: Apache-2.0 */
#include "http/websocket.h"

#include "base/encode.h"

#include <openssl/evp.h>

enum { KEY_MAX = 256 }; /* 24 as it should be */

static const struct str GUID = STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");

bool websocket_is_accepted(struct str key, struct str accept) {
    char joined[KEY_MAX + 36];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buf proof;
    if (key.n == 0 || key.n > KEY_MAX)
        return false;
    memcpy(joined, key.p, key.n);
    memcpy(joined + key.n, GUID.p, GUID.n);
    if (!EVP_Digest(joined, key.n + GUID.n, digest, &size, EVP_sha1(), NULL))
        return false;
    buf_init(&proof, EVP_MAX_MD_SIZE * 2);
    encode_base64(&proof, str_n((char *)digest, size));
    bool is_accepted = str_eq(str_trim(accept), buf_str(&proof));
    buf_fini(&proof);
    return is_accepted;
}
