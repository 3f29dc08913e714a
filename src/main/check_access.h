/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate check --user: whether somebody may use an app, from the configuration alone. Main
 * thread.
 */
#pragma once
#include "config/config.h"

struct check_access {
    const char *user, *app;
    const char *path;   /* as browsers see it; NULL: that of the app */
    const char *method; /* NULL: GET */
    const char *from;   /* numeric address; NULL: not known */
    const char *claims; /* JSON object, of the sign-in; NULL: not known */
};

/* Prints the answer and the rule. An exit status: EXIT_FINE when she may; EXIT_FINDING when not,
 * and when it depends on what is not known; EXIT_USAGE after saying what is wrong with the
 * question. */
int check_access(const struct config *c, const struct check_access *asked, const char *name);
