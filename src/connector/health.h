/* SPDX-License-Identifier: Apache-2.0
 *
 * Which back ends are well, as the checks of `apps.health` find: one table for all threads, so that
 * a back end is asked once and not by each. A back end is out after `fall` failures in a row, and
 * back after `rise` good answers; an app without `health` has none that are out.
 */
#pragma once
#include "config/config.h"

struct health;

/* All are well. NULL: memory. `c` outlives it. */
struct health *health_new(const struct config *c);
void health_free(struct health *h);

/* Whether this one is to be left alone. NULL `h`: none is. Any thread. */
bool health_is_out(const struct health *h, const struct config_app *app, size_t index);
/* What a check has found. True when that changes whether it is out. One thread, always the same. */
bool health_found(struct health *h, const struct config_app *app, size_t index, bool is_well);
