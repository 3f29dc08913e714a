/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages we speak ourselves: the sign-in form, errors, notices. One shell, no script, one style
 * that the Content-Security-Policy names by its hash; readable by a screen reader and on a phone.
 * A page speaks the language that its reader asks for (look.h). An error comes as JSON to clients
 * that ask for JSON, and that is in English. Sans-I/O; everything lives in the request's arena.
 */
#pragma once
#include "base/err.h"
#include "events/activity.h"
#include "preauth/look.h"

#define LOCAL_PATH "/.kerbgate/"
#define PAGE_LOGO "logo"

/* An answer of our own. */
struct page {
    struct message head; /* status and headers; body kind and length fit `body` */
    struct str body;
};

/* Loop-independent start: how pages look, which outlives them. Once per process, before any other
 * call. */
void page_init(const struct look *used);
/* The language that these headers of a request ask for. */
const struct words *page_words(const struct headers *asked);

/* A page in the language of `w` with `title` (plain) and `body` (trusted HTML, made by the caller
 * with words_add and encode_html). False when the arena is full. */
bool page_html(struct arena *a, struct page *p, const struct words *w, int status, struct str title,
               struct str body);
/* Parts of a body: a paragraph, and a link as a button to `where`. */
void page_add_text(struct buf *body, const struct words *w, enum word word, struct str value);
void page_add_button(struct buf *body, const struct words *w, enum word word, struct str where);
/* An image, with what caches may do (Cache-Control). */
bool page_image(struct arena *a, struct page *p, const struct image *image, struct str keep);
/* An app's icon; its bytes are empty when there is none. */
const struct image *page_icon(const struct config_app *app);
/* The logo, if there is one: anybody may see it. */
bool page_has_logo(void);
bool page_logo(struct arena *a, struct page *p);
/* What is configured to stand above the sign-in form, plain; empty: nothing. */
struct str page_sign_in_text(void);
/* The page of an error: status and title of its kind, the activity's id and time, and, where the
 * headers of the request want JSON, or there are none (`asked` NULL: a program, whatever it says),
 * an object {status, error, title, activity, time}. Detail and hint are for the administrator and
 * stay in the event. */
bool page_error(struct arena *a, struct page *p, const struct err *e, const struct activity *act,
                const struct headers *asked);
/* The page in the language of `w`, with `more` (trusted HTML) before the lines for the
 * administrator. */
bool page_error_with(struct arena *a, struct page *p, const struct err *e,
                     const struct activity *act, const struct words *w, struct str more);
/* A redirect to `location`: 303 to be fetched with GET (RFC 9110 15.4.4), 308 as it was asked. */
bool page_redirect(struct arena *a, struct page *p, int status, struct str location);
/* Adds a header; both strs must live as long as the arena. */
bool page_header(struct arena *a, struct page *p, struct str name, struct str value);

/* Whether this client wants data rather than a page: it accepts JSON and not HTML, or says that it
 * is a script (X-Requested-With, Sec-Fetch-Mode other than navigate, Sec-Fetch-Dest empty). */
bool page_wants_json(const struct headers *h);
/* Whether somebody's browser asks for this to show it as a page, so that it can be sent to another
 * one: a GET or HEAD, by no script and no program, and not to speak another protocol. A browser
 * names text/html where it opens a page, and where it does not it follows a redirect blindly. */
bool page_is_visit(const struct message *m);
