/* SPDX-License-Identifier: Apache-2.0
 *
 * Mints the token of one request: a fresh AP-REQ (RFC 4120 5.5.1, checksum 0x8003 of RFC 4121
 * 4.1.1) from a service ticket, bare or inside SPNEGO. Talks to no KDC, reads no keytab, no
 * credential cache and no default: the ticket passed in is all there is, so the back end can see
 * nobody but the ticket's client (invariant 2). What is the same in all tokens of a ticket is made
 * once, keys that are derived from the session key among it; libkrb5 encrypts. One mint per thread,
 * and a die belongs to the thread of its mint.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "kerberos/ticket.h"

enum mint_form {
    MINT_SPNEGO,
    MINT_KRB5,
};

struct mint;     /* a krb5_context of its own, with an empty profile */
struct mint_die; /* what tokens of one ticket are struck with */

/* NULL with `e` set when libkrb5 cannot start. */
struct mint *mint_new(struct err *e);
void mint_free(struct mint *m);

/* Copies what it needs of `t`. NULL with ERR_INTERNAL and libkrb5's words when no token can be made
 * from it. */
struct mint_die *mint_die_new(struct mint *m, const struct ticket *t, struct err *e);
/* Wipes the keys; NULL is allowed. */
void mint_die_free(struct mint_die *d);

/* Appends "Negotiate <base64>" to `out`, a secret buffer. A new authenticator and subkey each time.
 * ERR_INTERNAL with libkrb5's words when it fails. */
bool mint_header(struct mint *m, const struct mint_die *d, enum mint_form form, struct buf *out,
                 struct err *e);
