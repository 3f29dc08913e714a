/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "base/json_text.h"
#include "broker/examine_int.h"
#include "broker/record.h"

enum { BASE64_MAX = RECORD_MESSAGE_MAX * 4 / 3 + 4 };

static void set_bytes(json_t *o, struct str bytes) {
    struct buf text;
    buf_init(&text, BASE64_MAX);
    encode_base64(&text, bytes);
    if (!text.failed)
        json_object_set_new(o, "bytes", json_stringn(buf_str(&text).p, buf_size(&text)));
    buf_fini(&text);
}

/* One message as a fact. */
struct teller {
    const struct examine *x;
    struct krb *krb;
};

static void tell_message(void *user, const struct record_message *m) {
    const struct teller *teller = user;
    json_t *o = json_pack("{s:i,s:b,s:I,s:I,s:s}", "exchange", (int)m->exchange, "is_reply",
                          m->is_reply, "at_us", (json_int_t)m->at_us, "size", (json_int_t)m->size,
                          "transport", m->is_udp ? "udp" : "tcp");
    json_set_text(o, "kdc", str_of(m->address));
    json_set_text(o, "realm", str_of(m->realm));
    if (m->code) {
        char text[256];
        krb_text(teller->krb->context, m->code, text, sizeof text);
        json_object_set_new(o, "code", json_integer(m->code));
        json_set_text(o, "error", str_of(text));
    } else if (!m->is_left_out) {
        set_bytes(o, m->bytes);
    }
    examine_tell(teller->x, "trace.+", o);
}

struct ticket *examine_traced(const struct examine *x, struct krb *k, examine_walk_fn *walk) {
    struct teller teller = {.x = x, .krb = k};
    struct record record;
    record_init(&record, tell_message, &teller);
    k->evidence.record = &record;
    struct ticket *ticket = walk(x, k);
    k->evidence.record = NULL;
    if (record_is_full(&record))
        examine_tell(x, "trace_is_full", json_true());
    record_fini(&record);
    return ticket;
}
