/* SPDX-License-Identifier: Apache-2.0
 *
 * A service ticket with its session key, as the broker gives it to a worker: enough to mint tokens
 * for one user and one SPN, and for nothing else. Plain bytes, so that it crosses processes.
 * Nothing in it changes once it is made, so that threads may hold it together.
 */
#pragma once
#include "base/str.h"

#include <stdatomic.h>
#include <stdint.h>

struct ticket {
    char *client;       /* principal in the ticket, "alice@CORP.EXAMPLE" */
    char *server;       /* SPN with realm */
    unsigned char *der; /* the Ticket (RFC 4120 5.3) */
    size_t der_size;
    int32_t enctype; /* of the session key */
    int32_t ticket_enctype;
    uint32_t kvno;      /* of the service's key, 0: not given */
    unsigned char *key; /* session key; wiped by ticket_free */
    size_t key_size;
    int64_t starts_s, ends_s; /* seconds since 1970 */
    uint32_t flags;           /* ticket flags (RFC 4120 5.3) */
    char *kdc;                /* address of the KDC that gave it; empty: not known */
    int64_t took_us;          /* the exchanges it cost */
    atomic_uint more_holders; /* beside the first */
};

/* One more who holds it, and will ticket_free it. The same ticket. Any thread. */
struct ticket *ticket_hold(struct ticket *t);
/* The last who holds it frees what it owns and wipes the key; NULL is allowed. Any thread. */
void ticket_free(struct ticket *t);
/* The bytes it takes. */
size_t ticket_size(const struct ticket *t);

/* What an encryption type is called (RFC 3961 and its registry), as in krb5.conf; "unknown" for
 * those that no domain of today uses. */
const char *ticket_enctype_name(int32_t enctype);

enum { TICKET_FLAGS_SIZE = 17 };
/* The flags as klist writes them: F forwardable, f forwarded, A pre-authenticated and so on. */
void ticket_flags_text(uint32_t flags, char out[TICKET_FLAGS_SIZE]);
