/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of an app's rules is for a path. A path has the one form that is forwarded; still there are
 * back ends that read "/ADMIN/", "//admin/", "/admin;x/", "/x%2Fadmin/" or "/admin./" as "/admin/".
 * A rule may stand in the way of either reading. Pure, any thread.
 */
#pragma once
#include "config/config_app.h"

enum authorize_reading {
    READ_PLAINLY, /* byte by byte */
    READ_LOOSELY, /* as a back end may that is least exact */
    READINGS,
};

struct rule_match {
    const struct config_rule *rule; /* NULL: none is for this path */
    bool is_of_other_method;        /* `rule` is for the path, and none for the method */
};
/* The rule with the longest path that `path` is below, and of those with one path the one that
 * names the method before the one that names none. */
struct rule_match authorize_rule(const struct config_app *app, struct str path, struct str method,
                                 enum authorize_reading reading);
