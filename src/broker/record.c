/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/record.h"

#include "base/clock.h"

#include <stdio.h>

void record_init(struct record *r, record_fn *tell, void *user) {
    *r = (struct record){
        .tell = tell, .user = user, .wall_us = clock_wall_ms() * 1000, .mono_us = clock_mono_us()};
    buf_init(&r->request, RECORD_MESSAGE_MAX);
}

void record_fini(struct record *r) { buf_fini(&r->request); }

bool record_is_full(const struct record *r) {
    return r->told >= RECORD_MESSAGES_MAX || r->bytes >= RECORD_BYTES_MAX;
}

/* By the clock that does not jump. */
static int64_t now_us(const struct record *r) { return r->wall_us + clock_mono_us() - r->mono_us; }

static void tell(struct record *r, const struct record_message *m) {
    if (record_is_full(r))
        return;
    r->told++;
    r->bytes += m->bytes.n;
    r->tell(r->user, m);
}

void record_sent(struct record *r, struct str realm, struct str message) {
    snprintf(r->realm, sizeof r->realm, "%.*s", STR_ARG(str_head(realm, sizeof r->realm - 1)));
    buf_clear(&r->request);
    buf_add(&r->request, message);
    r->asked = (struct record_message){.exchange = ++r->exchanges,
                                       .is_left_out = r->request.failed,
                                       .size = message.n,
                                       .at_us = now_us(r),
                                       .realm = r->realm};
}

void record_got(struct record *r, const char *address, bool is_udp, int32_t code,
                struct str message) {
    struct record_message asked = r->asked, got;
    if (!asked.exchange)
        return;
    asked.address = address;
    asked.is_udp = is_udp;
    asked.bytes = asked.is_left_out ? STR_NONE : buf_str(&r->request);
    got = asked;
    got.is_reply = true;
    got.at_us = now_us(r);
    got.code = code;
    got.size = code ? 0 : message.n;
    got.is_left_out = got.size > RECORD_MESSAGE_MAX;
    got.bytes = code || got.is_left_out ? STR_NONE : message;
    tell(r, &asked);
    tell(r, &got);
    r->asked = (struct record_message){0};
}
