/* SPDX-License-Identifier: Apache-2.0 */
#include "session/factor_book.h"

#include "base/clock.h"
#include "base/secret.h"

#include <errno.h>
#include <stdio.h>

enum { KEY_TEXT_MIN = 43, KEY_TEXT_MAX = 512 };

bool factor_key_read(const char *file, unsigned char key[SECRET_BOX_KEY_SIZE], struct err *e) {
    char text[KEY_TEXT_MAX] = "";
    FILE *in = fopen(file, "re");
    int error = in ? 0 : errno;
    if (in)
        setvbuf(in, NULL, _IONBF, 0); /* no copy of it in a buffer that nobody wipes */
    bool is_read = in && fgets(text, sizeof text, in);
    size_t n = strcspn(text, "\r\n");
    if (in)
        fclose(in);
    if (is_read && n >= KEY_TEXT_MIN)
        secret_sha256(str_n(text, n), key);
    else if (error)
        err_set(e, ERR_CONFIG, "second_factor.key_file: %s: %s", file, strerror(error));
    else
        err_set(e, ERR_CONFIG,
                "second_factor.key_file: the first line of %s is no key: it has "
                "fewer than %d characters",
                file, KEY_TEXT_MIN);
    if (!is_read || n < KEY_TEXT_MIN)
        err_hint(e,
                 "A new one, for a provider whose people have no second factors yet, is made "
                 "with: (umask 077; openssl rand -base64 32 > '%s')",
                 file);
    secret_wipe(text, sizeof text);
    return is_read && n >= KEY_TEXT_MIN;
}

/* One transaction. */
struct change {
    const unsigned char *key;
    const struct factor_whose *whose;
    const struct factor *n; /* NULL: it is deleted */
};

static enum factor_found change(const char *store, const struct change *c, struct err *e) {
    enum factor_found found = FACTOR_FAILED;
    struct session_file *f = session_file_open(store, e);
    if (f && session_file_begin(f, SESSION_OUTLASTS_POWER, e)) {
        found = c->n ? factor_row_insert(f, c->key, c->whose, c->n, e)
                     : factor_row_delete(f, c->whose, e);
        if (!session_file_end(f, found != FACTOR_FAILED, e))
            found = FACTOR_FAILED;
    }
    session_file_close(f);
    return found;
}

enum factor_found factor_book_enroll(const char *store, const unsigned char *key,
                                     const struct factor_whose *w, struct factor *n,
                                     struct err *e) {
    secret_random(n->secret, totp_secret_size(n->digest));
    n->made_s = clock_wall_s();
    return change(store, &(struct change){key, w, n}, e);
}

enum factor_found factor_book_remove(const char *store, const struct factor_whose *w,
                                     struct err *e) {
    return change(store, &(struct change){.whose = w}, e);
}

bool factor_book_each(const char *store,
                      void (*each)(void *user, const struct factor_whose *w,
                                   const struct factor *n),
                      void *user, struct err *e) {
    struct session_file *f = session_file_open(store, e);
    bool is_read = f && factor_row_each(f, each, user, e);
    session_file_close(f);
    return is_read;
}
