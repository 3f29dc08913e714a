/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_box.h"

#include "base/secret.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { NONCE_SIZE = 12, TAG_SIZE = 16, NOTE_MAX = 1 << 20 };
_Static_assert(NONCE_SIZE + TAG_SIZE == SECRET_BOX_MORE, "as the header says");

static const unsigned char *bytes(struct str s) { return (const unsigned char *)s.p; }

static EVP_CIPHER_CTX *begin(const unsigned char *key, const unsigned char *nonce,
                             struct str purpose, int is_closing) {
    int unused;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (c && EVP_CipherInit_ex2(c, EVP_aes_256_gcm(), key, nonce, is_closing, NULL) == 1 &&
        EVP_CipherUpdate(c, NULL, &unused, bytes(purpose), (int)purpose.n) == 1)
        return c;
    EVP_CIPHER_CTX_free(c);
    return NULL;
}

bool secret_box_close(const unsigned char key[SECRET_BOX_KEY_SIZE], struct str purpose,
                      struct str note, struct buf *out) {
    unsigned char nonce[NONCE_SIZE], tag[TAG_SIZE];
    size_t room = note.n + SECRET_BOX_MORE;
    int n = 0, rest = 0;
    char *at = note.n > NOTE_MAX ? NULL : buf_reserve(out, &room);
    if (!at || room < note.n + SECRET_BOX_MORE)
        return false;
    secret_random(nonce, sizeof nonce);
    memcpy(at, nonce, sizeof nonce);
    unsigned char *body = (unsigned char *)at + NONCE_SIZE;
    EVP_CIPHER_CTX *c = begin(key, nonce, purpose, 1);
    bool is_closed = c && EVP_CipherUpdate(c, body, &n, bytes(note), (int)note.n) == 1 &&
                     EVP_CipherFinal_ex(c, body + n, &rest) == 1 &&
                     EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
    EVP_CIPHER_CTX_free(c);
    ERR_clear_error();
    if (is_closed) {
        memcpy(body + note.n, tag, sizeof tag);
        buf_commit(out, note.n + SECRET_BOX_MORE);
    }
    return is_closed;
}

bool secret_box_open(const unsigned char key[SECRET_BOX_KEY_SIZE], struct str purpose,
                     struct str closed, struct buf *out) {
    if (closed.n < SECRET_BOX_MORE || closed.n > NOTE_MAX)
        return false;
    size_t size = closed.n - SECRET_BOX_MORE, room = size + 1;
    int n = 0, rest = 0;
    unsigned char tag[TAG_SIZE];
    char *at = buf_reserve(out, &room);
    if (!at || room < size)
        return false;
    memcpy(tag, closed.p + NONCE_SIZE + size, sizeof tag);
    struct str body = str_n(closed.p + NONCE_SIZE, size);
    EVP_CIPHER_CTX *c = begin(key, bytes(closed), purpose, 0);
    bool is_open = c && EVP_CipherUpdate(c, (unsigned char *)at, &n, bytes(body), (int)size) == 1 &&
                   EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
                   EVP_CipherFinal_ex(c, (unsigned char *)at + n, &rest) == 1;
    EVP_CIPHER_CTX_free(c);
    ERR_clear_error();
    if (is_open)
        buf_commit(out, size);
    else
        secret_wipe(at, size); /* what it was not to be */
    return is_open;
}
