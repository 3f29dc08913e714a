/* SPDX-License-Identifier: Apache-2.0 */
#include "events/catalogue.h"

static const struct catalogue_row ROWS[] = {
#define X(number, level, symbol, title, meaning, action)                                           \
    {number, LOG_##level, #symbol, title, meaning, action},
#include "events/catalogue.def"
#undef X
};

const struct catalogue_row *catalogue_rows(size_t *n) {
    *n = sizeof ROWS / sizeof *ROWS;
    return ROWS;
}

const struct catalogue_row *catalogue_find(int event) {
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].event == event)
            return &ROWS[i];
    return NULL;
}

const char *catalogue_level_name(enum log_level level) {
    static const char *const NAMES[] = {"debug", "info", "warn", "error"};
    return NAMES[level];
}
