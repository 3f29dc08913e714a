/* SPDX-License-Identifier: Apache-2.0
 *
 * A mint and a die from the inside, for mint*.c alone: mint_die.c makes what all tokens of a ticket
 * have in common, mint.c a token, mint_proof.c judges the answer to one.
 */
#pragma once
#include "kerberos/der.h"
#include "kerberos/mint.h"
#include "kerberos/mint_cipher.h"

#include <krb5.h>

enum {
    MINT_RANDOM_LOT = 2048, /* bytes asked for at once */
    MINT_WHO_MAX = 4096,    /* DER of the names in an authenticator */
};

/* Identifier octets (X.690 8.1.2, RFC 4120). */
enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTETS = 0x04,
    DER_TIME = 0x18,
    DER_STRING = 0x1b, /* GeneralString */
    DER_SEQUENCE = 0x30,
    DER_AUTHENTICATOR = 0x62,
    DER_AP_REQ = 0x6e,
    DER_AP_REP = 0x6f,
    DER_AP_REP_PART = 0x7b, /* EncAPRepPart */
};

enum { KERBEROS_VERSION = 5 };

struct mint {
    krb5_context context;
    struct mint_cipher cipher;
    unsigned char random[MINT_RANDOM_LOT];
    size_t random_left;
};

struct mint_die {
    krb5_context context; /* the mint's */
    krb5_key key;         /* of the session, with what is derived from it */
    struct mint_keys keys;
    krb5_enctype enctype;
    size_t seed_size, key_size; /* of a subkey */
    char *ticket;               /* the field of an AP-REQ */
    size_t ticket_size;
    char *text; /* mint_die_text's; NULL: not made yet */
    size_t text_size, text_skip;
    char *who; /* of an authenticator: the fields before its checksum */
    size_t who_size;
};

/* The ticket's field in base64 from byte `skip` (0 to 2) on, as far as whole groups of three bytes
 * go: it begins with a group when `skip` says how far one reaches into it. Made once, since that is
 * the same in all tokens of a ticket. Empty without memory. */
struct str mint_die_text(struct mint_die *d, size_t skip);
/* Fills `d`, which is zero. mint_die_free is due after a failure, too. */
krb5_error_code mint_die_cut(struct mint_die *d, struct mint *m, const struct ticket *t);
