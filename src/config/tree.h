/* SPDX-License-Identifier: Apache-2.0
 *
 * A YAML document as a small tree of nodes that know where they stand. Only what a configuration
 * needs: no anchors, aliases, tags, second documents or duplicate keys, so that what is read is
 * what is seen. Everything points into the arena that is passed. Any thread.
 */
#pragma once
#include "config/findings.h"

enum {
    TREE_DEPTH_MAX = 16,
    TREE_NODES_MAX = 20000,
};

enum node_kind {
    NODE_VALUE,
    NODE_LIST,
    NODE_MAPPING,
};

struct node {
    enum node_kind kind;
    struct config_mark mark;
    struct str text;     /* of a value: NUL-terminated UTF-8 without control bytes */
    bool empty;          /* a value that is not there, or null */
    bool known, planned; /* for whoever walks the tree */
    struct str key;      /* inside a mapping */
    struct config_mark key_mark;
    struct node *first, *last; /* of a list or mapping, in the order of the file */
    struct node *next;
    size_t count;
};

/* The root, a mapping; NULL when an error was added to `f`. */
struct node *tree_parse(struct arena *a, struct str text, struct findings *f);
/* The value of `key` in `mapping`, or NULL; `mapping` may be NULL. */
struct node *tree_get(const struct node *mapping, const char *key);
