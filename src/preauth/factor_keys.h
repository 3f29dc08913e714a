/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys that people's second factors are sealed with, of all providers: read by a process that
 * still may, immutable from then on. Any thread.
 */
#pragma once
#include "config/config.h"

struct factor_keys;

/* NULL with `e` set (ERR_CONFIG names the file). The configuration outlives them. */
struct factor_keys *factor_keys_new(const struct config *c, struct err *e);
/* Wipes them. NULL is allowed. */
void factor_keys_free(struct factor_keys *k);
/* The provider's, SECRET_BOX_KEY_SIZE bytes; NULL: it asks for no second factor. */
const unsigned char *factor_keys_of(const struct factor_keys *k, const struct config_provider *p);
