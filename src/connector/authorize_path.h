/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of an app's rules is for a path. A path has the one form that is forwarded; still there are
 * back ends that read it less exactly (http/loose.h). A rule may stand in the way of either
 * reading. Pure, any thread.
 */
#pragma once
#include "config/config_app.h"

struct rule_match {
    const struct config_rule *rule; /* NULL: none is for this path */
    bool is_of_other_method;        /* `rule` is for the path, and none for the method */
};
/* The rule with the longest path that `path` is below, and of those with one path the one that
 * names the method before the one that names none. */
struct rule_match authorize_rule(const struct config_app *app, struct str path, struct str method);
/* Every rule that may be the one for `path`, a loose form, however the back end reads it: writes at
 * most CONFIG_RULES_MAX to `out`, and returns how many. Most often it is one; 0: the path is below
 * no rule's. */
size_t authorize_rules_loosely(const struct config_app *app, struct str path, struct str method,
                               struct rule_match *out);
