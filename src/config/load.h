/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk along the schema: takes the tree of a file apart, converts its values, fills in the
 * defaults and says what is unknown, missing or not in this version. Every value that the file has
 * leaves its mark, also one that is wrong. One thread.
 */
#pragma once
#include "config/tree.h"

/* A value of the file. The array in struct config is sorted by `field`. */
struct config_field {
    const void *field;
    struct config_mark mark;
    bool is_wrong; /* reported already: what depends on it has nothing to say */
};

/* `c` has its arena and directory. Adds to `f` what is wrong and loads the rest. */
void load_tree(struct config *c, struct node *root, struct findings *f);

/* The entry of the value stored at `field`, or NULL when the file does not have it. */
const struct config_field *load_field(const struct config *c, const void *field);
