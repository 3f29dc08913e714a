/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 of a client that writes its frames by hand, so that it can write wrong ones. For tests.
 */
#pragma once
#include "base/buf.h"

#include <nghttp2/nghttp2.h>

static inline void put_frame(struct buf *c, uint8_t type, uint8_t flags, uint32_t id,
                             struct str payload) {
    const uint8_t head[9] = {(uint8_t)(payload.n >> 16),
                             (uint8_t)(payload.n >> 8),
                             (uint8_t)payload.n,
                             type,
                             flags,
                             (uint8_t)(id >> 24),
                             (uint8_t)(id >> 16),
                             (uint8_t)(id >> 8),
                             (uint8_t)id};
    buf_add(c, str_n((const char *)head, sizeof head));
    buf_add(c, payload);
}

static inline void put_u32(struct buf *c, uint8_t type, uint32_t id, uint32_t value) {
    const char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8),
                           (char)value};
    put_frame(c, type, 0, id, str_n(bytes, 4));
}

static inline void put_preface(struct buf *c) {
    buf_add(c, str_of(NGHTTP2_CLIENT_MAGIC));
    put_frame(c, NGHTTP2_SETTINGS, 0, 0, STR_NONE);
    put_frame(c, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, STR_NONE);
}

/* RFC 7541 5.2, without Huffman. */
static inline void put_text(struct buf *c, struct str s) {
    size_t n = s.n;
    if (n < 127) {
        buf_add_byte(c, (char)n);
    } else {
        buf_add_byte(c, 127);
        for (n -= 127; n >= 128; n /= 128)
            buf_add_byte(c, (char)(n % 128 + 128));
        buf_add_byte(c, (char)n);
    }
    buf_add(c, s);
}

/* A field block from lines "name=value\n", each a literal that is not indexed (RFC 7541 6.2.2). */
static inline void put_block(struct buf *c, struct str lines) {
    struct str line;
    while (str_split(&lines, '\n', &line)) {
        size_t equals = str_index(line, '=');
        if (line.n == 0)
            continue;
        buf_add_byte(c, 0);
        put_text(c, str_head(line, equals));
        put_text(c, str_from(line, equals + 1));
    }
}

static inline void put_head(struct buf *c, uint32_t id, bool is_end, struct str lines) {
    struct buf block;
    buf_init(&block, 1 << 20);
    put_block(&block, lines);
    put_frame(c, NGHTTP2_HEADERS,
              (uint8_t)(NGHTTP2_FLAG_END_HEADERS | (is_end ? NGHTTP2_FLAG_END_STREAM : 0)), id,
              buf_str(&block));
    buf_fini(&block);
}

static inline void put_data(struct buf *c, uint32_t id, bool is_end, struct str data) {
    put_frame(c, NGHTTP2_DATA, is_end ? NGHTTP2_FLAG_END_STREAM : 0, id, data);
}
