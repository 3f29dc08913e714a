/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/listen_tls.h"

#include "gateway/asking.h"

#include <stdlib.h>

/* The certificate for whoever names no host, which may be the first of the list, then the list. */
static struct tls_server *listener_tls(const struct config_listen *l, const struct asking *asking,
                                       struct err *e) {
    struct tls_pair *pairs = calloc(l->certificate_count + 1, sizeof *pairs);
    if (!pairs) {
        err_set(e, ERR_NO_MEMORY, "no memory for certificates");
        return NULL;
    }
    struct tls_server_options o = {.pairs = pairs,
                                   .pair_count = 1,
                                   .asks = asking->asks,
                                   .ask_count = asking->count,
                                   .has_http2 = l->http2};
    pairs[0] = (struct tls_pair){l->certificate, l->key};
    for (size_t i = 0; i < l->certificate_count; i++)
        if (l->certificates[i].certificate != l->certificate)
            pairs[o.pair_count++] =
                (struct tls_pair){l->certificates[i].certificate, l->certificates[i].key};
    struct tls_server *t = tls_server_new(&o, e);
    free(pairs);
    return t;
}

bool listen_tls(const struct config *c, struct tls_server **tls, struct err *e) {
    struct asking asking;
    bool ok = asking_init(&asking, c) || err_set(e, ERR_NO_MEMORY, "no memory for TLS");
    for (size_t i = 0; ok && i < c->listen_count; i++)
        ok =
            c->listen[i].mode != LISTEN_HTTPS || (tls[i] = listener_tls(&c->listen[i], &asking, e));
    asking_fini(&asking);
    return ok;
}
