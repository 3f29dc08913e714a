/* SPDX-License-Identifier: Apache-2.0
 *
 * Short words for the rows of the schema, for the files that have them and no others. Constant; any
 * thread.
 */
#pragma once
#include "config/schema.h"

#define REQUIRED SCHEMA_REQUIRED
#define LIST SCHEMA_LIST
#define LONE SCHEMA_LONE
#define NOT_EMPTY SCHEMA_NOT_EMPTY
#define PLANNED SCHEMA_PLANNED
#define UNSTORED SCHEMA_UNSTORED
#define APART SCHEMA_APART

#define IN(type, field) .offset = offsetof(type, field), .width = sizeof(((type *)0)->field)
#define LIST_IN(type, field, number)                                                               \
    .offset = offsetof(type, field), .width = sizeof(*((type *)0)->field),                         \
    .count = offsetof(type, number)
#define RANGE(from, to) .least = (from), .most = (to)

/* The keys of an element of `apps`. */
extern const struct schema_key SCHEMA_APP[];
/* The same of `identity_providers`. */
extern const struct schema_key SCHEMA_PROVIDER_KEYS[];
/* The keys of `gateway.pages`. */
extern const struct schema_key SCHEMA_PAGES[];
/* The same of their `certificates`. */
extern const struct schema_key SCHEMA_CERTIFICATES[];
/* Who may use an app, and what is below one of its paths. */
extern const struct schema_key SCHEMA_APP_ALLOW[], SCHEMA_RULE[];
extern const struct schema_choice SCHEMA_WHO[];
