/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be made of a claim before it goes into a header, as the file says it: the name of a
 * transformation and, in parentheses, its arguments. A text in quotes is a constant, a bare word
 * the name of a claim, digits a number: contains("@corp", on_premises_sam_account_name, "guest").
 * The names are those of the original. Pure, any thread.
 */
#pragma once
#include "base/arena.h"
#include "config/config_app.h"

/* Texts are copied into the arena. False with `*why`, which continues "the value ..."; also for the
 * two of the original that are never done: a regular expression, whose time has no bound, and
 * another value in the place of a missing one (invariant 3). */
bool transformation_parse(struct arena *a, struct str text, struct config_transform *out,
                          const char **why);

/* The name of each kind, as in the file. */
const char *transformation_name(enum config_transform_kind kind);
