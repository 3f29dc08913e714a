/* SPDX-License-Identifier: Apache-2.0 */
#include "config/color.h"
#include "config/rules.h"

struct pair {
    const char *what, *on;
    const uint32_t *text, *under;
};

/* The colour that the file has, when it has one of both; the defaults get on with each other. */
static const struct config_field *given(const struct config *c, const struct pair *p) {
    const struct config_field *text = load_field(c, p->text), *under = load_field(c, p->under);
    if ((text && text->is_wrong) || (under && under->is_wrong))
        return NULL;
    return text ? text : under;
}

static void check_scheme(const struct config *c, const struct config_colors *s, const char *name,
                         struct findings *f) {
    const struct pair PAIRS[] = {
        {"text", "surface", &s->text, &s->surface},
        {"muted", "surface", &s->muted, &s->surface},
        {"accent", "surface", &s->accent, &s->surface},
        {"muted", "background", &s->muted, &s->background},
    };
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        const struct pair *p = &PAIRS[i];
        const struct config_field *entry = given(c, p);
        unsigned ratio = color_contrast(*p->text, *p->under);
        if (entry && ratio < COLOR_CONTRAST_LEAST)
            findings_error(
                f, entry->mark,
                "gateway.pages.colors.%s: %s \"#%06x\" on %s \"#%06x\" has a contrast of "
                "%u.%02u to 1, expected at least 4.5 (WCAG 1.4.3)",
                name, p->what, *p->text, p->on, *p->under, ratio / 100, ratio % 100);
    }
}

void rules_pages(const struct config *c, struct findings *f) {
    check_scheme(c, &c->pages.light, "light", f);
    check_scheme(c, &c->pages.dark, "dark", f);
}
