/* SPDX-License-Identifier: Apache-2.0 */
#include "events/access_record.h"

#include "base/clock.h"
#include "base/encode.h"

/* In each case the longest: \u00e9 for one byte, \xe9 in text. */
_Static_assert(sizeof(struct activity) * 6 - sizeof(struct err) * 6 < ACCESS_RECORD_MAX,
               "a record may be longer than its buffer");

struct line {
    struct buf *out;
    bool is_json;
    bool is_begun;
};

static void add_key(struct line *l, const char *key, const char *more) {
    struct str k = str_of(key), m = str_of(more);
    if (l->is_json)
        buf_add_all(l->out, (struct str[]){l->is_begun ? STR(",\"") : STR("{\""), k, m, STR("\":")},
                    4);
    else
        buf_add_all(l->out, (struct str[]){l->is_begun ? STR(" ") : STR(""), k, m, STR("=")}, 4);
    l->is_begun = true;
}

static void add_text(struct line *l, const char *key, const char *value) {
    struct str s = str_of(value);
    if (s.n == 0)
        return;
    add_key(l, key, "");
    if (!l->is_json) {
        encode_log(l->out, s);
        return;
    }
    buf_add_byte(l->out, '"');
    encode_json(l->out, s);
    buf_add_byte(l->out, '"');
}

static void add_count(struct line *l, const char *key, const char *more, uint64_t value) {
    add_key(l, key, more);
    buf_add_number(l->out, value, 10);
}

static void add_steps(struct line *l, const struct activity *a) {
    for (enum activity_step i = 0; i < ACTIVITY_STEPS; i++)
        if (a->step_us[i] >= 0)
            add_count(l, activity_step_name(i), "_us", (uint64_t)a->step_us[i]);
}

/* Which back end, and how it was reached. */
static void add_way(struct line *l, const struct activity *a) {
    add_text(l, "backend", a->backend);
    if (a->step_us[ACTIVITY_CONNECT] >= 0) {
        add_key(l, "connection", "");
        const char *how = a->is_connection_reused ? "kept" : "new";
        buf_add_all(l->out,
                    (struct str[]){l->is_json ? STR("\"") : STR(""), str_of(how),
                                   l->is_json ? STR("\"") : STR("")},
                    3);
    }
    if (a->step_us[ACTIVITY_TICKET] >= 0)
        add_text(l, "ticket", activity_ticket(a));
    add_text(l, "claim", a->claim);
    add_text(l, "claim_value", a->claim_value);
    add_text(l, "principal", a->principal);
    add_text(l, "realm", a->realm);
    add_text(l, "spn", a->spn);
}

void access_record(struct buf *out, const struct activity *a, enum access_format format) {
    char time[CLOCK_ISO_SIZE];
    struct line l = {.out = out, .is_json = format == ACCESS_JSON};
    clock_iso(a->started_ms, time);
    add_text(&l, "time", time);
    add_text(&l, "id", a->id);
    add_text(&l, "client", a->client);
    add_text(&l, "user", a->user);
    add_text(&l, "app", a->app);
    add_text(&l, "protocol", a->protocol);
    add_text(&l, "method", a->method);
    add_text(&l, "host", a->host);
    add_text(&l, "path", a->path);
    add_count(&l, "status", "", (uint64_t)(unsigned)a->status);
    if (a->err.code != ERR_NONE)
        add_text(&l, "error", err_info(a->err.code)->name);
    add_count(&l, "bytes_in", "", a->bytes_in);
    add_count(&l, "bytes_out", "", a->bytes_out);
    add_way(&l, a);
    add_count(&l, "total_us", "", (uint64_t)a->total_us);
    add_steps(&l, a);
    buf_add(out, l.is_json ? STR("}\n") : STR("\n"));
}
