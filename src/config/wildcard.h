/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts such as "*.apps.example.com": every host with exactly one more label. '*' is the whole
 * first label, and the only one. The label that a client asked for goes in its place in the
 * internal URL, the SPN, the audience and the back end's host. Pure, any thread.
 */
#pragma once
#include "config/config_app.h"

bool wildcard_is(struct str host);
/* The label of `host` that stands for the '*' of `pattern`, case folded as host names are; false
 * when `pattern` is no wildcard, or `host` is not below it by exactly one label. */
bool wildcard_match(struct str pattern, struct str host, struct str *label);
/* Whether some host is both: equal hosts, a host below a wildcard, or equal wildcards. */
bool wildcard_meets(struct str a, struct str b);
/* As url_parse, for a URL whose host may be a wildcard: then host, authority and origin begin their
 * host with "*.". */
bool wildcard_url_parse(struct arena *a, struct str text, struct url *out, const char **why);

/* A copy of `app` in which `label` has the place of each '*': in both URLs, the SPN, the audience
 * and the hosts of back ends. What has none is shared with `app`. NULL when memory is short. */
const struct config_app *wildcard_fill(struct arena *a, const struct config_app *app,
                                       struct str label);
