/* SPDX-License-Identifier: Apache-2.0
 *
 * What costs us work and brings a request nowhere may be done only so often (RFC 9113 10.5). Two
 * buckets of tokens. Frames: each takes one, and gets it back when it carried a request or a body
 * forward. Resets: a stream that ends before it was answered takes one, each that is answered
 * brings one back.
 */
#include "http/h2_int.h"

enum {
    /* A browser sends some ten at the start and a WINDOW_UPDATE now and then; a PING a second is
     * what impatient clients send. */
    IDLE_FRAMES = 512,
    IDLE_FRAMES_PER_S = 32,
    /* Tokens. A PING or a SETTINGS makes us answer, and may make us look at all streams. */
    FRAME_COST = 1,
    SETTINGS_COST = 8,
    REQUEST_PAYS = 4,
    /* A client that gives credit often does so about every 4 KiB, for stream and connection. */
    SENT_PER_TOKEN = 2048,
    /* Somebody who leaves a page resets all that was under way, and may do so again at once. */
    PAGES_LEFT = 3,
    RESETS_MIN = 100,
    RESETS_PER_S = 20,
    BLOCK_SPARE = 16 * 1024,
};

static struct h2_bucket full(int64_t max, int64_t per_s) {
    return (struct h2_bucket){.tokens = max, .max = max, .per_s = per_s};
}

static void give(struct h2_bucket *b, int64_t n) {
    b->tokens = b->tokens + n < b->max ? b->tokens + n : b->max;
}

/* False when there are not as many. Parts of a token that came back with time are kept for later.
 */
static bool take(struct h2_bucket *b, int64_t n, int64_t now_us) {
    int64_t back = b->at_us > 0 ? (now_us - b->at_us) / (1000000 / b->per_s) : 0;
    if (b->at_us == 0 || back >= b->max)
        b->at_us = now_us;
    else if (back > 0)
        b->at_us += back * (1000000 / b->per_s);
    if (back > 0)
        give(b, back < b->max ? back : b->max);
    if (b->tokens < n)
        return false;
    b->tokens -= n;
    return true;
}

void h2_flood_init(struct h2 *h) {
    int64_t resets = (int64_t)h->limits.streams * PAGES_LEFT;
    h->idle_frames = full(IDLE_FRAMES, IDLE_FRAMES_PER_S);
    h->resets = full(resets > RESETS_MIN ? resets : RESETS_MIN, RESETS_PER_S);
}

/* Counted as it comes, before anything is decoded or kept (CVE-2024-27316, CVE-2024-28182). A head
 * of the most allowed size is half of that even when each byte of it takes two. */
static bool is_block_too_large(struct h2 *h, uint8_t type) {
    if (type == NGHTTP2_HEADERS)
        h->frames.block = 0;
    else if (type != NGHTTP2_CONTINUATION)
        return false;
    h->frames.block += h->frames.left;
    return h->frames.block > 2 * h->limits.head + BLOCK_SPARE;
}

bool h2_flood_frame(struct h2 *h) {
    uint8_t type = h->frames.head[3], flags = h->frames.head[4];
    bool is_ack = flags & NGHTTP2_FLAG_ACK;
    h->frames.is_unproven = type == NGHTTP2_DATA;
    if (is_block_too_large(h, type)) {
        h2_break(h, NGHTTP2_ENHANCE_YOUR_CALM, "a head is far beyond its limit (RFC 9113 10.5.1)");
        return false;
    }
    int64_t cost = type == NGHTTP2_SETTINGS && !is_ack ? SETTINGS_COST : FRAME_COST;
    if (take(&h->idle_frames, cost, h->now_us))
        return true;
    h2_break(h, NGHTTP2_ENHANCE_YOUR_CALM, "too many frames that lead nowhere (RFC 9113 10.5)");
    return false;
}

void h2_flood_data(struct h2 *h) {
    if (h->frames.is_unproven)
        give(&h->idle_frames, FRAME_COST);
    h->frames.is_unproven = false;
}

void h2_flood_request(struct h2 *h) { give(&h->idle_frames, REQUEST_PAYS); }

/* By bytes and not by frames: with a window of one byte each frame carries one (CVE-2019-9511). */
void h2_flood_sent(struct h2 *h, size_t n) {
    h->unpaid += n;
    give(&h->idle_frames, (int64_t)(h->unpaid / SENT_PER_TOKEN));
    h->unpaid %= SENT_PER_TOKEN;
}

/* CVE-2023-44487 (the client resets) and CVE-2025-8671 (it has us do so). */
void h2_flood_reset(struct h2 *h) {
    if (!take(&h->resets, 1, h->now_us))
        h2_break(h, NGHTTP2_ENHANCE_YOUR_CALM,
                 "too many streams were reset before they were answered (RFC 9113 10.5)");
}

void h2_flood_answered(struct h2 *h) { give(&h->resets, 1); }
