/* SPDX-License-Identifier: Apache-2.0
 *
 * A back end's cookie, made fit for the outside (RFC 6265 4.1): the back end knows its own name and
 * folder, the browser knows the external ones. Sans-I/O, any thread.
 */
#pragma once
#include "config/config.h"

/* The value of a Set-Cookie header as the browser must see it:
 *
 *   Domain   goes when it is one of the internal host's, so that the cookie is the external host's
 *            alone; any other stays, for the browser to judge
 *   Path     below the internal folder becomes below the external one; a folder above it becomes
 *            the external folder, so that apps on one external host do not get each other's cookies
 *   Secure   is added: the outside is https
 *
 * Everything else stays as it is. Into the arena; p == NULL when that is full. */
struct str set_cookie_outward(struct arena *a, const struct config_app *app, struct str value);
