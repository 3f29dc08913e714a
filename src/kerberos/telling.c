/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/telling.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { LINE_LIMIT = 8 * TELLING_TEXT_MAX, FORMATTED_MAX = 4 * TELLING_TEXT_MAX };

bool telling_init(struct telling *t) {
    memset(t, 0, sizeof *t);
    t->json = json_object();
    t->lines = json_array();
    t->at[0] = t->json;
    return t->json && t->lines;
}

void telling_fini(struct telling *t) {
    json_decref(t->json);
    json_decref(t->lines);
    memset(t, 0, sizeof *t);
}

/* The object that things go into; NULL: too deep, or too much was told. */
static json_t *here(const struct telling *t) {
    return t->depth < TELLING_DEPTH_MAX && t->told <= TELLING_MOST ? t->at[t->depth] : NULL;
}

static void add_line(struct telling *t, struct str line) {
    if (t->told <= TELLING_MOST && t->depth < TELLING_DEPTH_MAX)
        json_array_append_new(t->lines, json_stringn(line.p, line.n));
}

/* Counts what is told; false when it is too much. */
static bool may_tell(struct telling *t) {
    if (t->told == TELLING_MOST)
        add_line(t, STR("... and more, which is left out"));
    t->told++;
    return t->told <= TELLING_MOST;
}

/* As UTF-8, without NULs, and cut. */
static void add_clean(struct buf *out, struct str text) {
    size_t most = buf_size(out) + TELLING_TEXT_MAX;
    for (size_t n; text.n > 0; text = str_from(text, n ? n : 1)) {
        n = str_utf8(text);
        if (buf_size(out) + 4 > most) {
            buf_add(out, STR("..."));
            return;
        }
        if (n == 0 || text.p[0] == 0)
            buf_printf(out, "\\x%02x", (unsigned char)text.p[0]);
        else
            buf_add(out, str_head(text, n));
    }
}

static void put(struct telling *t, const char *key, json_t *value) {
    json_t *object = here(t);
    if (key && object)
        json_object_set_new(object, key, value);
    else
        json_decref(value);
}

/* "  label: text" */
static void say(struct telling *t, const char *label, struct str text) {
    struct buf line;
    if (!label)
        return;
    buf_init(&line, LINE_LIMIT);
    buf_printf(&line, "%*s%s%s", (int)(2 * t->depth), "", label, text.n ? ": " : ":");
    add_clean(&line, text);
    add_line(t, buf_str(&line));
    buf_fini(&line);
}

static json_t *string_of(struct str text) {
    struct buf clean;
    buf_init(&clean, LINE_LIMIT);
    add_clean(&clean, text);
    json_t *string = json_stringn(buf_str(&clean).p, buf_size(&clean));
    buf_fini(&clean);
    return string;
}

void tell_text(struct telling *t, const char *key, const char *label, struct str text) {
    if (!may_tell(t))
        return;
    if (key)
        put(t, key, string_of(text));
    say(t, label, text.n ? text : STR("(empty)"));
}

