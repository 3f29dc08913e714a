/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses that browsers are sent to at a provider: to sign in (OpenID Connect Core 3.1.2.1)
 * and to sign out (RP-Initiated Logout 1.0 section 2). Sans-I/O, any thread.
 */
#pragma once
#include "preauth/oidc_flow.h"

#include "config/config.h"

#define OIDC_CALLBACK "callback"
#define OIDC_SIGNED_OUT "signed-out"

enum { OIDC_AUTHORIZE_MAX = 16 * 1024 };

/* Where the provider sends people back to; p == NULL: the arena is full. */
struct str oidc_callback_url(struct arena *a, struct str origin);
struct str oidc_authorize_url(struct arena *a, const struct config_oidc *c, const char *endpoint,
                              const struct oidc_flow *f);
/* `hint`: the ID token of the sign-in, or empty. */
struct str oidc_end_session_url(struct arena *a, const struct config_oidc *c, const char *endpoint,
                                struct str origin, struct str hint);
