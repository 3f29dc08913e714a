/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's log: one line per fact on standard error, `time level process message key=value`.
 * Values are escaped, so that nothing a client sends can forge a line. There is no way to print a
 * secret: callers hold secrets in types that have no conversion to text. Any thread.
 */
#pragma once
#include "base/err.h"

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARN,
    LOG_ERROR,
};

/* Name of the process in every line ("supervisor", "broker", "worker"); a literal. */
void log_process(const char *name);
/* Lines below `level` are dropped. */
void log_threshold(enum log_level level);

struct log_field {
    const char *key;
    struct str value;
};

/* One line; `fields` ends with a NULL key and may itself be NULL. Cut at 4,096 bytes, newline
 * included. */
void log_line(enum log_level level, const char *message, const struct log_field *fields);
/* One line without fields, formatted; the text is escaped as a whole. */
void log_printf(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line for an error object: message, then error=, detail=, hint=. */
void log_err(enum log_level level, const char *message, const struct err *e);
