/* SPDX-License-Identifier: Apache-2.0 */
#include "config/wildcard.h"

bool wildcard_is(struct str host) { return str_starts(host, STR("*.")); }

bool wildcard_match(struct str pattern, struct str host, struct str *label) {
    struct str first = str_head(host, str_index(host, '.'));
    *label = STR_NONE;
    if (!wildcard_is(pattern) || first.n == 0 || str_eq(first, STR("*")) ||
        !str_eq_ci(str_from(host, first.n), str_from(pattern, 1)))
        return false;
    *label = first;
    return true;
}

bool wildcard_meets(struct str a, struct str b) {
    struct str label;
    return str_eq_ci(a, b) || wildcard_match(a, b, &label) || wildcard_match(b, a, &label);
}

/* `text` with its byte at `at` replaced. */
static struct str with_byte(struct arena *a, struct str text, size_t at, char byte) {
    char *copy = arena_cstr(a, text);
    if (!copy)
        return STR_NONE;
    copy[at] = byte;
    return str_n(copy, text.n);
}

bool wildcard_url_parse(struct arena *a, struct str text, struct url *out, const char **why) {
    size_t star = str_index(text, '*');
    size_t host = 0;
    while (host < text.n && !str_starts(str_from(text, host), STR("://")))
        host++;
    host += strlen("://");
    size_t end = host + str_index(str_from(text, host), '/');
    if (star >= text.n || star >= end) /* none, or in the path */
        return url_parse(a, text, out, why);
    *out = (struct url){0};
    *why = "has a '*' that is not the whole first label of its host";
    struct str behind = str_from(text, star + 1);
    if (star != host || !str_starts(behind, STR(".")) || str_index(behind, '*') < end - star - 1)
        return false;
    /* A letter takes the place of the '*' for the time of the parsing. */
    struct str plain = with_byte(a, text, star, 'x');
    *why = "needs more memory than there is";
    if (!plain.p || !url_parse(a, plain, out, why))
        return false;
    out->host = with_byte(a, out->host, 0, '*');
    out->authority = with_byte(a, out->authority, 0, '*');
    out->origin = with_byte(a, out->origin, out->scheme.n + strlen("://"), '*');
    *why = "needs more memory than there is";
    return out->host.p && out->authority.p && out->origin.p;
}

/* `text`, in which `label` takes the place of the '*', if there is one. False: memory. */
static bool fill(struct arena *a, struct str *text, struct str label) {
    size_t star = str_index(*text, '*');
    if (star == text->n)
        return true;
    *text = str_of(arena_printf(a, "%.*s%.*s%.*s", STR_ARG(str_head(*text, star)), STR_ARG(label),
                                STR_ARG(str_from(*text, star + 1))));
    return text->p;
}

static bool fill_text(struct arena *a, char **text, struct str label) {
    struct str filled = str_of(*text);
    if (str_index(filled, '*') == filled.n)
        return true;
    bool ok = fill(a, &filled, label);
    *text = (char *)filled.p;
    return ok;
}

static bool fill_url(struct arena *a, struct url *u, struct str label) {
    return fill(a, &u->host, label) && fill(a, &u->authority, label) && fill(a, &u->origin, label);
}

static bool fill_backends(struct arena *a, struct config_app *app, struct str label) {
    struct config_backend *own = arena_array(a, app->backend_count, sizeof *own);
    if (!own)
        return false;
    for (size_t i = 0; i < app->backend_count; i++) {
        own[i] = app->backends[i];
        if (!fill_text(a, &own[i].host, label))
            return false;
    }
    app->backends = own;
    return true;
}

const struct config_app *wildcard_fill(struct arena *a, const struct config_app *app,
                                       struct str label) {
    struct config_app *one = arena_alloc(a, sizeof *one);
    if (!one)
        return NULL;
    *one = *app;
    one->wildcard = app;
    bool ok = fill_url(a, &one->external, label) && fill_url(a, &one->internal, label) &&
              fill_text(a, &one->spn, label) && fill_text(a, &one->assertion.audience, label) &&
              fill_backends(a, one, label);
    return ok ? one : NULL;
}
