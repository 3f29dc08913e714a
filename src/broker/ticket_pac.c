/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/ticket_pac.h"

#include "base/clock.h"
#include "broker/deny_groups.h"
#include "broker/policy.h"

static bool read_pac(struct ticket_pac *t, krb5_context context) {
    if (krb5_find_authdata(context, t->opened->enc_part2->authorization_data, NULL,
                           KRB5_AUTHDATA_WIN2K_PAC, &t->raw) != 0)
        return false;
    krb5_authdata **found = t->raw;
    return !found || !found[0] ||
           (!found[1] &&
            pac_decode(str_n((const char *)found[0]->contents, found[0]->length), &t->pac));
}

krb5_error_code ticket_pac_open(struct ticket_pac *t, struct krb *k, const krb5_data *der,
                                bool *is_read) {
    *is_read = false;
    krb5_error_code code = krb5_decode_ticket(der, &t->opened);
    if (code == 0)
        code = krb5_server_decrypt_ticket_keytab(k->context, k->keytab, t->opened);
    if (code == 0)
        *is_read = read_pac(t, k->context);
    return code;
}

bool ticket_pac_is_of(const struct ticket_pac *t, const struct krb *k, const krb5_creds *tgt) {
    const krb5_enc_tkt_part *in = t->opened->enc_part2;
    /* krb5_timestamp is 32 bits that are meant to be unsigned after 2038. */
    return krb5_principal_compare(k->context, tgt->client, in->client) &&
           in->times.authtime == tgt->times.authtime &&
           (int64_t)(uint32_t)in->times.endtime > clock_wall_s();
}

static struct str str_of_data(const krb5_data *d) { return str_n(d->data, d->length); }

bool ticket_pac_is_allowed(const struct ticket_pac *t, const struct krb *k, const char *user,
                           struct err *e) {
    krb5_const_principal client = t->opened->enc_part2->client;
    return policy_allows_person(k->config, str_of_data(&client->data[0]),
                                str_of_data(&client->realm), &t->pac, e) &&
           deny_groups_allow(k->config, k->denied, &t->pac, user, e);
}

void ticket_pac_close(struct ticket_pac *t, struct krb *k) {
    krb5_free_authdata(k->context, t->raw);
    krb5_free_ticket(k->context, t->opened);
}
