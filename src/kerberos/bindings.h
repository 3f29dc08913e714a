/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash that binds a token to the TLS connection it goes over (RFC 4121 4.1.1.2), for who makes
 * tokens and for who takes them. Any thread, with a context of its own.
 */
#pragma once
#include "base/str.h"

#include <krb5.h>

enum { BINDINGS_SIZE = 16, BINDINGS_END_POINT_MAX = 64 /* SHA-512 */ };

/* `end_point` is the hash of the server's certificate (RFC 5929 4.1). False: it is none, or libkrb5
 * has no MD5 here. */
bool bindings_hash(krb5_context context, struct str end_point, unsigned char out[BINDINGS_SIZE]);
