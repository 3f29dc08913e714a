/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentences of load_tree: what is wrong with a key or a value, what was expected there, and
 * what somebody probably meant. `path` is the key with those above it, "apps.sso.spn". One thread.
 */
#pragma once
#include "config/schema.h"
#include "config/tree.h"

/* "expected ..." of one value: "a number, from 10 to 1000", "kerberos or none"; to be printed in
 * the same expression: describe(key).text. */
struct described {
    char text[256];
};
struct described describe(const struct schema_key *key);

/* A value that `why` says something about; near words come from the choices, or the providers. */
void refuse_value(struct findings *f, const struct config *c, const struct schema_key *key,
                  const struct node *n, const char *path, const char *why);
/* A list or mapping in the place of a value, or nothing. */
void refuse_form(struct findings *f, const struct schema_key *key, const struct node *n,
                 const char *path);
/* A key that `keys`, those of the mapping `above`, do not have. */
void refuse_unknown(struct findings *f, const struct schema_key *keys, const struct node *n,
                    const char *above);
/* What is known, but not in this version: a key, or `what` as its value. */
void refuse_planned_key(struct findings *f, struct node *n, const char *path);
void refuse_planned_value(struct findings *f, struct node *n, const char *path, const char *what);
