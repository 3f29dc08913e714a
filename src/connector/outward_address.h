/* SPDX-License-Identifier: Apache-2.0
 *
 * An address of a back end, made fit for the outside: the back end knows its own name and folder,
 * people outside the external ones. Sans-I/O, any thread.
 */
#pragma once
#include "config/config.h"

/* `address`, the value of a Location, as people outside must follow it: below the internal URL it
 * becomes the external one, anything else stays, but for what is in disguise (below). Into the
 * arena; p == NULL when that is full.
 *
 * Read as browsers do (the URL standard, 4.4): blanks around it and tabs within count for nothing,
 * and '\' is '/' up to the query; but "/\host" is taken for a path, which it is by RFC 3986,
 * and goes on as "/host" where it is not below.
 * Dot segments are removed first: what leaves the folder with them is not below it.
 * A user in it ("http://user:password@host/") goes: that is one of the back end's.
 * The other scheme of the same host stays: an application that asks for https when it is asked over
 * http would be asked over http again, for ever. The doctor says what to do (N6c). */
struct str outward_address(struct arena *a, const struct config_app *app, struct str address);

/* The value of a Refresh header, as of "<meta http-equiv=refresh>" (the HTML standard, "shared
 * declarative refresh steps"), with its address rewritten so; what browsers take for no Refresh
 * stays. */
struct str outward_refresh(struct arena *a, const struct config_app *app, struct str value);

/* The value of a Link header (RFC 8288 3) with its addresses rewritten so: those in "<…>" and those
 * of anchor="…". */
struct str outward_link(struct arena *a, const struct config_app *app, struct str value);
