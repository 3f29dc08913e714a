/* SPDX-License-Identifier: Apache-2.0
 *
 * What SASL's mechanism GSSAPI (RFC 4752) says after the tickets, and the pieces that sealed bytes
 * come in then (RFC 4422 section 3.7). Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"

enum {
    LAYER_OFFER_SIZE = 4,
    LAYER_PIECE_MAX = 1 << 20, /* what we take in one piece, and say so */
};

/* Reads what the server offers. False unless it seals what it sends, and takes pieces that are
 * large enough for a question. `*peer_max` is the largest piece that it takes. */
bool layer_read_offer(struct str offer, size_t *peer_max);
/* The answer: sealed, nobody else's identity. */
void layer_write_choice(char out[LAYER_OFFER_SIZE]);

/* Takes a whole piece from the front of `in`, without its length, for the caller to consume
 * (LAYER_HEAD_SIZE and piece->n bytes). False when there is none yet; `*is_bad` when there never
 * will be. */
enum { LAYER_HEAD_SIZE = 4 };
bool layer_piece(struct str in, struct str *piece, bool *is_bad);
void layer_write_head(size_t n, char out[LAYER_HEAD_SIZE]);
