/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/trust.h"

#include <stdlib.h>

struct trust {
    size_t count;
    struct tls_client *of_app[]; /* NULL: not https */
};

struct trust *trust_new(const struct config *c, struct err *e) {
    struct trust *t = calloc(1, sizeof *t + c->app_count * sizeof t->of_app[0]);
    if (!t) {
        err_set(e, ERR_NO_MEMORY, "no memory for the certificates of back ends");
        return NULL;
    }
    t->count = c->app_count;
    for (size_t i = 0; i < c->app_count; i++) {
        if (!str_eq(c->apps[i].internal.scheme, STR("https")))
            continue;
        t->of_app[i] = tls_client_new(c->apps[i].backend_ca, e);
        if (!t->of_app[i]) {
            trust_free(t);
            return NULL;
        }
    }
    return t;
}

void trust_free(struct trust *t) {
    for (size_t i = 0; t && i < t->count; i++)
        tls_client_free(t->of_app[i]);
    free(t);
}

struct tls_client *trust_of(const struct trust *t, size_t app) { return t->of_app[app]; }
