/* SPDX-License-Identifier: Apache-2.0
 *
 * A note to ourselves that others keep, as in a cookie: encrypted and protected from change
 * (AES-256 in GCM, NIST SP 800-38D) with a key that only we have. A note is for one purpose, which
 * is not in it and has to be named again. Any thread.
 */
#pragma once
#include "base/buf.h"

enum { SECRET_BOX_KEY_SIZE = 32, SECRET_BOX_MORE = 28 }; /* bytes that a closed note is longer */

/* Appends the closed note, not yet as text. False: no memory, or it does not fit. */
bool secret_box_close(const unsigned char key[SECRET_BOX_KEY_SIZE], struct str purpose,
                      struct str note, struct buf *out);
/* Appends the note; false when it was not closed with this key for this purpose. */
bool secret_box_open(const unsigned char key[SECRET_BOX_KEY_SIZE], struct str purpose,
                     struct str closed, struct buf *out);
