/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames on streams where none may be, as far as libnghttp2 passes over them.
 */
#include "http/h2_int.h"

static uint32_t stream_of(const uint8_t head[9]) {
    return (uint32_t)(head[5] & 0x7f) << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 |
           head[8];
}

static bool is_passed_over(const struct h2_order *o, uint32_t id) {
    for (size_t i = 0; i < H2_GAPS; i++)
        if (id > o->gaps[i].after && id < o->gaps[i].before)
            return true;
    return false;
}

/* A stream is opened: those before it that were not are closed with that. */
static void note_opened(struct h2_order *o, uint32_t id) {
    if (id > o->last + 2 || (o->last == 0 && id > 1)) {
        o->gaps[o->next].after = o->last;
        o->gaps[o->next].before = id;
        o->next = (o->next + 1) % H2_GAPS;
    }
    o->last = id;
}

bool h2_frame_is_due(struct h2 *h) {
    uint8_t type = h->frames.head[3];
    uint32_t id = stream_of(h->frames.head);
    bool is_of_request = type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
    if (type == NGHTTP2_PRIORITY && id == 0) {
        h2_break(h, NGHTTP2_PROTOCOL_ERROR, "a PRIORITY is on no stream (RFC 9113 6.3)");
        return false;
    }
    if (is_of_request && is_passed_over(&h->order, id)) {
        h2_break(h, NGHTTP2_PROTOCOL_ERROR,
                 "a frame is on a stream that was passed over (RFC 9113 5.1.1)");
        return false;
    }
    if (type == NGHTTP2_HEADERS && id > h->order.last)
        note_opened(&h->order, id);
    return true;
}
