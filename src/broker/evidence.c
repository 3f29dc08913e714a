/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/evidence.h"

#include "base/clock.h"
#include "kerberos/kdc_reply.h"

#include <stdio.h>

/* RFC 4120 7.5.9 */
enum {
    KDC_ERR_PREAUTH_REQUIRED = 25,
    KDC_ERR_WRONG_REALM = 68, /* and the next request goes to another KDC, anew */
};

static void note(struct evidence *v, const krb5_data *reply) {
    struct kdc_reply decoded = {0};
    if (v->last.code == KDC_ERR_PREAUTH_REQUIRED)
        v->has_preauth = true;
    if (v->last.code == KDC_ERR_WRONG_REALM)
        v->has_preauth = false;
    if (!reply || !kdc_reply_decode(str_n(reply->data, reply->length), &decoded))
        memset(&decoded, 0, sizeof decoded);
    v->last.code = decoded.code;
    v->last.nt_status = decoded.nt_status;
    v->skew_s = decoded.stime_s ? clock_wall_s() - decoded.stime_s : 0;
}

/* Must return the code it was given: libkrb5 takes another one for an answer of the hook's own and
 * asserts that there is one. */
static krb5_error_code look(krb5_context context, void *user, krb5_error_code code,
                            const krb5_data *realm, const krb5_data *message,
                            const krb5_data *reply, krb5_data **new_reply) {
    (void)context;
    (void)realm;
    (void)message;
    *new_reply = NULL;
    note(user, code == 0 ? reply : NULL);
    return code;
}

void evidence_attach(struct evidence *v, krb5_context context) {
    memset(v, 0, sizeof *v);
    krb5_set_kdc_recv_hook(context, look, v);
}

void evidence_begin(struct evidence *v, const char *step) {
    memset(v, 0, sizeof *v);
    snprintf(v->last.step, sizeof v->last.step, "%s", step);
}
