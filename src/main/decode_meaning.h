/* SPDX-License-Identifier: Apache-2.0
 *
 * What a token says to somebody who runs applications: one line that names it, and what follows
 * from it, with what to do next. Pure functions of what was decoded. Main thread.
 */
#pragma once
#include "base/buf.h"
#include "http/pasted.h"
#include "kerberos/token.h"

/* "Kerberos ticket for HTTP/web.corp.example in CORP.EXAMPLE, inside SPNEGO, 1,234 bytes" */
void decode_verdict(struct buf *out, const struct token *t, size_t size);
/* Sentences, one a line; appended. `header_size`: of the header that it is in. */
void decode_meaning(struct buf *out, const struct token *t, const struct pasted_value *v,
                    size_t header_size);
/* The same of a value without a token of GSS or NTLM in it: an offer, Basic, Bearer, Digest. */
void decode_scheme_verdict(struct buf *out, const struct pasted_value *v);
