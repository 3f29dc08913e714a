/* SPDX-License-Identifier: Apache-2.0
 *
 * Which name has which pseudonym, and the replacing of them in a text. A pseudonym says of what
 * kind a thing is and is the same wherever it is named. The table owns its texts; it holds at most
 * REDACT_NAMES_MAX names, and what does not fit makes it `failed`: then nothing may be shown. One
 * thread.
 */
#pragma once
#include "base/buf.h"

#include <jansson.h>

enum redact_kind {
    KIND_HOST,   /* "host-1" */
    KIND_DOMAIN, /* "example-1" */
    KIND_CHILD,  /* "sub-1", a domain below another */
    KIND_USER,   /* "user-1" */
    KIND_UNIT,   /* "unit-1", a folder of the directory */
    KIND_OTHER,  /* "name-1", other parts of distinguished names */
    KIND_TOP,    /* "test", the end of every domain's name */
    REDACT_KINDS
};

enum {
    REDACT_NAMES_MAX = 8192,
    REDACT_NAME_MAX = 512,
    REDACT_TEXT_MAX = 4 * REDACT_NAME_MAX, /* of a name with all its quotes escaped */
};

struct redact_entry {
    struct str from, to; /* from: in lower case */
};

struct redact_table {
    json_t *known;                   /* kind and name: pseudonym */
    json_t *names;                   /* what is replaced, in lower case: by what */
    json_t *numbers;                 /* addresses, SIDs, GUIDs: pseudonym */
    unsigned counts[REDACT_KINDS];   /* pseudonyms given */
    unsigned addresses, sids, guids; /* the same of numbers */
    unsigned words[REDACT_KINDS];    /* which of the candidates is used for a kind */
    struct redact_entry *sorted;     /* by first byte, then longest first; made by redact_sort */
    size_t count;
    size_t first[257]; /* where in `sorted` those of a first byte begin */
    bool failed;
};

void redact_table_init(struct redact_table *t);
void redact_table_fini(struct redact_table *t);

/* The pseudonym of a thing, a new one when it had none: "host-3". Case aside. As long-lived as the
 * table; never NULL. */
const char *redact_known(struct redact_table *t, enum redact_kind kind, struct str name);
/* Whether it has one already, or NULL. */
const char *redact_find(const struct redact_table *t, enum redact_kind kind, struct str name);
/* Says that a thing is called `pseudonym`; the first word stands. */
void redact_call(struct redact_table *t, enum redact_kind kind, struct str name,
                 const char *pseudonym);
/* The word that pseudonyms of a kind begin with. */
const char *redact_word(const struct redact_table *t, enum redact_kind kind);

/* From now on `name` is replaced where it stands as a word of its own; the first pseudonym stands.
 * What is too short, or a word of the report itself, is not taken: false. A number of up to five
 * digits is no word of its own within another: in 10.0.0.1, 19:05:01, 2026-11-29. */
bool redact_replace_word(struct redact_table *t, struct str name, const char *pseudonym);
/* The same whatever it is, up to REDACT_TEXT_MAX bytes: for names that are recognised by the signs
 * in them. */
void redact_replace_always(struct redact_table *t, struct str name, const char *pseudonym);

/* Chooses for pseudonyms words that are part of no name in the table, and forgets the names. */
void redact_restart(struct redact_table *t);

/* Before redact_text, after the last name. */
void redact_sort(struct redact_table *t);
/* `in` with every name and number replaced, the longest first; what was in capitals is so again. */
void redact_text(struct redact_table *t, struct buf *out, struct str in);
