/* SPDX-License-Identifier: Apache-2.0
 *
 * For token*.c alone. Each function reads one kind of token, tells it and fills the struct.
 */
#pragma once
#include "kerberos/token.h"

/* What a mechanism is called; NULL: it is not known. `flag` is one of TOKEN_OFFERS_*. */
const char *token_mech_name(struct str oid, unsigned *flag);
/* An object identifier with dots; cut to what fits. */
void token_oid_text(struct str oid, char out[64]);

/* A token of a mechanism, framed or not. `mech` is what the frame, or SPNEGO, says; may be empty.
 */
void token_tell_inner(struct telling *t, struct str in, struct token *out);
/* Whether `in` looks like one of the mechanism with this flag: to hold it against SPNEGO's list. */
unsigned token_flag_of(struct str in);

void token_tell_init(struct telling *t, struct str in, struct token *out);
void token_tell_response(struct telling *t, struct str in, struct token *out);
bool token_is_ntlm(struct str in);
void token_tell_ntlm(struct telling *t, struct str in, struct token *out);
bool token_is_negoex(struct str in);
void token_tell_negoex(struct telling *t, struct str in, struct token *out);
