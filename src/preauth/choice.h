/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice between the providers that a browser can sign in at, where an app has several: a page
 * of plain links, each of which is the sign-in page of one (by=). The choice before is remembered
 * in a cookie that holds the provider's name, and says nothing about who somebody is; it only comes
 * first on the page the next time. Loop thread only.
 */
#pragma once
#include "preauth/local.h"

#define CHOICE_COOKIE "__Host-kerbgate-by"

/* Whether people sign in at it by pages; programs and connections prove who they are otherwise. */
bool choice_is_for_browsers(const struct config_provider *p);
/* Whether the app has more than one of those. */
bool choice_is_there(const struct config_app *app);
/* What people know the provider as: its label, or its name. */
struct str choice_label(const struct config_provider *p);

/* The page's address, with what to go to after; empty when there is no choice, or no memory. */
struct str choice_url(struct arena *a, const struct config_app *app, struct str to);
/* The page. False when the arena is full. */
bool choice_page(const struct local_request *r, const struct config_app *app, struct str to,
                 struct page *p);
/* Adds to an answer that `provider` was chosen, where there is a choice. False when the arena is
 * full. */
bool choice_remember(struct arena *a, const struct config_app *app,
                     const struct config_provider *provider, struct page *p);
