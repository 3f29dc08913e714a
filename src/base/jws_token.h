/* SPDX-License-Identifier: Apache-2.0
 *
 * A signed statement of somebody else's, taken apart: the compact form of a JSON Web Signature (RFC
 * 7515 3.1) with a JSON object in it (RFC 7519). Nothing in it is true before its signature was
 * verified (base/jws_public.h). Only algorithms of public keys are known: `none` and those of
 * shared secrets are refused here, whatever key they are for, and so is all that could be read in
 * two ways. Any thread.
 */
#pragma once
#include "base/buf.h"

struct json_t;

enum {
    JWS_TOKEN_MAX = 16 * 1024, /* bytes of a token */
    JWS_KID_MAX = 256,
};

/* RFC 7518 3.1, RFC 8037 3.1 */
enum jws_algorithm {
    JWS_RS256,
    JWS_RS384,
    JWS_RS512,
    JWS_PS256,
    JWS_PS384,
    JWS_PS512,
    JWS_ES256,
    JWS_ES384,
    JWS_ES512,
    JWS_EDDSA,
    JWS_ALGORITHMS
};

/* "RS256" and so on. */
const char *jws_algorithm_name(enum jws_algorithm a);

struct jws_token {
    struct buf text; /* of which the next is a part */
    struct str signed_part;
    struct buf signature; /* decoded */
    enum jws_algorithm algorithm;
    struct json_t *header, *payload; /* objects */
    const char *kid, *type;          /* of the header, as long as it lives; NULL: it has none */
};

/* Takes `text` apart. False, and nothing to free, with `*why`, which continues "the token ...". */
bool jws_token_parse(struct jws_token *t, struct str text, const char **why);
void jws_token_fini(struct jws_token *t);
