/* SPDX-License-Identifier: Apache-2.0
 *
 * Which app is at an address: the host and port of its external URL, then the longest path. A path
 * is compared in its normalised form, the one that is forwarded, so that what is decided on and
 * what is sent are the same bytes. Pure, any thread.
 */
#pragma once
#include "config/config.h"

/* The app whose external URL is the longest that `path` lies below; NULL when there is none. */
const struct config_app *route_find(const struct config *c, struct str host, uint16_t port,
                                    struct str path);
/* Any app on this host and port; NULL when there is none. */
const struct config_app *route_host(const struct config *c, struct str host, uint16_t port);
/* The app whose external URL is `path` with a '/' added; NULL when there is none. */
const struct config_app *route_without_slash(const struct config *c, struct str host, uint16_t port,
                                             struct str path);
