/* SPDX-License-Identifier: Apache-2.0
 *
 * A browser's question whether a script of another origin may send a request (the Fetch standard
 * 3.2.2, "CORS-preflight request"). It comes without cookies, so that an application behind a
 * sign-in could never answer it. Sans-I/O; any thread.
 */
#pragma once
#include "config/config.h"
#include "http/message.h"

enum cors_result {
    CORS_NONE,    /* no such question, or no rule for this path: for the app itself */
    CORS_ALLOWED, /* `out` is the answer: 204 and what is allowed */
    CORS_REFUSED, /* the rule for this path does not allow it */
    CORS_FULL,    /* the arena is full */
};

/* By the app's rule with the longest path that `path` (normalised) lies below. */
enum cors_result cors_preflight(struct arena *a, const struct config_app *app,
                                const struct message *request, struct str path,
                                struct message *out);

/* For an answer of our own to a request of a script of another origin that the rule for `path` lets
 * in: lets the script read it and the header that says where to sign in. False: the arena is full.
 */
bool cors_expose(struct arena *a, const struct config_app *app, const struct message *request,
                 struct str path, struct message *out);
/* Whether scripts of the request's origin may use what is at `path` in somebody's name. */
bool cors_trusts(const struct config_app *app, const struct message *request, struct str path);
