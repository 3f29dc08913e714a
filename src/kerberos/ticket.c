/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/ticket.h"

#include "base/secret.h"

#include <stdlib.h>

void ticket_free(struct ticket *t) {
    if (!t)
        return;
    free(t->client);
    free(t->server);
    free(t->kdc);
    free(t->der);
    secret_wipe(t->key, t->key_size);
    free(t->key);
    free(t);
}
