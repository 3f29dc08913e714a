/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom and what a chain is about, as facts: the app as it is configured, and the name that a ticket
 * would be asked for if somebody signed in who is called so. Any thread.
 */
#pragma once
#include "config/config.h"
#include "connector/login.h"
#include "doctor/facts.h"

/* Fills "app" in `facts`. */
void subject_app(json_t *facts, const struct config *config, const struct config_app *app);

/* Who somebody would be after signing in by the form as `user`; for a claim of the app's own, what
 * was typed is its value. False, and nothing to free, when it cannot be anybody's name, or memory
 * is short; else for identity_fini. */
bool subject_sign_in(const struct config *config, const struct config_app *app, const char *user,
                     struct identity *out);

/* Fills "person" in `facts`, and `out` with what goes to the broker. `user`: a user name, as
 * somebody types it at the sign-in form, or "name@REALM"; for apps with a claim of their own, the
 * value of that claim. False, and an error among the facts, when no name comes of it. */
bool subject_person(json_t *facts, const struct config *config, const struct config_app *app,
                    const char *user, struct login *out);
