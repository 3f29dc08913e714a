/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/person_headers.h"

#include "connector/transform.h"

struct making {
    struct arena *a;
    const struct config_app *app;
    const struct config_header *header;
    const struct identity *who;
};

static bool full(struct err *e) {
    return err_set(e, ERR_NO_MEMORY, "no memory for the headers about a person");
}

static bool missing(const struct making *m, const char *claim, struct err *e) {
    err_set(e, ERR_CLAIM_MISSING,
            "app %s wants the claim \"%s\" as %s, and that is missing in this sign-in",
            m->app->name, claim, m->header->name);
    err_hint(
        e,
        "Let the identity provider send the claim \"%s\", or take %s out of the sso.headers of "
        "app %s. Nothing else is tried in its place.",
        claim, m->header->name, m->app->name);
    return false;
}

static bool unfit(const struct making *m, const char *why, struct err *e) {
    err_set(e, ERR_CLAIM_UNFIT, "app %s wants the claim \"%s\" as %s, and that %s", m->app->name,
            m->header->claim, m->header->name, why);
    err_hint(e,
             "Correct the person's entry at the identity provider, or choose another claim or "
             "separator for %s in the sso.headers of app %s.",
             m->header->name, m->app->name);
    return false;
}

/* C0 and DEL, and C1 in UTF-8: some read a line break there. */
static bool has_control(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_c1 = c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || is_c1)
            return true;
    }
    return false;
}

/* Unicode's White_Space beyond ASCII, and two that are as little to be seen. */
static const struct str BLANKS[] = {
    STR("\u00a0"), STR("\u1680"), STR("\u2000"), STR("\u2001"), STR("\u2002"),
    STR("\u2003"), STR("\u2004"), STR("\u2005"), STR("\u2006"), STR("\u2007"),
    STR("\u2008"), STR("\u2009"), STR("\u200a"), STR("\u200b"), STR("\u2028"),
    STR("\u2029"), STR("\u202f"), STR("\u205f"), STR("\u3000"), STR("\ufeff"),
};

/* Those of ASCII are not part of a header's value (RFC 9110 5.5), and languages trim the others:
 * what is left could be the name of somebody else. */
static bool has_blank_end(struct str s) {
    for (size_t i = 0; i < sizeof BLANKS / sizeof *BLANKS; i++)
        if (str_starts(s, BLANKS[i]) || str_ends(s, BLANKS[i]))
            return true;
    return str_trim(s).n != s.n;
}

/* What a back end would split the values at. */
static struct str separator_of(const struct config_header *h) {
    struct str all = str_of(h->separator), core = str_trim(all);
    return core.n ? core : all;
}

/* Whether a back end could find the separator elsewhere than between the values: inside of one, or
 * partly in one, as that of "::" in "x:::y". */
static bool has_separator(struct str value, struct str separator) {
    size_t at;
    if (separator.n && str_find(value, separator, &at))
        return true;
    for (size_t n = 1; n < separator.n; n++)
        if (str_ends(value, str_head(separator, n)) || str_starts(value, str_from(separator, n)))
            return true;
    return false;
}

static const char *why_unfit(const struct making *m, struct str value) {
    if (has_control(value))
        return "has a control character in it";
    if (has_blank_end(value))
        return "begins or ends with a blank";
    if (has_separator(value, separator_of(m->header)))
        return "has the separator of the list in it, or a part of it at an end";
    return NULL;
}

static bool add_value(const struct making *m, size_t n, struct buf *out, struct err *e) {
    struct str given = str_of(identity_claim_at(m->who, m->header->claim, n)), value;
    const char *why = NULL;
    if (given.n == 0)
        return missing(m, m->header->claim, e);
    switch (transform_value(m->a, m->header, m->who, given, &value, &why)) {
    case TRANSFORMED:
        break;
    case TRANSFORM_UNFIT:
        return unfit(m, why, e);
    case TRANSFORM_MISSING:
        return missing(m, why, e);
    case TRANSFORM_FULL:
        return full(e);
    }
    why = why_unfit(m, value);
    if (why)
        return unfit(m, why, e);
    if (n > 0)
        buf_add(out, str_of(m->header->separator));
    buf_add(out, value);
    return !out->failed || unfit(m, "is too long for a header", e);
}

static bool make(const struct making *m, struct buf *value, struct err *e) {
    size_t count = identity_claim_count(m->who, m->header->claim);
    if (count == 0)
        return missing(m, m->header->claim, e);
    /* Also with one value: an app that splits would take a ',' in it for two of them. */
    if (!m->header->separator && !identity_claim(m->who, m->header->claim))
        return unfit(m, "is a list, but the header has no separator", e);
    for (size_t n = 0; n < count; n++)
        if (!add_value(m, n, value, e))
            return false;
    return true;
}

bool person_headers(struct arena *a, const struct config_app *app, const struct identity *who,
                    struct headers *out, struct err *e) {
    struct buf value;
    bool is_made = true;
    *out = (struct headers){0};
    if (app->header_count > 0 && !who)
        return err_set(e, ERR_CLAIM_MISSING,
                       "app %s is told who somebody is, but nobody has "
                       "signed in",
                       app->name);
    buf_init(&value, PERSON_HEADER_MAX);
    for (size_t i = 0; is_made && i < app->header_count; i++) {
        struct making m = {.a = a, .app = app, .header = &app->headers[i], .who = who};
        buf_clear(&value);
        is_made = make(&m, &value, e);
        if (!is_made)
            break;
        struct str copy = arena_str(a, buf_str(&value));
        is_made = (copy.p && headers_add(a, out, str_of(m.header->name), copy)) || full(e);
    }
    buf_fini(&value);
    return is_made;
}
