/* SPDX-License-Identifier: Apache-2.0
 *
 * Mints the token of one request: a fresh AP-REQ (RFC 4120 5.5.1, checksum 0x8003 of RFC 4121
 * 4.1.1) from a service ticket, bare or inside SPNEGO. Talks to no KDC, reads no keytab, no
 * credential cache and no default: the ticket passed in is all there is, so the back end can see
 * nobody but the ticket's client (invariant 2). What is the same in all tokens of a ticket is made
 * once, keys that are derived from the session key among it; mint_cipher.h encrypts. One mint per
 * thread, and a die belongs to the thread of its mint.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "kerberos/ticket.h"

enum mint_form {
    MINT_SPNEGO,
    MINT_KRB5,
};

enum { MINT_BINDINGS_SIZE = 16 };

/* What a token asks for on behalf of the context that it opens. */
enum mint_flag {
    MINT_REPLAY = 0x04,
    MINT_SEQUENCE = 0x08,
    MINT_CONF = 0x10,
    MINT_INTEG = 0x20,
    MINT_IDENTIFY = 0x2000,       /* the back end may know who it is, and not act for them */
    MINT_EXTENDED_ERROR = 0x4000, /* the back end may send errors of Windows' own */
};

struct mint_order {
    enum mint_form form;
    bool is_mutual;                /* the back end is to prove that it could open the ticket */
    uint16_t flags;                /* beside MINT_INTEG, as RFC 4121 4.1.1.1 numbers them */
    const unsigned char *bindings; /* MINT_BINDINGS_SIZE bytes of mint_bindings; NULL: none */
};

/* What the answer to a token must repeat (RFC 4120 5.5.2). */
struct mint_proof {
    char ctime[16]; /* KerberosTime, with a NUL */
    int32_t cusec;
};

struct mint;     /* a krb5_context of its own, with an empty profile */
struct mint_die; /* what tokens of one ticket are struck with */

/* NULL with `e` set when libkrb5 cannot start. */
struct mint *mint_new(struct err *e);
void mint_free(struct mint *m);

/* Copies what it needs of `t`. NULL with ERR_INTERNAL and libkrb5's words when no token can be made
 * from it. */
struct mint_die *mint_die_new(struct mint *m, const struct ticket *t, struct err *e);
/* Bytes that a die of this ticket takes, with what OpenSSL has of it; an upper bound but for very
 * long names. */
size_t mint_die_size(const struct ticket *t);
/* Wipes the keys; NULL is allowed. */
void mint_die_free(struct mint_die *d);

/* Appends "Negotiate <base64>" to `out`, a secret buffer, and fills `proof`. A new authenticator
 * and subkey each time. ERR_INTERNAL with libkrb5's words when it fails. */
bool mint_header(struct mint *m, struct mint_die *d, const struct mint_order *o, struct buf *out,
                 struct mint_proof *proof, struct err *e);

/* The hash that binds a token to the TLS connection it goes over (RFC 4121 4.1.1.2): `end_point` is
 * the hash of the server's certificate (RFC 5929 4.1). False: libkrb5 has no MD5 here. */
bool mint_bindings(struct mint *m, struct str end_point, unsigned char out[MINT_BINDINGS_SIZE]);

/* Whether `ap_rep`, the message of that name (spnego_answer.h), is by somebody who could open the
 * ticket of `d`, in answer to the very token that `proof` is of. */
bool mint_is_proven(struct mint *m, const struct mint_die *d, const struct mint_proof *proof,
                    struct str ap_rep);
