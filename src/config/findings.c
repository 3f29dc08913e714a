/* SPDX-License-Identifier: Apache-2.0 */
#include "config/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1000 };

void config_report_init(struct config_report *r) {
    *r = (struct config_report){0};
    buf_init(&r->text, 1 << 20);
}

void config_report_fini(struct config_report *r) { buf_fini(&r->text); }

void findings_init(struct findings *f, const char *file) {
    *f = (struct findings){.file = file};
    arena_init(&f->arena, (size_t)CONFIG_FINDINGS_MAX * (TEXT_MAX + 1));
}

__attribute__((format(printf, 4, 0))) static void
add(struct findings *f, struct config_mark mark, bool warning, const char *format, va_list args) {
    f->errors += !warning;
    f->warnings += warning;
    if (f->count == CONFIG_FINDINGS_MAX)
        return;
    char text[TEXT_MAX];
    vsnprintf(text, sizeof text, format, args);
    const char *kept = arena_cstr(&f->arena, str_of(text));
    f->items[f->count] = (struct finding){
        .mark = mark,
        .order = f->count,
        .warning = warning,
        .text = kept ? kept : "something is wrong here, and there is no memory to say what"};
    f->count++;
}

void findings_error(struct findings *f, struct config_mark mark, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(f, mark, false, format, args);
    va_end(args);
}

void findings_warning(struct findings *f, struct config_mark mark, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(f, mark, true, format, args);
    va_end(args);
}

static int by_place(const void *a, const void *b) {
    const struct finding *x = a, *y = b;
    if (x->mark.line != y->mark.line)
        return x->mark.line < y->mark.line ? -1 : 1;
    if (x->mark.column != y->mark.column)
        return x->mark.column < y->mark.column ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void findings_finish(struct findings *f, struct config_report *r) {
    qsort(f->items, f->count, sizeof f->items[0], by_place);
    for (unsigned i = 0; i < f->count; i++) {
        const struct finding *item = &f->items[i];
        buf_printf(&r->text, "%s:", f->file);
        if (item->mark.line)
            buf_printf(&r->text, "%u:%u:", item->mark.line, item->mark.column);
        buf_printf(&r->text, " %s%s\n", item->warning ? "warning: " : "", item->text);
    }
    if (f->errors + f->warnings > f->count)
        buf_printf(&r->text, "%s: %u more\n", f->file, f->errors + f->warnings - f->count);
    r->errors += f->errors;
    r->warnings += f->warnings;
    arena_fini(&f->arena);
}

/* C1 controls are two bytes in UTF-8; some terminals obey them too. */
static bool is_control(struct str s, size_t i) {
    unsigned char c = (unsigned char)s.p[i];
    bool after_c2 = i > 0 && (unsigned char)s.p[i - 1] == 0xc2;
    return c < 0x20 || c == 0x7f || (after_c2 && c < 0xa0);
}

bool has_control(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (is_control(s, i))
            return true;
    return false;
}

struct quoted quote(struct str s) {
    enum { SHOWN = 60 };
    struct quoted q;
    size_t n = s.n < SHOWN ? s.n : SHOWN;
    /* Not through the middle of a character. */
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    char *to = q.text;
    *to++ = '"';
    for (size_t i = 0; i < n; i++)
        *to++ = is_control(s, i) ? '?' : s.p[i];
    snprintf(to, (size_t)(q.text + sizeof q.text - to), "%s\"", n < s.n ? "..." : "");
    return q;
}
