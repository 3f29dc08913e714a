/* SPDX-License-Identifier: Apache-2.0
 *
 * A message lies inside the token and is one whole element; what is refused says nothing.
 */
#include "kerberos/der.h"
#include "kerberos/spnego_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct spnego_answer a;
    struct str in = str_n((const char *)data, size);
    bool is_known = spnego_answer_read(in, &a);
    bool has_message = a.content == SPNEGO_AP_REP || a.content == SPNEGO_KRB_ERROR;
    must(is_known || (a.state == SPNEGO_UNSAID && !a.mech && !a.content && !a.message.n));
    must(has_message == (a.message.n > 0));
    if (has_message) {
        struct str content, rest = a.message;
        uint8_t tag;
        must(a.message.p >= in.p && a.message.p + a.message.n <= in.p + in.n);
        must(der_read(&rest, &tag, &content) && rest.n == 0);
    }
    return 0;
}
