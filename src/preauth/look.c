/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/look.h"

#include "http/language.h"

#include <stdlib.h>

enum { LOOK_MEMORY_MAX = 64 << 20 };

struct look {
    struct arena arena;
    const struct words *words[CONFIG_LANGUAGES_MAX + 1]; /* English, or a catalogue in its place */
    struct str tags[CONFIG_LANGUAGES_MAX + 1];
    size_t count;
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

struct look *look_new(const struct config *c, struct err *e) {
    struct look *l = calloc(1, sizeof *l);
    if (!l) {
        err_set(e, ERR_NO_MEMORY, "no memory for the look of pages");
        return NULL;
    }
    arena_init(&l->arena, LOOK_MEMORY_MAX);
    add(l, words_english());
    for (size_t i = 0; i < c->pages.message_count; i++) {
        if (read_catalogue(l, c->pages.messages[i], e))
            continue;
        look_free(l);
        return NULL;
    }
    return l;
}

void look_free(struct look *l) {
    if (!l)
        return;
    arena_fini(&l->arena);
    free(l);
}

const struct words *look_words(const struct look *l, const struct headers *h) {
    if (!l)
        return words_english();
    return l->words[language_choose(headers_get(h, STR("Accept-Language")), l->tags, l->count)];
}

bool look_has_languages(const struct look *l) { return l && l->count > 1; }
