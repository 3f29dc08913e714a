/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/encode.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_SIZE = 4096 };

static const char *process = "kerbgate";
static enum log_level threshold = LOG_INFO;
static const char *const LEVEL[] = {"debug", "info", "warn", "error"};

void log_process(const char *name) { process = name; }

void log_threshold(enum log_level level) { threshold = level; }

void log_line(enum log_level level, const char *message, const struct log_field *fields) {
    if (level < threshold)
        return;
    struct buf line;
    buf_init(&line, LINE_MAX_SIZE - 1);
    char now[CLOCK_ISO_SIZE];
    clock_iso(clock_wall_ms(), now);
    buf_printf(&line, "%s %s %s ", now, LEVEL[level], process);
    encode_log(&line, str_of(message));
    for (; fields && fields->key; fields++) {
        buf_printf(&line, " %s=", fields->key);
        encode_log(&line, fields->value);
    }
    line.failed = false; /* a line that is too long is cut; there is room for its newline */
    line.max = LINE_MAX_SIZE;
    buf_add_byte(&line, '\n');
    struct str text = buf_str(&line);
    /* One write per line keeps lines of several processes apart. There is nobody to tell when
     * standard error itself is gone. */
    ssize_t ignored = write(STDERR_FILENO, text.p, text.n);
    (void)ignored;
    buf_fini(&line);
}

void log_printf(enum log_level level, const char *format, ...) {
    char text[1024] = "";
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= (int)sizeof text)
        text[str_whole(str_of(text)).n] = 0;
    log_line(level, text, NULL);
}

void log_err(enum log_level level, const char *message, const struct err *e) {
    struct log_field fields[] = {
        {"error", str_of(err_info(e->code)->name)},
        {"detail", str_of(e->detail)},
        {e->hint[0] ? "hint" : NULL, str_of(e->hint)},
        {NULL, STR_NONE},
    };
    log_line(level, message, fields);
}
