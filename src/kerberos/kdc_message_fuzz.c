/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is read, what is told is bounded and can be written; what is refused says why; and where
 * the reader that decides (kdc_reply.h) finds an error, this one tells the same code and status.
 */
#include "kerberos/kdc_message.h"
#include "kerberos/kdc_reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    struct kdc_message m;
    struct kdc_reply reply;
    struct telling t;
    must(telling_init(&t));
    bool is_told = kdc_message_decode(in, &t, &m);
    must(is_told || m.reading.wrong[0] || m.kind != KDC_MESSAGE_OTHER);
    must(t.depth == 0 && json_array_size(t.lines) <= TELLING_MOST + 1);
    must(memchr(m.headline, 0, sizeof m.headline));
    char *text = json_dumps(t.json, JSON_ENSURE_ASCII);
    must(text);
    free(text);
    if (kdc_reply_decode(in, &reply) && reply.is_error && is_told && !m.reading.wrong[0])
        must(m.kind == KDC_MESSAGE_ERROR && m.code == reply.code &&
             (m.nt_status == reply.nt_status || !reply.nt_status));
    telling_fini(&t);
    return 0;
}
