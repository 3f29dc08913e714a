/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/look.h"

#include "base/encode.h"
#include "base/secret.h"
#include "config/color.h"
#include "config/image.h"
#include "http/language.h"
#include "preauth/style.h"

#include <errno.h>
#include <stdlib.h>

enum { LOOK_MEMORY_MAX = 64 << 20, STYLE_MAX = 16 * 1024 };

struct look {
    struct arena arena;
    const struct config_pages *pages;
    const struct words *words[CONFIG_LANGUAGES_MAX + 1]; /* English, or a catalogue in its place */
    struct str tags[CONFIG_LANGUAGES_MAX + 1];
    size_t count;
    struct str style, policy;
    bool has_images;
    struct image logo;
    struct image *icons; /* of each app */
    const struct config *config;
};

static void add(struct look *l, const struct words *w) {
    size_t at = str_eq_ci(w->language, STR("en")) ? 0 : l->count;
    l->words[at] = w;
    l->tags[at] = w->language;
    l->count += at == l->count;
}

static bool read_catalogue(struct look *l, const char *file, struct err *e) {
    struct buf text;
    struct findings f;
    struct config_report report;
    config_report_init(&report);
    findings_init(&f, file);
    bool is_read = config_read(file, &text, e);
    const struct words *w = is_read ? words_parse(&l->arena, buf_str(&text), &f) : NULL;
    findings_finish(&f, &report);
    if (is_read && !w)
        err_set(e, ERR_CONFIG, "%.*s", STR_ARG(str_trim(buf_str(&report.text))));
    config_report_fini(&report);
    buf_fini(&text);
    if (w)
        add(l, w);
    return w != NULL;
}

static bool read_image(struct look *l, const char *file, struct image *out, struct err *e) {
    struct buf bytes;
    bool is_read = config_read(file, &bytes, e);
    const char *type = is_read ? image_type(buf_str(&bytes)) : NULL;
    if (is_read && !type)
        err_set(e, ERR_CONFIG, "%s: this is no PNG, ICO or SVG of at most %d bytes", file,
                IMAGE_MAX);
    *out = (struct image){type ? arena_str(&l->arena, buf_str(&bytes)) : STR_NONE, type};
    buf_fini(&bytes);
    return type != NULL;
}

/* Colours are numbers here: nothing of the file's text is in a style. */
static void add_colors(struct buf *out, const struct config_colors *c) {
    buf_printf(out,
               "--ink:#%06x;--soft:#%06x;--paper:#%06x;--ground:#%06x;--mark:#%06x;--line:#%06x;",
               c->text, c->muted, c->surface, c->background, c->accent,
               color_mix(c->muted, c->surface, 35));
}

static bool make_style(struct look *l, struct err *e) {
    unsigned char digest[SHA256_SIZE];
    struct buf style, hash;
    buf_init(&style, STYLE_MAX);
    buf_init(&hash, 64);
    buf_add(&style, STR(":root{color-scheme:light dark;"));
    add_colors(&style, &l->pages->light);
    buf_add(&style, STR(STYLE_BAD_LIGHT "}@media(prefers-color-scheme:dark){:root{"));
    add_colors(&style, &l->pages->dark);
    buf_add(&style, STR(STYLE_BAD_DARK "}}" STYLE_REST));
    l->style = style.failed ? STR_NONE : arena_str(&l->arena, buf_str(&style));
    buf_fini(&style);
    secret_sha256(l->style, digest);
    encode_base64(&hash, str_n((const char *)digest, sizeof digest));
    l->policy = str_of(arena_printf(
        &l->arena,
        "default-src 'none'; style-src 'sha256-%.*s'; %sform-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
        STR_ARG(buf_str(&hash)), l->has_images ? "img-src 'self'; " : ""));
    buf_fini(&hash);
    return (l->style.p && l->policy.p) || err_set(e, ERR_NO_MEMORY, "no memory for a style");
}

static bool read_icons(struct look *l, struct err *e) {
    const struct config *c = l->config;
    l->icons = arena_array(&l->arena, c->app_count, sizeof *l->icons);
    if (!l->icons)
        return err_set(e, ERR_NO_MEMORY, "no memory for icons");
    for (size_t i = 0; i < c->app_count; i++) {
        if (c->apps[i].icon && !read_image(l, c->apps[i].icon, &l->icons[i], e))
            return false;
        l->has_images |= c->has_home && c->apps[i].icon;
    }
    return true;
}

static bool read_files(struct look *l, struct err *e) {
    for (size_t i = 0; i < l->pages->message_count; i++)
        if (!read_catalogue(l, l->pages->messages[i], e))
            return false;
    l->has_images = l->pages->logo;
    return read_icons(l, e) && (!l->pages->logo || read_image(l, l->pages->logo, &l->logo, e));
}

struct look *look_new(const struct config *c, struct err *e) {
    struct look *l = calloc(1, sizeof *l);
    if (!l) {
        err_set(e, ERR_NO_MEMORY, "no memory for the look of pages");
        return NULL;
    }
    arena_init(&l->arena, LOOK_MEMORY_MAX);
    l->config = c;
    l->pages = &c->pages;
    add(l, words_english());
    if (read_files(l, e) && make_style(l, e))
        return l;
    look_free(l);
    return NULL;
}

void look_free(struct look *l) {
    if (!l)
        return;
    arena_fini(&l->arena);
    free(l);
}

const struct words *look_words(const struct look *l, const struct headers *h) {
    return l->words[language_choose(headers_get(h, STR("Accept-Language")), l->tags, l->count)];
}

bool look_has_languages(const struct look *l) { return l->count > 1; }

struct str look_style(const struct look *l) { return l->style; }

struct str look_policy(const struct look *l) { return l->policy; }

const struct config_pages *look_pages(const struct look *l) { return l->pages; }

const struct image *look_logo(const struct look *l) { return &l->logo; }

const struct image *look_icon(const struct look *l, const struct config_app *app) {
    return &l->icons[app - l->config->apps];
}
