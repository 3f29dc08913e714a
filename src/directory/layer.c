/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/layer.h"

enum { CONFIDENTIALITY = 4, PEER_LEAST = 4096 };

static size_t number_at(struct str s, size_t at, size_t n) {
    size_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | (unsigned char)s.p[at + i];
    return value;
}

static void put_number(char *out, size_t value, size_t n) {
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(value >> (8 * (n - 1 - i)));
}

bool layer_read_offer(struct str offer, size_t *peer_max) {
    *peer_max = 0;
    if (offer.n != LAYER_OFFER_SIZE || !(offer.p[0] & CONFIDENTIALITY))
        return false;
    *peer_max = number_at(offer, 1, 3);
    return *peer_max >= PEER_LEAST;
}

void layer_write_choice(char out[LAYER_OFFER_SIZE]) {
    out[0] = CONFIDENTIALITY;
    put_number(out + 1, LAYER_PIECE_MAX, 3);
}

bool layer_piece(struct str in, struct str *piece, bool *is_bad) {
    *piece = STR_NONE;
    *is_bad = false;
    if (in.n < LAYER_HEAD_SIZE)
        return false;
    size_t n = number_at(in, 0, LAYER_HEAD_SIZE);
    *is_bad = n == 0 || n > LAYER_PIECE_MAX;
    if (*is_bad || in.n - LAYER_HEAD_SIZE < n)
        return false;
    *piece = str_n(in.p + LAYER_HEAD_SIZE, n);
    return true;
}

void layer_write_head(size_t n, char out[LAYER_HEAD_SIZE]) { put_number(out, n, LAYER_HEAD_SIZE); }
