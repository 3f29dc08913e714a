/* SPDX-License-Identifier: Apache-2.0
 *
 * What an application's answer tells the doctor, as the facts of an ANSWER (docs/doctor.md): its
 * status, what it asks for, the token in it, its clock, and whether it is a kerbgate that answers.
 * Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"
#include "http/message.h"
#include "kerberos/spnego_answer.h"

#include <jansson.h>

enum { PROBE_TOKEN_MAX = 64 * 1024 }; /* of a token, in base64 */

/* The token behind Negotiate or Kerberos (RFC 4559 5); `a` points into `memory`, a buffer for
 * PROBE_TOKEN_MAX. False: there is none, or it is no token. */
bool probe_answer_token(const struct message *m, struct buf *memory, struct spnego_answer *a);

enum probe_proof {
    PROOF_NONE, /* nothing to be proven, or no token of ours */
    PROOF_TRUE,
    PROOF_FALSE,
};

struct probe_received {
    const struct message *message;
    const struct spnego_answer *token; /* NULL: none */
    enum probe_proof proof;
    int64_t now_s;    /* this host's clock when it came */
    int64_t us;       /* from the request to its first byte */
    size_t head_size; /* of the request */
};

/* A new object; NULL: no memory. */
json_t *probe_answer_json(const struct probe_received *r);
/* The answer that did not come. `code` is a stable word; `detail` may be of strangers. */
json_t *probe_answer_failed(const char *code, const char *detail, size_t head_size);
