/* SPDX-License-Identifier: Apache-2.0
 *
 * The sign-in form as a page, and the proof that a form was filled in on our page: the same random
 * text in a cookie that only this host can set and in a hidden field (double submit), and where the
 * browser says from which site the form came, that it was ours.
 */
#pragma once
#include "preauth/local.h"

#define FORM_COOKIE "__Host-kerbgate-form"

struct form_page {
    struct str notice;            /* why it is shown again, plain text; empty: nothing */
    const char *link;             /* https URL to follow because of the notice; NULL: none */
    struct str user;              /* what was typed */
    struct str to;                /* where to go after */
    struct str by;                /* name of the provider */
    const struct config_app *app; /* to sign in to; NULL: no other way is shown */
    int status;
};

/* The sign-in form. False when the arena is full. */
bool form_page_sign_in(const struct local_request *r, const struct form_page *f, struct page *p);
/* The page that asks for the code of an authenticator; `user` and `link` are not looked at. */
bool form_page_code(const struct local_request *r, const struct form_page *f, struct page *p);
/* The page that asks whether to sign out. */
bool form_page_sign_out(const struct local_request *r, struct page *p);
/* Whether the request's form was filled in on a page of ours. */
bool form_is_ours(const struct local_request *r);
