/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of an examination: examine.c walks the chain, examine_kdcs.c looks at every domain
 * controller, examine_directory.c asks the directory. Those two may run beside the first.
 * examine_trace.c tells the messages of the first.
 */
#pragma once
#include "broker/examine.h"

/* Tells kerberos.kdcs. `k` is not used for exchanges. */
void examine_kdcs(const struct examine *x);
/* Tells directory. The TGT must be in the cache of `k`. */
void examine_directory(const struct examine *x, struct krb *k);
/* Tells, one thread at a time. */
void examine_tell(const struct examine *x, const char *path, json_t *value);
/* Has `walk` done with every message told that goes to a KDC or comes from one. */
typedef struct ticket *examine_walk_fn(const struct examine *x, struct krb *k);
struct ticket *examine_traced(const struct examine *x, struct krb *k, examine_walk_fn *walk);
