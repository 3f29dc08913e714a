/* SPDX-License-Identifier: Apache-2.0
 *
 * What only shows when values meet. Each rule looks at values that are there and right by
 * themselves; what load_tree refused already is not refused a second time. One thread.
 */
#pragma once
#include "config/load.h"

/* Adds to `f` what does not fit together. Fills in what follows from other values: the list of
 * SPNs when the file has none, and the number of threads. */
void rules_apply(struct config *c, struct findings *f);

/* The rules for every app, a part of rules_apply. */
void rules_apps(const struct config *c, struct findings *f);
