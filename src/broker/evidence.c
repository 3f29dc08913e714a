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
    v->last.took_us = clock_mono_us() - v->sent_us;
    snprintf(v->words, sizeof v->words, "%.*s", STR_ARG(decoded.text));
    v->skew_s = decoded.stime_s ? clock_wall_s() - decoded.stime_s : 0;
}

/* "[PID] TIME: ", what libkrb5 says before an address, dgram, stream or the like, and then it. */
struct str evidence_kdc_in(struct str line) {
    static const char *const SAYINGS[] = {
        "Initiating TCP connection to ",
        "Sending initial UDP request to ",
        "Sending retry UDP request to ",
        "Received answer (",
    };
    line = str_head(line, str_index(line, '\n'));
    line = str_trim(str_from(line, str_index(line, ':') + 1));
    for (size_t i = 0; i < sizeof SAYINGS / sizeof *SAYINGS; i++) {
        if (!str_starts(line, str_of(SAYINGS[i])))
            continue;
        size_t blank = line.n;
        while (blank > 0 && line.p[blank - 1] != ' ')
            blank--;
        return str_from(line, blank);
    }
    return STR_NONE;
}

static void on_trace(krb5_context context, const krb5_trace_info *info, void *user) {
    (void)context;
    struct evidence *v = user;
    struct str address = info ? evidence_kdc_in(str_of(info->message)) : STR_NONE;
    if (!address.n)
        return;
    snprintf(v->last.address, sizeof v->last.address, "%.*s", STR_ARG(address));
    v->is_udp = strstr(info->message, " UDP ") || strstr(info->message, " dgram ");
}

static krb5_error_code on_send(krb5_context context, void *user, const krb5_data *realm,
                               const krb5_data *message, krb5_data **new_message,
                               krb5_data **reply) {
    (void)context;
    struct evidence *v = user;
    *new_message = NULL;
    *reply = NULL;
    v->sent_us = clock_mono_us();
    snprintf(v->realm, sizeof v->realm, "%.*s", (int)realm->length, realm->data);
    if (v->record)
        record_sent(v->record, str_n(realm->data, realm->length),
                    str_n(message->data, message->length));
    return 0;
}

/* Must return the code it was given: libkrb5 takes another one for an answer of the hook's own and
 * asserts that there is one. */
static krb5_error_code look(krb5_context context, void *user, krb5_error_code code,
                            const krb5_data *realm, const krb5_data *message,
                            const krb5_data *reply, krb5_data **new_reply) {
    (void)context;
    (void)realm;
    (void)message;
    struct evidence *v = user;
    *new_reply = NULL;
    note(v, code == 0 ? reply : NULL);
    if (v->record)
        record_got(v->record, v->last.address, v->is_udp, code,
                   code == 0 && reply ? str_n(reply->data, reply->length) : STR_NONE);
    return code;
}

void evidence_attach(struct evidence *v, krb5_context context) {
    memset(v, 0, sizeof *v);
    krb5_set_kdc_send_hook(context, on_send, v);
    krb5_set_kdc_recv_hook(context, look, v);
    krb5_set_trace_callback(context, on_trace, v); /* or a library without: no addresses */
}

void evidence_begin(struct evidence *v, const char *step) {
    *v = (struct evidence){.record = v->record};
    snprintf(v->last.step, sizeof v->last.step, "%s", step);
}
