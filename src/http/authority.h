/* SPDX-License-Identifier: Apache-2.0
 *
 * host[:port], with the reason when it is none. Pure, any thread.
 */
#pragma once
#include "base/arena.h"

/* As authority_parse (http/url.h); false with `why` set to a literal ("has no host"), or to NULL
 * when the arena is full. */
bool authority_read(struct arena *a, struct str text, struct str *host, uint16_t *port,
                    const char **why);
