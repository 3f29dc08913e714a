/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody pasted to have it explained: a token in base64 or hexadecimal, one header of
 * authentication, or a dump with many (of curl -v, of a browser's tools). Finds the values of
 * Authorization, WWW-Authenticate and their Proxy- sisters in it (RFC 9110 11.6), and their bytes.
 * Lenient: lines may be broken, marked with '<' and '>', or quoted. Nothing that is read here
 * decides anything. Sans-I/O, any thread.
 */
#pragma once
#include "base/arena.h"

enum {
    PASTED_MAX = 1 << 20, /* bytes of input */
    PASTED_VALUES_MAX = 64,
    PASTED_WRONG_MAX = 160,
};

enum pasted_side {
    PASTED_NO_SIDE, /* no header's name was with it */
    PASTED_CLIENT,  /* Authorization, Proxy-Authorization */
    PASTED_SERVER,  /* WWW-Authenticate, Proxy-Authenticate */
};

enum pasted_scheme {
    PASTED_NEGOTIATE,
    PASTED_NTLM,
    PASTED_BASIC,
    PASTED_BEARER,
    PASTED_DIGEST,
    PASTED_OTHER,
    PASTED_NO_SCHEME, /* the value alone */
};

struct pasted_value {
    enum pasted_side side;
    bool is_proxy;
    enum pasted_scheme scheme;
    struct str name;    /* of the scheme, as it was written */
    struct str text;    /* behind it, with what it was broken by */
    unsigned line;      /* where it begins, from 1 */
    size_t header_size; /* of the header, from its name to its last byte; 0: not known */
    unsigned status;    /* of the answer that it is in, or that came to it; 0: not known */
};

struct pasted {
    struct pasted_value values[PASTED_VALUES_MAX];
    size_t count;
    bool is_dump;    /* it has headers, or lines of HTTP */
    bool is_cut;     /* there are more values than fit */
    unsigned status; /* of the last answer in it; 0: none */
};

/* Finds what `in` holds; texts point into it. False: it is longer than PASTED_MAX. */
bool pasted_read(struct str in, struct pasted *out);

/* The bytes of a token that is written in base64 (of either alphabet, padded or not) or, where that
 * can be told apart, hexadecimal, or that is not written but there. False, with words in `wrong`,
 * when it is none of these; "" when the arena is full. */
bool pasted_bytes(struct arena *a, struct str text, struct str *bytes,
                  char wrong[PASTED_WRONG_MAX]);
