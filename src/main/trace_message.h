/* SPDX-License-Identifier: Apache-2.0
 *
 * One message of a trace, out of the fact that the asker told (broker/examine.h, "trace.+"): in
 * words, as JSON, and as packets. Main thread.
 */
#pragma once
#include "base/buf.h"
#include "kerberos/kdc_message.h"
#include "kerberos/pcap.h"

struct trace_message {
    unsigned exchange;
    bool is_reply, is_udp;
    int64_t at_us;
    size_t size;
    const char *kdc, *realm, *error; /* of the fact; "" where there is none */
    struct buf bytes;                /* empty: there was no answer, or it is too long */
    struct telling telling;          /* what the bytes say */
    struct kdc_message decoded;
};

/* False: no memory, or `fact` is none. trace_message_fini is due in any case. */
bool trace_message_read(struct trace_message *m, const json_t *fact);
void trace_message_fini(struct trace_message *m);

/* Lines; `asked_us`: when its question was sent. They hold the words of strangers: for
 * terminal_text. */
void trace_message_lines(struct buf *out, const struct trace_message *m, unsigned number,
                         int64_t asked_us);
/* The caller's; NULL: no memory. */
json_t *trace_message_json(const struct trace_message *m, unsigned number);
