/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct err_info TABLE[ERR_COUNT] = {
    [ERR_NONE] = {"none", 0, 200, ""},
#define X(symbol, name, event, status, title) [ERR_##symbol] = {name, event, status, title},
#include "base/err.def"
#undef X
};

const struct err_info *err_info(enum err_code code) {
    return &TABLE[(unsigned)code < ERR_COUNT ? code : ERR_INTERNAL];
}

__attribute__((format(printf, 3, 0))) static void put(char *out, size_t size, const char *format,
                                                      va_list args) {
    int n = vsnprintf(out, size, format, args);
    if (n < 0)
        out[0] = 0;
    else if ((size_t)n >= size)
        out[str_whole(str_n(out, size - 1)).n] = 0;
}

bool err_set(struct err *e, enum err_code code, const char *format, ...) {
    if (!e)
        return false;
    memset(e, 0, sizeof *e);
    e->code = code;
    va_list args;
    va_start(args, format);
    put(e->detail, sizeof e->detail, format, args);
    va_end(args);
    return false;
}

void err_hint(struct err *e, const char *format, ...) {
    if (!e)
        return;
    va_list args;
    va_start(args, format);
    put(e->hint, sizeof e->hint, format, args);
    va_end(args);
}
