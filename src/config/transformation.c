/* SPDX-License-Identifier: Apache-2.0 */
#include "config/transformation.h"

/* Arguments, one letter each: t a text, e one that may be empty, c a claim, v the value of a claim
 * or a text that can be one, n a number, l a number from 1 on; those behind '?' may be left out. */
static const struct {
    const char *name, *arguments;
} KINDS[TRANSFORM_KINDS] = {
    [TRANSFORM_EXTRACT_MAIL_PREFIX] = {"extract_mail_prefix", ""},
    [TRANSFORM_JOIN] = {"join", "ec"},
    [TRANSFORM_TO_LOWERCASE] = {"to_lowercase", ""},
    [TRANSFORM_TO_UPPERCASE] = {"to_uppercase", ""},
    [TRANSFORM_CONTAINS] = {"contains", "tv?v"},
    [TRANSFORM_START_WITH] = {"start_with", "tv?v"},
    [TRANSFORM_END_WITH] = {"end_with", "tv?v"},
    [TRANSFORM_EXTRACT_AFTER] = {"extract_after", "t"},
    [TRANSFORM_EXTRACT_BEFORE] = {"extract_before", "t"},
    [TRANSFORM_EXTRACT_BETWEEN] = {"extract_between", "tt"},
    [TRANSFORM_EXTRACT_ALPHA_PREFIX] = {"extract_alpha_prefix", ""},
    [TRANSFORM_EXTRACT_ALPHA_SUFFIX] = {"extract_alpha_suffix", ""},
    [TRANSFORM_EXTRACT_NUMERIC_PREFIX] = {"extract_numeric_prefix", ""},
    [TRANSFORM_EXTRACT_NUMERIC_SUFFIX] = {"extract_numeric_suffix", ""},
    [TRANSFORM_IF_NOT_EMPTY] = {"if_not_empty", "v"},
    [TRANSFORM_SUBSTRING] = {"substring", "n?l"},
};

static const struct {
    const char *name, *why;
} NEVER[] = {
    {"regex_replace", "is not done here: the time that a regular expression takes has no bound"},
    {"if_empty", "is not done here: what stands in for a missing claim could name somebody else"},
};

enum { NUMBER_MAX = 8000 };

/* An argument as it is written. */
struct written {
    struct str text;
    char form; /* '"', '0' for a number, 'a' for a bare word */
};

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

const char *transformation_name(enum config_transform_kind kind) { return KINDS[kind].name; }

static bool find_kind(struct str name, enum config_transform_kind *kind, const char **why) {
    for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++)
        if (str_eq(name, str_of(NEVER[i].name)))
            return no(why, NEVER[i].why);
    for (size_t i = 0; i < TRANSFORM_KINDS; i++)
        if (str_eq(name, str_of(KINDS[i].name))) {
            *kind = (enum config_transform_kind)i;
            return true;
        }
    return no(why, "is unknown");
}

static bool is_bare(char c) { return c != ',' && c != '(' && c != ')' && c != '"' && c != '\''; }

/* Takes the next argument and what separates it from the one behind it. */
static bool next_argument(struct str *rest, struct written *out, const char **why) {
    struct str s = str_trim(*rest);
    size_t end = 0;
    uint64_t unused;
    if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
        struct str behind = str_from(s, 1);
        *out = (struct written){str_head(behind, str_index(behind, s.p[0])), '"'};
        end = out->text.n + 2;
        if (end > s.n)
            return no(why, "has a quote that does not end");
    } else {
        while (end < s.n && is_bare(s.p[end]))
            end++;
        out->text = str_trim(str_head(s, end));
        out->form = str_to_u64(out->text, NUMBER_MAX, &unused) ? '0' : 'a';
        if (out->text.n == 0)
            return no(why, "has an argument that is empty");
    }
    s = str_trim(str_from(s, end));
    if (s.n && s.p[0] != ',')
        return no(why, "has something else than ',' between two arguments");
    *rest = str_from(s, 1);
    return s.n == 0 || str_trim(*rest).n > 0 || no(why, "has an argument that is empty");
}

static bool is_fit_as_value(struct str s) { return s.n > 0 && str_trim(s).n == s.n; }

/* Whether it is what the letter of the table asks for. */
static bool check_argument(char letter, const struct written *w, const char **why) {
    switch (letter) {
    case 't':
        if (w->form != '"' || w->text.n == 0)
            return no(why, "needs a text in quotes to look for");
        return true;
    case 'e':
        return w->form == '"' || no(why, "needs a text in quotes to put between");
    case 'c':
        return w->form == 'a' || no(why, "needs the name of a claim, without quotes");
    case 'v':
        if (w->form == '0' || (w->form == '"' && !is_fit_as_value(w->text)))
            return no(why, "needs the name of a claim, or a text in quotes that does not begin or "
                           "end with a blank");
        return true;
    case 'n':
        return w->form == '0' || no(why, "needs a number up to 8000");
    default:
        return (w->form == '0' && !str_eq(w->text, STR("0"))) ||
               no(why, "needs a number from 1 to 8000");
    }
}

static bool keep(struct arena *a, const struct written *w, struct config_argument *out,
                 const char **why) {
    uint64_t number = 0;
    if (w->form == '0')
        str_to_u64(w->text, NUMBER_MAX, &number);
    *out = (struct config_argument){
        .text = arena_cstr(a, w->text), .number = (unsigned)number, .is_claim = w->form == 'a'};
    return out->text || no(why, "needs more memory than there is");
}

static bool parse_arguments(struct arena *a, const char *wanted, struct str rest,
                            struct config_argument *out, const char **why) {
    bool is_optional = false;
    for (; *wanted; wanted++) {
        struct written w;
        if (*wanted == '?') {
            is_optional = true;
            continue;
        }
        if (str_trim(rest).n == 0)
            return is_optional || no(why, "has too few arguments");
        if (!next_argument(&rest, &w, why) || !check_argument(*wanted, &w, why) ||
            !keep(a, &w, out++, why))
            return false;
    }
    return str_trim(rest).n == 0 || no(why, "has too many arguments");
}

bool transformation_parse(struct arena *a, struct str text, struct config_transform *out,
                          const char **why) {
    struct str all = str_trim(text), inside = STR_NONE;
    size_t open = str_index(all, '(');
    struct config_transform t = {0};
    if (!find_kind(str_trim(str_head(all, open)), &t.kind, why))
        return false;
    if (open < all.n) {
        if (!str_ends(all, STR(")")))
            return no(why, "has no ')' at its end");
        inside = str_head(str_from(all, open + 1), all.n - open - 2);
    }
    if (!parse_arguments(a, KINDS[t.kind].arguments, inside, t.arguments, why))
        return false;
    *out = t;
    return true;
}
