/* SPDX-License-Identifier: Apache-2.0
 *
 * A path as a back end may read it that is least exact, as IIS on Windows is: "/ADMIN/",
 * "//admin/",
 * "/admin;x/", "/%61dmin%2F", "/admin./" and "/admin/%3Fx" are all read as "/admin/". Pure, any
 * thread.
 */
#pragma once
#include "base/arena.h"

/* Stands for a run of bytes that are not ASCII: which character they are, and how it folds, is a
 * matter of the back end's encoding. */
#define LOOSE_ANY ((char)0x80)

/* `path` in that form, in `a`: decoded, and never longer than before. False: the arena is full. */
bool loose_path(struct arena *a, struct str path, struct str *out);
/* Whether `path` may be read as `base`, which has no '/' at its end, or as something below it; both
 * are loose forms. `*unsure` is how much of `base` it takes to come behind the last character that
 * is no ASCII on either side; 0: there is none. */
bool loose_is_below(struct str path, struct str base, size_t *unsure);
