/* SPDX-License-Identifier: Apache-2.0 */
#include "events/render.h"

#include "base/clock.h"
#include "events/catalogue.h"
#include "events/terminal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { INDENT = 2 };

static const char *title_of(const struct event_row *r) {
    const struct catalogue_row *known = catalogue_find(r->event);
    return known ? known->title : "An event that this version does not know";
}

/* `label` and then a text of somebody else; nothing when it is empty. */
static void add(struct buf *out, const char *label, const char *text) {
    if (!text[0])
        return;
    buf_printf(out, "%s", label);
    terminal_text(out, str_of(text));
}

void render_line(struct buf *out, const struct event_row *r) {
    const struct activity *a = &r->activity;
    char time[CLOCK_ISO_SIZE];
    clock_iso(r->time_ms, time);
    buf_printf(out, "%s %-5s %d %s", time, catalogue_level_name(r->level), r->event, title_of(r));
    add(out, ": ", a->err.detail);
    if (a->id[0]) {
        add(out, "; ", a->user[0] ? a->user : "-");
        add(out, " ", a->method);
        add(out, " ", a->host);
        add(out, "", a->path);
        if (a->status)
            buf_printf(out, " %d", a->status);
        add(out, "; activity ", a->id);
    }
    buf_add_byte(out, '\n');
}

static void add_field(struct buf *out, const char *label, const char *text) {
    if (!text[0])
        return;
    buf_printf(out, "%*s%-10s ", INDENT, "", label);
    terminal_text(out, str_of(text));
    buf_add_byte(out, '\n');
}

static void add_who(struct buf *out, const struct activity *a) {
    buf_printf(out, "%*s%-10s ", INDENT, "", "user");
    terminal_text(out, str_of(a->user[0] ? a->user : "-"));
    add(out, " from ", a->client);
    buf_printf(out, "\n%*s%-10s ", INDENT, "", "request");
    terminal_text(out, str_of(a->method));
    add(out, " ", a->host);
    add(out, "", a->path);
    buf_add_byte(out, '\n');
    add_field(out, "app", a->app);
    add_field(out, "connector", a->connector);
    add_field(out, "back end", a->backend);
    if (a->claim[0]) {
        buf_printf(out, "%*s%-10s ", INDENT, "", "claim");
        terminal_text(out, str_of(a->claim));
        add(out, ": ", a->claim_value[0] ? a->claim_value : "-");
        buf_add_byte(out, '\n');
    }
    if (a->principal[0] || a->spn[0]) {
        buf_printf(out, "%*s%-10s ", INDENT, "", "ticket");
        terminal_text(out, str_of(a->principal));
        add(out, " to ", a->spn);
        const char *ticket = activity_ticket(a);
        buf_printf(out, " (%s)\n", *ticket == '-' ? "not got" : ticket);
        add_field(out, "realm", a->realm);
        add_field(out, "KDC", a->kdc);
    }
}

static void add_outcome(struct buf *out, const struct activity *a) {
    buf_printf(out, "%*s%-10s ", INDENT, "", "answer");
    if (a->status)
        buf_printf(out, "%d", a->status);
    else
        buf_printf(out, "none yet, or the client was gone");
    buf_printf(out, ", %llu bytes in, %llu bytes out\n", (unsigned long long)a->bytes_in,
               (unsigned long long)a->bytes_out);
}

static void add_steps(struct buf *out, const struct activity *a) {
    enum activity_step failed = activity_failed_step(a);
    buf_printf(out, "\n");
    for (enum activity_step i = ACTIVITY_HEAD; i < ACTIVITY_STEPS; i++) {
        buf_printf(out, "%s %-9s ", i == failed ? ">" : " ", activity_step_name(i));
        if (a->step_us[i] >= 0)
            buf_printf(out, "%10.1f ms", (double)a->step_us[i] / 1000);
        else
            buf_printf(out, "%10s", "-");
        buf_printf(out, "%s\n", i == failed ? "  failed here" : "");
    }
    if (a->total_us > 0)
        buf_printf(out, "  %-9s %10.1f ms\n", "total", (double)a->total_us / 1000);
}

static void add_kdc(struct buf *out, const struct err_kdc *kdc) {
    if (!kdc->code && !kdc->nt_status)
        return;
    buf_printf(out, "\n%*sThe KDC answered", INDENT, "");
    add(out, " ", kdc->step);
    if (kdc->code)
        buf_printf(out, " with error %d", (int)kdc->code);
    if (kdc->nt_status)
        buf_printf(out, "%s NTSTATUS 0x%08X", kdc->code ? "," : " with", (unsigned)kdc->nt_status);
    buf_add_byte(out, '\n');
}

static void add_text(struct buf *out, const char *label, const char *text, unsigned width) {
    if (!text[0])
        return;
    buf_printf(out, "\n%*s%s\n", INDENT, "", label);
    terminal_lines(out, str_of(text), (struct terminal_wrap){2 * INDENT, width});
}

void render_walk(struct buf *out, const struct event_row *r, unsigned width) {
    const struct catalogue_row *known = catalogue_find(r->event);
    const struct activity *a = &r->activity;
    char time[CLOCK_ISO_SIZE];
    clock_iso(r->time_ms, time);
    buf_printf(out, "%s %s %d: %s\n", time, catalogue_level_name(r->level), r->event, title_of(r));
    add_field(out, "error", r->error);
    if (a->id[0])
        add_field(out, "activity", a->id);
    /* The walk of a finding is that of the event that it explains. */
    if (a->id[0] && r->event != EVENT_FINDING) {
        add_who(out, a);
        add_outcome(out, a);
        add_steps(out, a);
        add_kdc(out, &a->err.kdc);
    }
    add_text(out, "What happened", a->err.detail[0] || !known ? a->err.detail : known->meaning,
             width);
    add_text(out, "What to do", a->err.hint[0] || !known ? a->err.hint : known->action, width);
}

static json_t *json_text(const char *text) {
    struct buf clean;
    buf_init(&clean, RENDER_MAX);
    utf8_clean(&clean, str_of(text));
    json_t *value = json_stringn(buf_str(&clean).p, buf_size(&clean));
    buf_fini(&clean);
    return value;
}

static json_t *json_value(const struct event_row *r, const struct event_column *c) {
    struct event_value v = event_get(r, c);
    char text[CLOCK_ISO_SIZE];
    if (!v.is_number)
        return v.text ? json_text(v.text) : json_null();
    switch (c->type) {
    case COLUMN_BOOL:
        return json_boolean(v.number);
    case COLUMN_TIME:
        clock_iso(v.number, text);
        return json_string(text);
    case COLUMN_STATUS:
        snprintf(text, sizeof text, "0x%08X", (unsigned)v.number);
        return json_string(text);
    default:
        return json_integer(v.number);
    }
}

void render_json(struct buf *out, const struct event_row *r) {
    size_t n;
    const struct event_column *c = event_columns(&n);
    json_t *object = json_object();
    for (size_t i = 0; i < n; i++) {
        out->failed |= json_object_set_new(object, c[i].name, json_value(r, &c[i])) != 0;
        if (strcmp(c[i].name, "level") == 0)
            out->failed |= json_object_set_new(object, "title", json_string(title_of(r))) != 0;
    }
    /* In ASCII: a terminal takes U+009B for the start of an escape sequence, too. */
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
    out->failed |= !text;
    buf_add(out, str_of(text));
    buf_add_byte(out, '\n');
    free(text);
    json_decref(object);
}
