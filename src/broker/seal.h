/* SPDX-License-Identifier: Apache-2.0
 *
 * What the broker gives away for others to keep and nobody else can read or make: AES-256-GCM
 * (NIST SP 800-38D) under a key that is derived of one of the connector's own (HKDF-SHA256,
 * RFC 5869). So it survives reloads and restarts without a store of the broker's, for as long as
 * the keytab holds that key. Any thread.
 */
#pragma once
#include "base/buf.h"

enum {
    SEAL_KEY_SIZE = 32,
    SEAL_MAX = 96 * 1024, /* bytes of what is sealed */
};

/* The sealing key that goes with a key of the keytab, for the caller to wipe. False: OpenSSL has
 * failed. */
bool seal_key(struct str secret, unsigned char key[SEAL_KEY_SIZE]);
/* Appends `plain`, sealed. False, and nothing is appended, when that would be more than SEAL_MAX or
 * more than `out` holds, or OpenSSL has failed. */
bool seal_close(struct buf *out, const unsigned char key[SEAL_KEY_SIZE], struct str plain);
/* Appends what was sealed to `out` (secret). False, and nothing is appended, for anything that was
 * not sealed with this key. */
bool seal_open(struct buf *out, const unsigned char key[SEAL_KEY_SIZE], struct str sealed);
