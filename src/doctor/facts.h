/* SPDX-License-Identifier: Apache-2.0
 *
 * What was found out about a chain: one JSON tree, filled by those who look (examine.h, probe.h),
 * read by those who judge (checking.h), printed as it is. docs/doctor.md describes it. A path is
 * names and numbers of list entries with dots between them, "target.nodes.0.tcp.ok". What is not
 * there has not been found out. Texts in it are of strangers: directory, DNS, KDC, web server.
 * One thread.
 */
#pragma once
#include "base/err.h"

#include <jansson.h>

enum { FACTS_PATH_MAX = 256 };

/* NULL: no memory, or `facts` is NULL. Which of them are borrowed says each function. */
json_t *facts_new(void);
/* Puts `value` (taken, also on failure) at `path`, making objects on the way; a path that ends in
 * ".+" appends to a list. What was there is replaced. False when it cannot be: memory, or a list in
 * the way. */
bool facts_put(json_t *facts, const char *path, json_t *value);
/* What is at `path`, as long-lived as the tree; NULL when there is nothing, or null. */
json_t *facts_at(const json_t *facts, const char *path);
/* The text at `path`, as long-lived as the tree; "" when there is none. */
const char *facts_text(const json_t *facts, const char *path);
/* Whether that text is `text`, which is not "". */
bool facts_is(const json_t *facts, const char *path, const char *text);
int64_t facts_int(const json_t *facts, const char *path, int64_t otherwise);
/* Whether there is a true. */
bool facts_true(const json_t *facts, const char *path);
/* Whether there is a false: said, and not merely unknown. */
bool facts_false(const json_t *facts, const char *path);
/* Whether the app's tickets come of what each person brings along alone: their own ticket, or the
 * one to us that they signed in with. Nothing else is asked for in their name. */
bool facts_need_person(const json_t *facts);
/* Whether the list at `path` has this text, ASCII case aside. */
bool facts_has(const json_t *facts, const char *path, const char *text);
