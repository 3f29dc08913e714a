/* SPDX-License-Identifier: Apache-2.0
 *
 * How the pages of this configuration look and in which languages they speak: the files that
 * gateway.pages and the apps name, read once, and the style that its colours make. Made by the main
 * thread while files may still be read, immutable afterwards; any thread reads it. page_init says
 * which one the pages are made by.
 */
#pragma once
#include "config/words.h"
#include "http/message.h"

struct image {
    struct str bytes; /* empty: there is none */
    const char *type; /* media type */
};

struct look;
/* `c` must outlive it. NULL with `e` set when a file cannot be read or is not right; `kerbgate
 * check` says more. */
struct look *look_new(const struct config *c, struct err *e);
/* NULL is allowed. */
void look_free(struct look *l);

/* The language that these headers ask for: of the catalogues and English. */
const struct words *look_words(const struct look *l, const struct headers *h);
/* Whether there is more than one language to choose from. */
bool look_has_languages(const struct look *l);
/* The text of the pages' one style, and what their Content-Security-Policy says. */
struct str look_style(const struct look *l);
struct str look_policy(const struct look *l);
/* Title, texts and so on. */
const struct config_pages *look_pages(const struct look *l);
const struct image *look_logo(const struct look *l);
/* Of an app as the file has it. */
const struct image *look_icon(const struct look *l, const struct config_app *app);
