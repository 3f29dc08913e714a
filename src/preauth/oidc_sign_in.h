/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing in at an OpenID Connect provider, as the browser sees it: away to the provider with the
 * authorization code flow, PKCE, state and nonce (OpenID Connect Core 3.1, RFC 7636, RFC 9700), and
 * back at /.kerbgate/callback to a session and to the very address that was asked for first. That
 * address was sealed into a cookie of ours on the way out; what the provider sends along names no
 * address (invariant 11). Loop thread only.
 */
#pragma once
#include "preauth/local.h"

/* Whereto, as local_destination has it, and at which provider. */
struct oidc_entry {
    const struct config_app *app;
    const struct config_provider *provider;
    struct str to;
};

/* Both as local_answer, in the place of the form. */
enum local_result oidc_sign_in_start(struct local_tools *t, const struct local_request *r,
                                     const struct oidc_entry *entry,
                                     const struct local_later *later, struct page *page,
                                     struct local_wait **wait);
enum local_result oidc_sign_in_end(struct local_tools *t, const struct local_request *r,
                                   const struct local_later *later, struct page *page,
                                   struct local_wait **wait);
