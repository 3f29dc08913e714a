/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply says lies inside it, a refused one says nothing, and one with another message's
 * bytes behind it is refused.
 */
#include "kerberos/kdc_reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct kdc_reply r;
    struct str in = str_n((const char *)data, size);
    if (!kdc_reply_decode(in, &r)) {
        must(!r.is_error && !r.code && !r.nt_status && !r.text.n && !r.stime_s);
        return 0;
    }
    must(r.is_error || (!r.code && !r.nt_status && !r.text.n && !r.stime_s));
    must(r.text.n == 0 || (r.text.p >= in.p && r.text.p + r.text.n <= in.p + in.n));
    must(r.stime_s > -62200000000 && r.stime_s < 253500000000); /* years 0 to 9999 */
    must(!kdc_reply_decode(str_head(in, in.n - 1), &r));
    return 0;
}
