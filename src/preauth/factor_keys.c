/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/factor_keys.h"

#include "base/secret.h"
#include "session/factor_book.h"

#include <stdlib.h>

struct factor_keys {
    const struct config *config;
    unsigned char (*bytes)[SECRET_BOX_KEY_SIZE]; /* of each provider */
};

struct factor_keys *factor_keys_new(const struct config *c, struct err *e) {
    struct factor_keys *k = calloc(1, sizeof *k);
    bool is_read = k && (k->bytes = calloc(c->provider_count + 1, sizeof *k->bytes));
    if (!is_read)
        err_set(e, ERR_NO_MEMORY, "no memory for the keys of second factors");
    if (k)
        k->config = c;
    for (size_t i = 0; is_read && i < c->provider_count; i++) {
        const struct config_second_factor *s = &c->providers[i].second_factor;
        is_read = s->type == FACTOR_NOTHING || factor_key_read(s->key_file, k->bytes[i], e);
    }
    if (is_read)
        return k;
    factor_keys_free(k);
    return NULL;
}

void factor_keys_free(struct factor_keys *k) {
    if (!k)
        return;
    if (k->bytes)
        secret_wipe(k->bytes, k->config->provider_count * sizeof *k->bytes);
    free(k->bytes);
    free(k);
}

const unsigned char *factor_keys_of(const struct factor_keys *k, const struct config_provider *p) {
    bool is_asked = k && p && p->second_factor.type == FACTOR_TOTP;
    return is_asked ? k->bytes[p - k->config->providers] : NULL;
}
