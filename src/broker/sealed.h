/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person's session keeps for the broker, sealed with a key of our own account: any of the
 * keytab's that is ours opens it, so that an old one does after a change of password, for as long
 * as the keytab has it. Thread of the `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "broker/protocol.h"

/* Into `r->own`, and until when it is good. False, and nothing is set, when it would be larger than
 * BROKER_OWN_MAX, or memory is short. */
bool sealed_reply(struct krb *k, struct str plain, int64_t ends_s, struct broker_reply *r);
/* Appends what was sealed to `out` (secret). False for anything else. */
bool sealed_open(struct krb *k, struct str sealed, struct buf *out);
