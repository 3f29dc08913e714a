/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the recorded events while others write them. Read-only: what is asked can change nothing.
 * One reader, one thread.
 */
#pragma once
#include "events/event_row.h"

struct reader;

/* NULL with `e` set (ERR_STORE says which file and what to do): no store yet, no events in it yet,
 * no rights, locked for two seconds, damaged. */
struct reader *reader_open(const char *store, struct err *e);
/* NULL is allowed. */
void reader_close(struct reader *r);

struct reader_query {
    int64_t after_row;    /* only rows after this one */
    const char *activity; /* only of this request; NULL: all */
    unsigned last;        /* at most the newest so many; 0: all */
};
/* False: no more rows, please. The row lives for the call. */
typedef bool reader_row_fn(void *user, const struct event_row *row);

/* Calls `each` for every row that fits, oldest first. */
bool reader_each(struct reader *r, const struct reader_query *q, reader_row_fn *each, void *user,
                 struct err *e);

enum { READER_POLL_MS = 250 };

/* The same, and then for every new row that fits, until `each` answers false or nobody reads from
 * `audience_fd` any more. */
bool reader_follow(struct reader *r, const struct reader_query *q, int audience_fd,
                   reader_row_fn *each, void *user, struct err *e);
