/* SPDX-License-Identifier: Apache-2.0 */
#include "events/access_record.h"

#include "base/clock.h"
#include "base/encode.h"

/* Every request writes one of these, so it is written with few checks: room for the longest line is
 * asked for once, and what follows a piece is room for more, which may be written to and read. */
enum { KEY_SIZE = 20, PLAIN_STEP = 16, SLACK = 64 };

/* In each case the longest: \u00e9 for one byte, \xe9 in text. */
_Static_assert(sizeof(struct activity) * 6 - sizeof(struct err) * 6 + SLACK < ACCESS_RECORD_MAX,
               "a record may be longer than its buffer");

enum kind { TEXT, STATUS, COUNT, STEP, ERROR, CONNECTION, TICKET };

/* With what comes before and behind it, in both formats. */
struct key {
    char json[KEY_SIZE], text[KEY_SIZE];
    unsigned char json_size, text_size;
};

struct field {
    enum kind kind;
    struct key key;
    size_t at; /* of its value in an activity */
};

#define KEY(name) {",\"" name "\":", " " name "=", sizeof(name) + 3, sizeof(name) + 1}
#define FIELD(kind, name, member) {kind, KEY(name), offsetof(struct activity, member)}

static const struct field FIELDS[] = {
    FIELD(TEXT, "id", id),
    FIELD(TEXT, "client", client),
    FIELD(TEXT, "user", user),
    FIELD(TEXT, "app", app),
    FIELD(TEXT, "protocol", protocol),
    FIELD(TEXT, "method", method),
    FIELD(TEXT, "host", host),
    FIELD(TEXT, "path", path),
    FIELD(STATUS, "status", status),
    FIELD(ERROR, "error", err),
    FIELD(COUNT, "bytes_in", bytes_in),
    FIELD(COUNT, "bytes_out", bytes_out),
    FIELD(TEXT, "backend", backend),
    FIELD(CONNECTION, "connection", is_connection_reused),
    FIELD(TICKET, "ticket", is_ticket_cached),
    FIELD(TEXT, "claim", claim),
    FIELD(TEXT, "claim_value", claim_value),
    FIELD(TEXT, "principal", principal),
    FIELD(TEXT, "realm", realm),
    FIELD(TEXT, "spn", spn),
    FIELD(STEP, "total_us", total_us),
    FIELD(STEP, "head_us", step_us[ACTIVITY_HEAD]),
    FIELD(STEP, "session_us", step_us[ACTIVITY_SESSION]),
    FIELD(STEP, "ticket_us", step_us[ACTIVITY_TICKET]),
    FIELD(STEP, "connect_us", step_us[ACTIVITY_CONNECT]),
    FIELD(STEP, "mint_us", step_us[ACTIVITY_MINT]),
    FIELD(STEP, "response_us", step_us[ACTIVITY_RESPONSE]),
    FIELD(STEP, "body_us", step_us[ACTIVITY_BODY]),
};

_Static_assert(ACTIVITY_STEPS == 7, "a step has no field in the record");

struct line {
    struct buf *out;
    char *begin, *at; /* not yet committed */
    bool is_json;
};

static void begin(struct line *l) {
    size_t room = buf_room(l->out);
    l->begin = l->at = buf_reserve(l->out, &room);
}

static void end(struct line *l) { buf_commit(l->out, (size_t)(l->at - l->begin)); }

static void add_key(struct line *l, const struct key *k) {
    memcpy(l->at, l->is_json ? k->json : k->text, KEY_SIZE);
    l->at += l->is_json ? k->json_size : k->text_size;
}

/* Whether all of a step stand for themselves in both formats, wherever they are. */
static bool is_plain_step(const char *p) {
    typedef unsigned char step __attribute__((vector_size(PLAIN_STEP)));
    step c;
    uint64_t other[2];
    memcpy(&c, p, sizeof c);
    step is_other = (step)((c <= ' ') | (c >= 0x7f) | (c == '"') | (c == '\\') | (c == '='));
    memcpy(other, &is_other, sizeof other);
    return (other[0] | other[1]) == 0;
}

/* Copied first, and looked at where there is room to look at whole steps. */
static bool add_plain(struct line *l, struct str s) {
    memcpy(l->at, s.p, s.n);
    memset(l->at + s.n, '.', PLAIN_STEP);
    for (size_t i = 0; i < s.n; i += PLAIN_STEP) {
        if (!is_plain_step(l->at + i))
            return false;
    }
    l->at += s.n;
    return true;
}

static void add_text(struct line *l, const struct key *k, const char *value) {
    struct str s = str_of(value);
    if (s.n == 0)
        return;
    add_key(l, k);
    *l->at = '"';
    l->at += l->is_json;
    if (!add_plain(l, s)) {
        end(l);
        if (l->is_json)
            encode_json(l->out, s);
        else
            encode_log(l->out, s);
        begin(l);
    }
    *l->at = '"';
    l->at += l->is_json;
}

static void add_number(struct line *l, const struct key *k, uint64_t value) {
    enum { DIGITS = 20 };
    char digits[2 * DIGITS];
    size_t first = DIGITS;
    add_key(l, k);
    do
        digits[--first] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    memcpy(l->at, digits + first, DIGITS);
    l->at += DIGITS - first;
}

static void add_field(struct line *l, const struct field *f, const struct activity *a) {
    const void *value = (const char *)a + f->at;
    switch (f->kind) {
    case TEXT:
        add_text(l, &f->key, value);
        break;
    case STATUS:
        add_number(l, &f->key, (uint64_t)(unsigned)a->status);
        break;
    case COUNT:
        add_number(l, &f->key, *(const uint64_t *)value);
        break;
    case STEP:
        if (*(const int64_t *)value >= 0)
            add_number(l, &f->key, (uint64_t)*(const int64_t *)value);
        break;
    case ERROR:
        if (a->err.code != ERR_NONE)
            add_text(l, &f->key, err_info(a->err.code)->name);
        break;
    case CONNECTION:
        if (a->step_us[ACTIVITY_CONNECT] >= 0)
            add_text(l, &f->key, a->is_connection_reused ? "kept" : "new");
        break;
    case TICKET:
        if (a->step_us[ACTIVITY_TICKET] >= 0)
            add_text(l, &f->key, activity_ticket(a));
        break;
    }
}

void access_record(struct buf *out, const struct activity *a, enum access_format format) {
    char time[CLOCK_ISO_SIZE];
    struct line l = {.out = out, .is_json = format == ACCESS_JSON};
    if (buf_room(out) < ACCESS_RECORD_MAX) {
        out->failed = true;
        return;
    }
    clock_iso(a->started_ms, time);
    buf_add_all(out,
                (struct str[]){l.is_json ? STR("{\"time\":\"") : STR("time="), str_of(time),
                               l.is_json ? STR("\"") : STR("")},
                3);
    begin(&l);
    if (!l.at)
        return; /* `out` has failed, or does now: no memory */
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        add_field(&l, &FIELDS[i], a);
    end(&l);
    buf_add(out, l.is_json ? STR("}\n") : STR("\n"));
}
