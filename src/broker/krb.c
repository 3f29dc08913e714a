/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/krb.h"

#include "base/clock.h"
#include "broker/keytab.h"

#include <profile.h>
#include <stdio.h>

krb5_error_code krb_context_new(const char *krb5_conf, krb5_context *context) {
    profile_t profile = NULL;
    krb5_error_code code = krb5_conf ? (krb5_error_code)profile_init_path(krb5_conf, &profile) : 0;
    /* SECURE: neither KRB5_CONFIG nor KRB5_TRACE, KRB5CCNAME or KRB5_KTNAME of the environment. */
    if (code == 0)
        code = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, context);
    if (profile)
        profile_release(profile);
    return code;
}

void krb_use_own_clock(struct krb *k) {
    int64_t now_ms = clock_wall_ms();
    krb5_set_real_time(k->context, (krb5_timestamp)(now_ms / 1000),
                       (krb5_int32)(now_ms % 1000 * 1000));
}

void krb_text(krb5_context context, krb5_error_code code, char *out, size_t size) {
    const char *text = krb5_get_error_message(context, code);
    snprintf(out, size, "%s", text);
    krb5_free_error_message(context, text);
}

bool krb_open(struct krb *k, const struct config_kerberos *config, struct err *e) {
    char keytab[KEYTAB_NAME_SIZE];
    keytab_name(config, keytab);
    *k = (struct krb){.config = config};
    krb5_error_code code = krb_context_new(config->krb5_conf, &k->context);
    if (code == 0)
        code = krb5_parse_name(k->context, config->principal, &k->self);
    /* Names without a realm are of ours, whatever krb5.conf calls the default. */
    if (code == 0)
        code = krb5_set_default_realm(k->context, k->self->realm.data);
    if (code == 0)
        code = krb5_kt_resolve(k->context, keytab, &k->keytab);
    if (code == 0)
        code = krb5_cc_new_unique(k->context, "MEMORY", NULL, &k->ccache);
    if (code == 0) {
        evidence_attach(&k->evidence, k->context);
        return true;
    }
    char text[256];
    krb_text(k->context, code, text, sizeof text);
    err_set(e, ERR_KRB_CONNECTOR, "Kerberos cannot be set up with %s: %s",
            config->krb5_conf ? config->krb5_conf : "the system's krb5.conf", text);
    krb_close(k);
    return false;
}

void krb_close(struct krb *k) {
    if (!k->context)
        return;
    if (k->ccache)
        krb5_cc_destroy(k->context, k->ccache);
    if (k->keytab)
        krb5_kt_close(k->context, k->keytab);
    krb5_free_principal(k->context, k->self);
    krb5_free_context(k->context);
    memset(k, 0, sizeof *k);
}
