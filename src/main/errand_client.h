/* SPDX-License-Identifier: Apache-2.0
 *
 * What `kerbgate tickets` and `kerbgate sessions` share: asking the worker for an errand
 * (gateway/errand.h) and hearing its answer, which is JSON lines and a word; and a table of lines.
 * A worker may have been broken into, and names come from strangers: nothing of it is a command to
 * a terminal. Main thread.
 */
#pragma once
#include "base/buf.h"

struct json_t;

/* Asks with `question`, which begins behind the byte that is for the supervisor. The answer's lines
 * are in `lines` (limit ERRAND_TEXT_MAX); its word goes to standard output, or to standard error
 * when it is a refusal. An exit status. */
int errand_call(const char *name, const char *file, struct str question, struct buf *lines);

struct errand_lines {
    struct json_t **at;
    size_t count;
};
/* The lines as objects, for errand_lines_free. False: no memory, or something else is in them, and
 * it was said. */
bool errand_read(const char *name, struct str lines, struct errand_lines *out);
void errand_lines_free(struct errand_lines *l);
/* One JSON object on each line, in ASCII. */
void errand_print_json(const struct errand_lines *l);

enum { ERRAND_COLUMNS_MAX = 8 };

/* A table whose columns are as wide as their cells; `cell` appends what is in one, safe to print.
 */
struct errand_table {
    const char *const *heads;
    int columns;
    size_t rows;
    void (*cell)(void *user, size_t row, int column, struct buf *out);
    void *user;
};
void errand_print_table(const struct errand_table *t);
