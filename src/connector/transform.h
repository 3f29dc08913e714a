/* SPDX-License-Identifier: Apache-2.0
 *
 * What is made of the value of a claim before it goes into a header: the transformations of
 * config/transformation.h. What one of them does not find is an error, never the value as it was.
 * Letters are those of ASCII; others are left as they are, and nothing is cut inside a character
 * of UTF-8. Pure, any thread.
 */
#pragma once
#include "base/arena.h"
#include "config/config_app.h"
#include "session/identity.h"

enum transform_result {
    TRANSFORMED,
    TRANSFORM_UNFIT,   /* `*why` continues "the claim ..." */
    TRANSFORM_MISSING, /* `*why` is the name of another claim, which the person does not have */
    TRANSFORM_FULL,    /* no memory */
};

/* All of a header's transformations one behind the other, on one value. `*out` is in the arena, in
 * `in`, in the configuration or in `who`, and never empty. */
enum transform_result transform_value(struct arena *a, const struct config_header *h,
                                      const struct identity *who, struct str in, struct str *out,
                                      const char **why);
