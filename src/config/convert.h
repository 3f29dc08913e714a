/* SPDX-License-Identifier: Apache-2.0
 *
 * One value of the file, as text, into its field of the configuration. One thread.
 */
#pragma once
#include "config/schema.h"

enum converted {
    CONVERTED,
    CONVERT_WRONG,   /* `*why` continues the sentence "the value ..." */
    CONVERT_PLANNED, /* a choice that is not in this version */
    CONVERT_NO_MEMORY,
};

/* `field` is where the value belongs: the key's field, or the element of its list. Text is copied
 * into the arena of `c`, whose directory and providers are already there. */
enum converted convert_value(struct config *c, const struct schema_key *key, struct str text,
                             void *field, const char **why);
