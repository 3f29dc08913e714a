/* SPDX-License-Identifier: Apache-2.0
 *
 * What our pages say, in one language: English is built in, others come of a catalogue, a YAML file
 *
 *     language: de
 *     messages:
 *       sign-in.title: Anmelden
 *
 * What a catalogue does not have is said in English. Texts are plain: whoever puts one into a page
 * escapes it. Immutable once made; any thread.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/findings.h"

enum word {
#define X(symbol, id, text) WORD_##symbol,
#include "config/words.def"
#undef X
    WORD_TITLES, /* ERR_NONE's, which has none; behind it are the titles of errors */
#define X(symbol, name, event, status, title) WORD_TITLE_##symbol,
#include "base/err.def"
#undef X
    WORD_COUNT
};

enum {
    WORDS_FILE_MAX = 256 * 1024, /* bytes of a catalogue */
    WORDS_TEXT_MAX = 1000,       /* bytes of one text */
};

struct words {
    struct str language;          /* a tag (RFC 5646) */
    struct str texts[WORD_COUNT]; /* p NULL: the English one */
};

/* Those that are built in. */
const struct words *words_english(void);
/* A catalogue of `text`, in `a`, which `text` need not outlive. Adds what is wrong to `f`: an id
 * that there is not, a text without the placeholder of the English one or with another; and a
 * warning with the ids that are missing. NULL after an error. */
const struct words *words_parse(struct arena *a, struct str text, struct findings *f);
/* A catalogue to begin with: every id with its English text. */
void words_print(struct buf *out);

/* The text in this language, as it is written, with its placeholder. */
struct str words_text(const struct words *w, enum word word);
static inline enum word words_title(enum err_code code) {
    return (enum word)(WORD_TITLES + (unsigned)code);
}
/* Appends the text, escaped for HTML, with `value` in the place of the placeholder; `value` is
 * kept apart from what is around it, whichever direction it is written in. */
void words_add(struct buf *out, const struct words *w, enum word word, struct str value);
/* The same as plain text; p == NULL when the arena is full. */
struct str words_fill(struct arena *a, const struct words *w, enum word word, struct str value);
