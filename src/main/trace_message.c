/* SPDX-License-Identifier: Apache-2.0 */
#include "main/trace_message.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/json_text.h"
#include "broker/record.h"

enum { SECOND_US = 1000000, MILLISECOND_US = 1000 };

bool trace_message_read(struct trace_message *m, const json_t *fact) {
    const json_t *bytes = json_object_get(fact, "bytes");
    *m = (struct trace_message){.exchange =
                                    (unsigned)json_integer_value(json_object_get(fact, "exchange")),
                                .is_reply = json_is_true(json_object_get(fact, "is_reply")),
                                .is_udp = strcmp(json_get_text(fact, "transport"), "udp") == 0,
                                .at_us = json_integer_value(json_object_get(fact, "at_us")),
                                .size = (size_t)json_integer_value(json_object_get(fact, "size")),
                                .kdc = json_get_text(fact, "kdc"),
                                .realm = json_get_text(fact, "realm"),
                                .error = json_get_text(fact, "error")};
    buf_init(&m->bytes, RECORD_MESSAGE_MAX);
    if (!telling_init(&m->telling) || !json_is_object(fact))
        return false;
    if (!bytes)
        return true;
    if (!decode_base64(&m->bytes, str_n(json_string_value(bytes), json_string_length(bytes))))
        return false;
    kdc_message_decode(buf_str(&m->bytes), &m->telling, &m->decoded);
    return true;
}

void trace_message_fini(struct trace_message *m) {
    buf_fini(&m->bytes);
    telling_fini(&m->telling);
}

static void add_time(struct buf *out, int64_t at_us) {
    char iso[CLOCK_ISO_SIZE];
    clock_iso(at_us / MILLISECOND_US, iso);
    /* "2026-11-29T19:05:01.123Z": the time of day, and microseconds */
    buf_printf(out, "%.12s%03d", iso + 11, (int)(at_us % MILLISECOND_US));
}

static void add_head(struct buf *out, const struct trace_message *m, unsigned number,
                     int64_t asked_us) {
    const char *kdc = m->kdc[0] ? m->kdc : "a KDC that is not known";
    buf_printf(out, "%u  ", number);
    add_time(out, m->at_us);
    if (!m->is_reply)
        buf_printf(out, "  to %s (%s), for %s\n", kdc, m->is_udp ? "UDP" : "TCP", m->realm);
    else
        buf_printf(out, "  from %s, %lld.%03lld ms later\n", kdc,
                   (long long)((m->at_us - asked_us) / MILLISECOND_US),
                   (long long)((m->at_us - asked_us) % MILLISECOND_US));
}

void trace_message_lines(struct buf *out, const struct trace_message *m, unsigned number,
                         int64_t asked_us) {
    char size[TELLING_SIZE_MAX + 8];
    add_head(out, m, number, asked_us);
    if (m->error[0]) {
        buf_printf(out, "   no answer: %s\n", m->error);
    } else if (buf_size(&m->bytes) == 0) {
        telling_bytes(m->size, size);
        buf_printf(out, "   a message of %s, too long to be shown\n", size);
    } else {
        if (m->decoded.headline[0])
            buf_printf(out, "   %s\n", m->decoded.headline);
        if (m->decoded.reading.wrong[0])
            buf_printf(out, "   problem: %s\n", m->decoded.reading.wrong);
        telling_lines(out, &m->telling, "     ");
    }
    buf_add_byte(out, '\n');
}

json_t *trace_message_json(const struct trace_message *m, unsigned number) {
    char iso[CLOCK_ISO_SIZE];
    clock_iso(m->at_us / MILLISECOND_US, iso);
    json_t *o = json_pack("{s:i,s:i,s:s,s:s,s:I,s:s,s:I}", "number", (int)number, "exchange",
                          (int)m->exchange, "direction", m->is_reply ? "reply" : "request", "at",
                          iso, "at_us", (json_int_t)m->at_us, "transport",
                          m->is_udp ? "udp" : "tcp", "size", (json_int_t)m->size);
    json_set_text(o, "kdc", str_of(m->kdc));
    json_set_text(o, "realm", str_of(m->realm));
    json_set_text(o, "error", str_of(m->error));
    json_set_text(o, "headline", str_of(m->decoded.headline));
    json_set_text(o, "problem", str_of(m->decoded.reading.wrong));
    if (json_object_size(m->telling.json))
        json_object_set(o, "decoded", m->telling.json);
    return o;
}
