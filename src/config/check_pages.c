/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check_files.h"
#include "config/image.h"
#include "config/words.h"

/* What is wrong stands in the catalogue's own lines, and once more where it is named. */
static void check_catalogue(const struct named_file *n, struct buf *text, struct arena *a,
                            struct config_report *r, struct str *language) {
    struct findings inside;
    struct err e;
    if (!config_read(*n->value, text, &e)) {
        findings_error(n->f, config_mark_of(n->c, n->value), "%s: %s", n->key, e.detail);
        return;
    }
    if (buf_size(text) > WORDS_FILE_MAX) {
        check_error(n, "a catalogue has at most %d bytes", WORDS_FILE_MAX);
        return;
    }
    findings_init(&inside, *n->value);
    const struct words *w = words_parse(a, buf_str(text), &inside);
    findings_finish(&inside, r);
    if (w)
        *language = w->language;
    else
        check_error(n, "this is no catalogue of messages, as said above");
}

void check_image(const struct named_file *n) {
    struct buf bytes;
    struct err e;
    if (!config_read(*n->value, &bytes, &e))
        findings_error(n->f, config_mark_of(n->c, n->value), "%s: %s", n->key, e.detail);
    else if (!image_type(buf_str(&bytes)))
        check_error(n,
                    "expected a PNG, an ICO, or an SVG without a document type, of at most %d "
                    "bytes",
                    IMAGE_MAX);
    buf_fini(&bytes);
}

void check_pages(const struct config *c, struct findings *f, struct config_report *r) {
    struct str languages[CONFIG_LANGUAGES_MAX] = {STR_NONE};
    struct arena arena;
    arena_init(&arena, (size_t)CONFIG_LANGUAGES_MAX * 2 * WORDS_FILE_MAX);
    for (size_t i = 0; i < c->pages.message_count; i++) {
        struct named_file n = {c, f, "gateway.pages.messages", &c->pages.messages[i]};
        struct buf text;
        check_catalogue(&n, &text, &arena, r, &languages[i]);
        buf_fini(&text);
        for (size_t j = 0; j < i; j++)
            if (languages[i].n && str_eq_ci(languages[i], languages[j]))
                check_error(&n, "the language %.*s is that of %s, too", STR_ARG(languages[i]),
                            c->pages.messages[j]);
    }
    arena_fini(&arena);
    if (c->pages.logo)
        check_image(&(struct named_file){c, f, "gateway.pages.logo", &c->pages.logo});
    for (size_t i = 0; i < c->app_count; i++)
        if (c->apps[i].icon)
            check_image(&(struct named_file){c, f, "apps.icon", &c->apps[i].icon});
}
