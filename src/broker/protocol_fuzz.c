/* SPDX-License-Identifier: Apache-2.0
 *
 * What a decoder takes, its encoder writes again, byte for byte; and no datagram is both a question
 * and an answer.
 */
#include "broker/protocol.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct broker_request request;
    struct broker_reply reply;
    struct buf again;
    struct str in = str_n((const char *)data, size);
    buf_init_secret(&again, BROKER_MESSAGE_MAX);
    bool is_request = broker_request_decode(in, &request);
    bool is_reply = broker_reply_decode(in, &reply);
    must(!is_request || !is_reply);
    must(!reply.ticket || (is_reply && reply.kind == BROKER_TICKET && reply.err.code == ERR_NONE));
    if (is_request)
        broker_request_encode(&again, &request);
    if (is_reply)
        broker_reply_encode(&again, &reply);
    if (is_request || is_reply)
        must(!again.failed && str_eq(buf_str(&again), in));
    bool is_proof = reply.kind == BROKER_SIGN_IN || reply.kind == BROKER_ACCEPT;
    must(!reply.own || (is_reply && is_proof && reply.err.code == ERR_NONE));
    must(!reply.ap_rep || (is_reply && reply.kind == BROKER_ACCEPT));
    must(!is_request || request.end_point.n <= BROKER_END_POINT_MAX);
    broker_reply_fini(&reply);
    buf_fini(&again);
    return 0;
}
