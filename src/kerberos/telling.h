/* SPDX-License-Identifier: Apache-2.0
 *
 * What a decoder says, in two forms at once: a JSON object for programs, and lines for people. Each
 * thing that is told goes under a key of the object and, with a label, onto a line of its own. What
 * others wrote is made UTF-8 and cut to TELLING_TEXT_MAX bytes; control characters stay in it: show
 * each line by terminal_text, and write the JSON with JSON_ENSURE_ASCII. One thread.
 */
#pragma once
#include "base/buf.h"

#include <jansson.h>

enum {
    TELLING_TEXT_MAX = 512, /* of one text; a longer one ends in "..." */
    TELLING_MOST = 3000, /* things told; what is too much is left out, and the last line says so */
    TELLING_DEPTH_MAX = 16,
    TELLING_SIZE_MAX = 28, /* of a number with its commas, and a NUL */
};

struct telling {
    json_t *json;  /* the object */
    json_t *lines; /* strings; two blanks before each for each level */
    json_t *at[TELLING_DEPTH_MAX];
    unsigned depth;
    unsigned told;
};

/* False: no memory. telling_fini is due in any case. */
bool telling_init(struct telling *t);
void telling_fini(struct telling *t);

/* All of these: `key` NULL: not in the JSON; `label` NULL: not on a line. */
void tell_text(struct telling *t, const char *key, const char *label, struct str text);
void tell_words(struct telling *t, const char *key, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void tell_int(struct telling *t, const char *key, const char *label, int64_t value);
/* On a line it is "N bytes". */
void tell_size(struct telling *t, const char *key, const char *label, size_t bytes);
/* On a line it is "yes" or "no". */
void tell_bool(struct telling *t, const char *key, const char *label, bool value);
/* A number that has a name: "name (value)" on a line; in JSON `value`, and `name` under the key
 * with
 * "_name" behind it. `name` NULL: it has none. */
void tell_named(struct telling *t, const char *key, const char *label, int64_t value,
                const char *name);

struct bit_word {
    uint32_t bit;
    const char *word;
};
/* The words of the bits that are set: a list in JSON; on a line with the whole number behind them.
 * A bit without a word is told as a number. */
void tell_bits(struct telling *t, const char *key, const char *label, uint32_t value,
               const struct bit_word *words, size_t n);

/* What follows, until tell_end, is of an object under `key` (NULL: of the same object as before)
 * and below the line "label:". */
void tell_begin(struct telling *t, const char *key, const char *label);
/* ... is of one more object in the list `key`, and below the line "label: text". */
void tell_item(struct telling *t, const char *key, const char *label, struct str text);
void tell_end(struct telling *t);
/* One more text in the list `key`. */
void tell_entry(struct telling *t, const char *key, struct str text);

/* Appends the lines, `indent` before each. A name with a line break in it does not look like two
 * lines: the break is written \x0a. */
void telling_lines(struct buf *out, const struct telling *t, const char *indent);

/* `n` with a comma for each thousand; the same with "bytes" behind it. */
void telling_size(size_t n, char out[TELLING_SIZE_MAX]);
void telling_bytes(size_t n, char out[TELLING_SIZE_MAX + 8]);