void tell_words(struct telling *t, const char *key, const char *label, const char *format, ...) {
    char text[FORMATTED_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tell_text(t, key, label, str_of(text));
}

void tell_int(struct telling *t, const char *key, const char *label, int64_t value) {
    char text[TELLING_SIZE_MAX];
    if (!may_tell(t))
        return;
    put(t, key, json_integer(value));
    snprintf(text, sizeof text, "%" PRId64, value);
    say(t, label, str_of(text));
}

void telling_size(size_t n, char out[TELLING_SIZE_MAX]) {
    char digits[TELLING_SIZE_MAX];
    int length = snprintf(digits, sizeof digits, "%zu", n);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = 0;
}

void telling_bytes(size_t n, char out[TELLING_SIZE_MAX + 8]) {
    char number[TELLING_SIZE_MAX];
    telling_size(n, number);
    snprintf(out, TELLING_SIZE_MAX + 8, "%s byte%s", number, n == 1 ? "" : "s");
}

void tell_size(struct telling *t, const char *key, const char *label, size_t bytes) {
    char text[TELLING_SIZE_MAX + 8];
    if (!may_tell(t))
        return;
    put(t, key, json_integer((json_int_t)bytes));
    telling_bytes(bytes, text);
    say(t, label, str_of(text));
}

void tell_bool(struct telling *t, const char *key, const char *label, bool value) {
    if (!may_tell(t))
        return;
    put(t, key, json_boolean(value));
    say(t, label, value ? STR("yes") : STR("no"));
}

void tell_named(struct telling *t, const char *key, const char *label, int64_t value,
                const char *name) {
    char text[TELLING_TEXT_MAX];
    if (!may_tell(t))
        return;
    put(t, key, json_integer(value));
    if (key && name) {
        snprintf(text, sizeof text, "%s_name", key);
        put(t, text, json_string(name));
    }
    if (name)
        snprintf(text, sizeof text, "%s (%" PRId64 ")", name, value);
    else
        snprintf(text, sizeof text, "%" PRId64, value);
    say(t, label, str_of(text));
}

void tell_bits(struct telling *t, const char *key, const char *label, uint32_t value,
               const struct bit_word *words, size_t n) {
    json_t *list = json_array();
    struct buf text;
    uint32_t left = value;
    char number[16];
    if (!may_tell(t)) {
        json_decref(list);
        return;
    }
    buf_init(&text, FORMATTED_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!(value & words[i].bit))
            continue;
        left &= ~words[i].bit;
        json_array_append_new(list, json_string(words[i].word));
        buf_printf(&text, "%s, ", words[i].word);
    }
    if (left) {
        snprintf(number, sizeof number, "0x%x", left);
        json_array_append_new(list, json_string(number));
        buf_printf(&text, "%s, ", number);
    }
    struct str s = buf_str(&text);
    snprintf(number, sizeof number, " (0x%x)", value);
    if (s.n) { /* the last comma goes */
        struct buf whole;
        buf_init(&whole, FORMATTED_MAX);
        buf_add(&whole, str_head(s, s.n - 2));
        buf_add(&whole, str_of(number));
        say(t, label, buf_str(&whole));
        buf_fini(&whole);
    } else {
        say(t, label, STR("none"));
    }
    put(t, key, list);
    buf_fini(&text);
}

static void enter(struct telling *t, json_t *object) {
    t->depth++;
    if (t->depth < TELLING_DEPTH_MAX)
        t->at[t->depth] = object;
}

void tell_begin(struct telling *t, const char *key, const char *label) {
    json_t *around = may_tell(t) ? here(t) : NULL, *inside = around;
    if (around && key) {
        inside = json_object();
        json_object_set_new(around, key, inside);
    }
    say(t, label, STR_NONE);
    enter(t, inside);
}

/* The list `key`, made if it is not there. */
static json_t *list_of(struct telling *t, const char *key) {
    json_t *around = here(t), *list = json_object_get(around, key);
    if (!around || json_is_array(list))
        return list;
    list = json_array();
    json_object_set_new(around, key, list);
    return list;
}

void tell_item(struct telling *t, const char *key, const char *label, struct str text) {
    json_t *object = NULL;
    if (may_tell(t) && here(t)) {
        object = json_object();
        json_array_append_new(list_of(t, key), object);
    }
    say(t, label, text);
    enter(t, object);
}

void tell_end(struct telling *t) {
    if (t->depth > 0)
        t->depth--;
}

void tell_entry(struct telling *t, const char *key, struct str text) {
    if (may_tell(t) && here(t))
        json_array_append_new(list_of(t, key), string_of(text));
}

void telling_lines(struct buf *out, const struct telling *t, const char *indent) {
    size_t i;
    json_t *line;
    json_array_foreach(t->lines, i, line) {
        struct str text = str_n(json_string_value(line), json_string_length(line));
        buf_add(out, str_of(indent));
        for (size_t k = 0; k < text.n; k++)
            if (text.p[k] == '\n')
                buf_add(out, STR("\\x0a"));
            else
                buf_add_byte(out, text.p[k]);
        buf_add_byte(out, '\n');
    }
}
