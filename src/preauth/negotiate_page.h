/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser is shown that has not signed in with a ticket: the page behind the question for
 * one, and why one was refused. Neither needs a script. Everything lives in the request's arena;
 * false when that is full.
 */
#pragma once
#include "preauth/negotiate.h"

/* 401 with "Negotiate". Browsers that have a ticket never show the page; all others are led on. */
bool negotiate_page_ask(const struct local_request *r, const struct negotiate_entry *entry,
                        struct page *p);
/* The error, which is noted in the activity, and the way to the next provider. Without a question:
 * a browser that has just answered it would ask its person for a password. */
bool negotiate_page_refuse(const struct local_request *r, const struct negotiate_entry *entry,
                           const struct err *e, struct page *p);
