/* SPDX-License-Identifier: Apache-2.0
 *
 * One recorded event, and the table of its columns: from this table come the store's schema, what
 * is written and read, the JSON, and the list in docs/events.md. Plain data, any thread.
 */
#pragma once
#include "base/log.h"
#include "events/activity.h"

struct event_row {
    int64_t row; /* its number in the store, ascending; 0: not stored yet */
    int64_t time_ms;
    int event;
    enum log_level level;
    char error[48];           /* stable name of err.def; empty: none */
    struct activity activity; /* id empty: belongs to no request. err.detail says what happened */
};

/* An event of a request (`a`), or of the program (NULL); `text` NULL: what its err says. Time is
 * read here. */
void event_row_make(struct event_row *r, int event, const struct activity *a, const char *text);

enum event_column_type {
    COLUMN_KEY,    /* int64_t, the primary key; 0: none */
    COLUMN_TEXT,   /* char[] */
    COLUMN_TIME,   /* int64_t, milliseconds since 1970 */
    COLUMN_INT,    /* int; 0: none */
    COLUMN_COUNT,  /* uint64_t */
    COLUMN_US,     /* int64_t; negative: none */
    COLUMN_BOOL,   /* bool */
    COLUMN_LEVEL,  /* enum log_level, as text */
    COLUMN_STATUS, /* uint32_t NTSTATUS; 0: none */
};

struct event_column {
    const char *name;
    enum event_column_type type;
    size_t offset, size; /* in struct event_row */
    const char *help;    /* what docs/events.md says */
};

const struct event_column *event_columns(size_t *n);

/* A column's value as the store holds it. */
struct event_value {
    bool is_number;
    int64_t number;
    const char *text; /* NULL with is_number false: no value */
};

/* Text points into `r`. */
struct event_value event_get(const struct event_row *r, const struct event_column *c);
/* Text that is too long is cut; a value of the wrong kind, or out of range, counts as none. */
void event_set(struct event_row *r, const struct event_column *c, struct event_value v);
