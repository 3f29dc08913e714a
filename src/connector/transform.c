/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/transform.h"

/* One transformation at work. */
struct work {
    struct arena *a;
    const struct config_transform *t;
    const struct identity *who;
    struct str in, out;
    const char *why;
};

static enum transform_result unfit(struct work *w, const char *why) {
    w->why = why;
    return TRANSFORM_UNFIT;
}

static struct str argument(const struct work *w, size_t n) {
    return str_of(w->t->arguments[n].text);
}

static enum transform_result done(struct work *w, struct str out) {
    w->out = out;
    return out.n ? TRANSFORMED : unfit(w, "leaves nothing after its transformations");
}

/* The value that an argument stands for. */
static enum transform_result put(struct work *w, size_t n, struct str *out) {
    *out = argument(w, n);
    if (!w->t->arguments[n].is_claim)
        return TRANSFORMED;
    const char *name = w->t->arguments[n].text;
    *out = str_of(identity_claim(w->who, name));
    if (out->n)
        return TRANSFORMED;
    w->why = name;
    return TRANSFORM_MISSING;
}

static enum transform_result output(struct work *w, size_t n) { return put(w, n, &w->out); }

static enum transform_result choose(struct work *w, bool is_match) {
    if (is_match)
        return output(w, 1);
    if (w->t->arguments[2].text)
        return output(w, 2);
    return unfit(w, "does not match, and nothing is said about what then takes its place");
}

/* The domain may be anybody's, and the part before it then somebody else's. */
static enum transform_result mail_prefix(struct work *w) {
    size_t at = str_index(w->in, '@');
    struct str domain = str_from(w->in, at + 1);
    if (at == 0 || domain.n == 0 || str_index(domain, '@') < domain.n)
        return unfit(w, "is not of the form name@domain");
    return done(w, str_head(w->in, at));
}

static enum transform_result join(struct work *w) {
    struct str other;
    enum transform_result result = put(w, 1, &other);
    if (result != TRANSFORMED)
        return result;
    w->out = arena_join(w->a, (struct str[]){w->in, argument(w, 0), other}, 3);
    return w->out.p ? TRANSFORMED : TRANSFORM_FULL;
}

static enum transform_result to_case(struct work *w, char first, char last) {
    char *copy = arena_cstr(w->a, w->in);
    if (!copy)
        return TRANSFORM_FULL;
    for (size_t i = 0; i < w->in.n; i++)
        if (copy[i] >= first && copy[i] <= last)
            copy[i] = (char)(copy[i] ^ 0x20);
    return done(w, str_n(copy, w->in.n));
}

static enum transform_result extract(struct work *w) {
    size_t at, end = w->in.n;
    struct str from = argument(w, 0);
    if (!str_find(w->in, from, &at))
        return unfit(w, "does not have the text that is looked for in it");
    if (w->t->kind == TRANSFORM_EXTRACT_BEFORE)
        return done(w, str_head(w->in, at));
    struct str rest = str_from(w->in, at + from.n);
    if (w->t->kind == TRANSFORM_EXTRACT_AFTER)
        return done(w, rest);
    if (!str_find(rest, argument(w, 1), &end))
        return unfit(w, "does not have the text that is looked for in it");
    return done(w, str_head(rest, end));
}

static bool is_alpha(char c) { return str_lower(c) >= 'a' && str_lower(c) <= 'z'; }

/* A letter of another alphabet would cut a name short without anybody noticing. */
static enum transform_result run(struct work *w, bool (*is_wanted)(char c), bool is_prefix) {
    size_t n = 0;
    while (n < w->in.n && is_wanted(w->in.p[is_prefix ? n : w->in.n - 1 - n]))
        n++;
    char next = n == w->in.n ? 'a' : w->in.p[is_prefix ? n : w->in.n - 1 - n];
    if ((unsigned char)next >= 0x80)
        return unfit(w, "has a letter beside those from A to Z where they are extracted");
    return done(w, is_prefix ? str_head(w->in, n) : str_from(w->in, w->in.n - n));
}

/* Offset of the character with this number, or the end. */
static size_t character(struct str s, size_t number) {
    size_t at = 0;
    while (number-- > 0 && at < s.n) {
        size_t n = str_utf8(str_from(s, at));
        at += n ? n : 1;
    }
    return at;
}

static enum transform_result substring(struct work *w) {
    struct str rest = str_from(w->in, character(w->in, w->t->arguments[0].number));
    bool has_length = w->t->arguments[1].text;
    return done(w, has_length ? str_head(rest, character(rest, w->t->arguments[1].number)) : rest);
}

static enum transform_result apply(struct work *w) {
    size_t at;
    switch (w->t->kind) {
    case TRANSFORM_EXTRACT_MAIL_PREFIX:
        return mail_prefix(w);
    case TRANSFORM_JOIN:
        return join(w);
    case TRANSFORM_TO_LOWERCASE:
        return to_case(w, 'A', 'Z');
    case TRANSFORM_TO_UPPERCASE:
        return to_case(w, 'a', 'z');
    case TRANSFORM_CONTAINS:
        return choose(w, str_find(w->in, argument(w, 0), &at));
    case TRANSFORM_START_WITH:
        return choose(w, str_starts(w->in, argument(w, 0)));
    case TRANSFORM_END_WITH:
        return choose(w, str_ends(w->in, argument(w, 0)));
    case TRANSFORM_EXTRACT_AFTER:
    case TRANSFORM_EXTRACT_BEFORE:
    case TRANSFORM_EXTRACT_BETWEEN:
        return extract(w);
    case TRANSFORM_EXTRACT_ALPHA_PREFIX:
        return run(w, is_alpha, true);
    case TRANSFORM_EXTRACT_ALPHA_SUFFIX:
        return run(w, is_alpha, false);
    case TRANSFORM_EXTRACT_NUMERIC_PREFIX:
        return run(w, str_is_digit, true);
    case TRANSFORM_EXTRACT_NUMERIC_SUFFIX:
        return run(w, str_is_digit, false);
    case TRANSFORM_IF_NOT_EMPTY:
        return output(w, 0);
    case TRANSFORM_SUBSTRING:
        return substring(w);
    case TRANSFORM_KINDS:
        break;
    }
    return unfit(w, "has an unknown transformation");
}

enum transform_result transform_value(struct arena *a, const struct config_header *h,
                                      const struct identity *who, struct str in, struct str *out,
                                      const char **why) {
    enum transform_result result = TRANSFORMED;
    *out = in;
    for (size_t i = 0; result == TRANSFORMED && i < h->transform_count; i++) {
        struct work w = {.a = a, .t = &h->transforms[i], .who = who, .in = *out};
        result = apply(&w);
        *out = w.out;
        *why = w.why;
    }
    return result;
}
