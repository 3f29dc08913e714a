/* SPDX-License-Identifier: Apache-2.0
 *
 * Which app, or the home, is at an address: the host and port of its external URL, then the longest
 * path. An app with just this host comes before a wildcard app whose host this is one of, whatever
 * their paths are. A path is compared in its normalised form, the one that is forwarded, so that
 * what is decided on and what is sent are the same bytes. Pure, any thread.
 */
#pragma once
#include "config/config.h"

struct route_match {
    const struct config_app *app; /* as the file has it; NULL: there is none */
    struct str label;             /* of the host, for the '*' of a wildcard app, else empty */
};

/* The app whose external URL is the longest that `path` lies below. */
struct route_match route_find(const struct config *c, struct str host, uint16_t port,
                              struct str path);
/* The home, or any app, on this host and port. */
struct route_match route_host(const struct config *c, struct str host, uint16_t port);
/* The same on any port, the default one first. */
struct route_match route_host_any_port(const struct config *c, struct str host);
/* The app whose external URL is `path` with a '/' added. */
struct route_match route_without_slash(const struct config *c, struct str host, uint16_t port,
                                       struct str path);

/* The matched app with its label in the place of each '*', so that whoever works with it knows
 * nothing of wildcards; made in `a`, which its texts and the label's must not outlive. The app
 * itself when it is no wildcard. NULL when there is none, or when memory is short. */
const struct config_app *route_app(struct arena *a, const struct route_match *m);
