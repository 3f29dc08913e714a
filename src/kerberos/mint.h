/* SPDX-License-Identifier: Apache-2.0
 *
 * Mints the token of one request: a fresh AP-REQ (RFC 4120 5.5.1, checksum 0x8003 of RFC 4121
 * 4.1.1) from a service ticket, bare or inside SPNEGO. Talks to no KDC, reads no keytab, no
 * credential cache and no default: the ticket passed in is all there is, so the back end can see
 * nobody but the ticket's client (invariant 2). One mint per thread.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "kerberos/ticket.h"

enum mint_form {
    MINT_SPNEGO,
    MINT_KRB5,
};

struct mint; /* a krb5_context of its own, with an empty profile */

/* NULL with `e` set when libkrb5 cannot start. */
struct mint *mint_new(struct err *e);
void mint_free(struct mint *m);

/* Appends "Negotiate <base64>" to `out`, a secret buffer. A new authenticator and subkey each time.
 * ERR_INTERNAL with libkrb5's words when it fails. */
bool mint_header(struct mint *m, const struct ticket *t, enum mint_form form, struct buf *out,
                 struct err *e);
