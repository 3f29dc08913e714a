/* SPDX-License-Identifier: Apache-2.0
 *
 * Every event kerbgate can record, with the words that explain it. The numbers that administrators
 * of the original know mean here what they mean there; those from 20000 on are our own. A number
 * never changes its meaning once released. Constant data, any thread.
 */
#pragma once
#include "base/log.h"

enum event {
#define X(number, level, symbol, title, meaning, action) EVENT_##symbol = (number),
#include "events/catalogue.def"
#undef X
};

struct catalogue_row {
    int event;
    enum log_level level;
    const char *symbol;  /* "KERBEROS_TICKET" */
    const char *title;   /* for a line of the log */
    const char *meaning; /* what happened */
    const char *action;  /* what to do; empty: nothing */
};

/* NULL for a number that is not in the catalogue. */
const struct catalogue_row *catalogue_find(int event);
/* All rows, by number. */
const struct catalogue_row *catalogue_rows(size_t *n);

/* "debug", "info", "warn", "error". */
const char *catalogue_level_name(enum log_level level);
