/* SPDX-License-Identifier: Apache-2.0
 *
 * A ticket lies inside the token and is one whole element, for a service with a plain name; what is
 * no ticket says nothing of one; and whatever was offered can be answered.
 */
#include "kerberos/der.h"
#include "kerberos/spnego_offer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static void must_be_element(struct str in, struct str part, uint8_t wanted) {
    struct str content, rest = part;
    uint8_t tag;
    must(part.p >= in.p && part.p + part.n <= in.p + in.n);
    must(der_read(&rest, &tag, &content) && rest.n == 0 && tag == wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct spnego_offer o;
    struct buf out;
    struct str in = str_n((const char *)data, size);
    spnego_offer_read(in, &o);
    must((o.kind == OFFER_TICKET) == (o.words[0] == '\0'));
    must((o.kind == OFFER_TICKET) == (o.ap_req.ticket.n > 0));
    if (o.kind == OFFER_TICKET) {
        must_be_element(in, o.ap_req.message, 0x6e);
        must_be_element(o.ap_req.message, o.ap_req.ticket, 0x61);
        must(o.ap_req.service[0] && o.ap_req.authenticator.n > 0 && o.ap_req.kvno >= 0);
    }
    buf_init(&out, 8192);
    spnego_offer_answer(&o, STR("\x6f\x02\x30\x00"), &out);
    must(!out.failed && buf_size(&out) > 0);
    buf_fini(&out);
    return 0;
}
