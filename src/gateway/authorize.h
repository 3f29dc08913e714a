/* SPDX-License-Identifier: Apache-2.0
 *
 * May this person use this app? Pure, any thread.
 */
#pragma once
#include "config/config.h"
#include "session/identity.h"

/* False with `e` set (ERR_FORBIDDEN) unless the app lets everybody in who signed in, or names this
 * person: as an account name, or with its realm. Names are compared without case, as the directory
 * does. */
bool authorize(const struct config_app *app, const struct identity *who, struct err *e);
