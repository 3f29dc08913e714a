/* SPDX-License-Identifier: Apache-2.0 */
#include "config/words.h"

#include "base/encode.h"
#include "config/nearest.h"
#include "config/tree.h"
#include "http/language.h"

enum { CATALOGUE_MEMORY_MAX = 4 << 20, MISSING_MAX = 800 };

static const struct {
    const char *id;
    struct str text;
} OURS[WORD_TITLES] = {
#define X(symbol, id, text) [WORD_##symbol] = {id, STR(text)},
#include "config/words.def"
#undef X
};

static const char *const TITLE_IDS[ERR_COUNT] = {
#define X(symbol, name, event, status, title) [ERR_##symbol] = "error." name,
#include "base/err.def"
#undef X
};

const struct words *words_english(void) {
    static const struct words ENGLISH = {.language = STR("en")};
    return &ENGLISH;
}

_Static_assert(WORD_COUNT == WORD_TITLES + ERR_COUNT, "a title for each error");

static struct str english(unsigned i) {
    return i < WORD_TITLES ? OURS[i].text
                           : str_of(err_info((enum err_code)(i - WORD_TITLES))->title);
}

/* NULL for ERR_NONE, which has no page. */
static const char *id_of(unsigned i) {
    return i < WORD_TITLES ? OURS[i].id : TITLE_IDS[i - WORD_TITLES];
}

struct str words_text(const struct words *w, enum word word) {
    return w->texts[word].p ? w->texts[word] : english(word);
}

/* The placeholder with its braces; empty, at the end, when there is none. */
static struct str placeholder(struct str text) {
    size_t from = str_index(text, '{');
    struct str rest = str_from(text, from);
    return str_head(rest, str_index(rest, '}') + 1);
}

void words_add(struct buf *out, const struct words *w, enum word word, struct str value) {
    struct str text = words_text(w, word), hole = placeholder(text);
    size_t before = str_index(text, '{');
    encode_html(out, str_head(text, before));
    if (hole.n > 0) {
        buf_add(out, STR("<bdi>"));
        encode_html(out, value);
        buf_add(out, STR("</bdi>"));
    }
    encode_html(out, str_from(text, before + hole.n));
}

struct str words_fill(struct arena *a, const struct words *w, enum word word, struct str value) {
    struct str text = words_text(w, word), hole = placeholder(text);
    size_t before = str_index(text, '{');
    struct str pieces[] = {str_head(text, before), hole.n ? value : STR_NONE,
                           str_from(text, before + hole.n)};
    return arena_join(a, pieces, 3);
}

void words_print(struct buf *out) {
    buf_add(out, STR("# What kerbgate's pages say. Set language to a tag such as de or pt-BR, "
                     "translate what is between\n# the quotes, leave what is in {braces} as it is, "
                     "and name the file in gateway.pages.messages.\n# A line that is left out is "
                     "said in English.\nlanguage: en\nmessages:\n"));
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        if (!id_of(i))
            continue;
        buf_printf(out, "  %s: \"", id_of(i));
        encode_json(out, english(i));
        buf_add(out, STR("\"\n"));
    }
}

static unsigned find(struct str key) {
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        if (id_of(i) && str_eq(key, str_of(id_of(i))))
            return i;
    }
    return WORD_COUNT;
}

static void refuse_id(const struct node *n, struct findings *f) {
    struct nearest nearest;
    nearest_init(&nearest, n->key);
    for (unsigned i = 0; i < WORD_COUNT; i++)
        if (id_of(i))
            nearest_offer(&nearest, id_of(i));
    findings_error(f, n->key_mark,
                   "messages: there is no message %s%s%s; kerbgate check --print-messages has all",
                   quote(n->key).text, nearest.best ? ", did you mean " : "",
                   nearest.best ? nearest.best : "");
}

/* The same placeholder as in English, once, and no other brace. */
static bool has_its_placeholder(struct str text, struct str wanted) {
    struct str hole = placeholder(text);
    struct str behind = str_from(text, str_index(text, '{') + hole.n);
    return str_eq(hole, wanted) && str_index(behind, '{') == behind.n;
}

static void read_message(struct words *w, struct arena *a, const struct node *n,
                         struct findings *f) {
    unsigned i = find(n->key);
    if (i == WORD_COUNT) {
        refuse_id(n, f);
    } else if (n->kind != NODE_VALUE || n->empty || n->text.n > WORDS_TEXT_MAX) {
        findings_error(f, n->mark, "messages.%.*s: expected a text of at most %d bytes",
                       STR_ARG(n->key), WORDS_TEXT_MAX);
    } else if (!has_its_placeholder(n->text, placeholder(english(i)))) {
        struct str wanted = placeholder(english(i));
        findings_error(f, n->mark, "messages.%.*s: expected %.*s in the text, once, and no other",
                       STR_ARG(n->key), STR_ARG(wanted.n ? wanted : STR("nothing in braces")));
    } else {
        w->texts[i] = arena_str(a, n->text);
    }
}

static void tell_missing(const struct words *w, struct findings *f, struct config_mark mark) {
    struct buf ids;
    unsigned missing = 0;
    buf_init(&ids, MISSING_MAX);
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        const char *id = id_of(i);
        if (!id || w->texts[i].p)
            continue;
        if (buf_room(&ids) > strlen(id) + 2)
            buf_printf(&ids, "%s%s", missing ? ", " : "", id);
        missing++;
    }
    if (missing)
        findings_warning(f, mark, "messages: %u are missing and said in English: %.*s", missing,
                         STR_ARG(buf_str(&ids)));
    buf_fini(&ids);
}

static void read_language(struct words *w, struct arena *a, const struct node *root,
                          struct findings *f) {
    const struct node *n = tree_get(root, "language");
    if (!n || n->kind != NODE_VALUE || !language_is_tag(n->text))
        findings_error(f, n ? n->mark : root->mark,
                       "language: expected the tag of a language such as de or pt-BR");
    else
        w->language = arena_str(a, n->text);
}

static void read_root(struct words *w, struct arena *a, const struct node *root,
                      struct findings *f) {
    const struct node *messages = tree_get(root, "messages");
    read_language(w, a, root, f);
    for (const struct node *n = root->first; n; n = n->next)
        if (!str_eq(n->key, STR("language")) && !str_eq(n->key, STR("messages")))
            findings_error(f, n->key_mark, "there is no key %s here, expected language or messages",
                           quote(n->key).text);
    if (!messages || messages->kind != NODE_MAPPING) {
        findings_error(f, messages ? messages->mark : root->mark,
                       "messages: expected ids with their texts");
        return;
    }
    for (const struct node *n = messages->first; n; n = n->next)
        read_message(w, a, n, f);
    tell_missing(w, f, messages->mark);
}

const struct words *words_parse(struct arena *a, struct str text, struct findings *f) {
    struct arena scratch;
    unsigned errors_before = f->errors;
    arena_init(&scratch, CATALOGUE_MEMORY_MAX);
    struct words *w = arena_alloc(a, sizeof *w);
    struct node *root = NULL;
    if (!w)
        findings_error(f, (struct config_mark){0}, "there is not enough memory");
    else
        root = tree_parse(&scratch, text, f);
    if (root)
        read_root(w, a, root, f);
    arena_fini(&scratch);
    return root && f->errors == errors_before ? w : NULL;
}
