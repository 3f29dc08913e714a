/* SPDX-License-Identifier: Apache-2.0
 *
 * On which hosts clients are asked for a certificate: those of an app with a provider of type
 * certificate, and no others, so that nobody meets their browser's question where no certificate is
 * wanted. Pure.
 */
#pragma once
#include "config/config.h"
#include "net/tls.h"

struct asking {
    struct tls_ask *asks; /* point into the configuration */
    size_t count;
};

/* False: memory; asking_fini in any case. */
bool asking_init(struct asking *a, const struct config *c);
void asking_fini(struct asking *a);
