/* SPDX-License-Identifier: Apache-2.0
 *
 * A KDC's part of a test: a service key in a keytab in memory, and tickets encrypted with it.
 */
#pragma once
#include "kerberos/testing.h"

#include "base/clock.h"
#include "kerberos/ticket.h"

#include <krb5.h>
#include <stdlib.h>

/* Exported by libkrb5 for KDCs, not declared in krb5.h. */
krb5_error_code krb5_encrypt_tkt_part(krb5_context context, const krb5_keyblock *key,
                                      krb5_ticket *ticket);
krb5_error_code encode_krb5_ticket(const krb5_ticket *ticket, krb5_data **out);

enum { KVNO = 3 };

#define ALICE "alice@CORP.EXAMPLE"
#define SERVICE "HTTP/hr.corp.example@CORP.EXAMPLE"
#define KEYTAB "MEMORY:mint_test"

static krb5_context context;
static krb5_keytab keytab;

static inline void must(krb5_error_code code) {
    if (code != 0)
        fail_msg("%s", krb5_get_error_message(context, code));
}

static inline krb5_principal parsed(const char *name) {
    krb5_principal principal;
    must(krb5_parse_name(context, name, &principal));
    return principal;
}

/* A new key of `enctype` for the service, in the keytab. */
static inline void make_service_key(krb5_enctype enctype, krb5_keyblock *key) {
    krb5_keytab_entry entry = {.vno = KVNO};
    must(krb5_c_make_random_key(context, enctype, key));
    entry.principal = parsed(SERVICE);
    entry.key = *key;
    must(krb5_kt_add_entry(context, keytab, &entry));
    krb5_free_principal(context, entry.principal);
}

static inline void forget_service_key(krb5_enctype enctype) {
    krb5_keytab_entry entry = {.vno = KVNO, .principal = parsed(SERVICE)};
    entry.key.enctype = enctype;
    must(krb5_kt_remove_entry(context, keytab, &entry));
    krb5_free_principal(context, entry.principal);
}

static inline unsigned char *copy_of(const void *p, size_t n) {
    unsigned char *bytes = malloc(n);
    assert_non_null(bytes);
    return memcpy(bytes, p, n);
}

/* What a ticket may differ in. */
struct issue {
    const char *service;
    krb5_flags flags;
    int64_t starts_s, ends_s; /* from now */
};

/* What a KDC does: a session key, an EncTicketPart, encrypted with the service's key. */
static inline struct ticket *issue_as(const char *client, const krb5_keyblock *service_key,
                                      const struct issue *as) {
    krb5_keyblock session;
    krb5_data *der;
    int64_t now = clock_wall_s();
    must(krb5_c_make_random_key(context, service_key->enctype, &session));
    krb5_enc_tkt_part part = {
        .flags = as->flags,
        .session = &session,
        .client = parsed(client),
        .transited = {.tr_type = KRB5_DOMAIN_X500_COMPRESS},
        .times = {.authtime = (krb5_timestamp)now,
                  .starttime = (krb5_timestamp)(now + as->starts_s),
                  .endtime = (krb5_timestamp)(now + as->ends_s)},
    };
    krb5_ticket outer = {.server = parsed(as->service), .enc_part2 = &part};
    must(krb5_encrypt_tkt_part(context, service_key, &outer));
    outer.enc_part.kvno = KVNO;
    must(encode_krb5_ticket(&outer, &der));
    struct ticket *t = calloc(1, sizeof *t);
    assert_non_null(t);
    *t = (struct ticket){.client = strdup(client),
                         .server = strdup(as->service),
                         .kdc = strdup(""),
                         .der = copy_of(der->data, der->length),
                         .der_size = der->length,
                         .enctype = session.enctype,
                         .ticket_enctype = service_key->enctype,
                         .kvno = KVNO,
                         .key = copy_of(session.contents, session.length),
                         .key_size = session.length,
                         .starts_s = now + as->starts_s,
                         .ends_s = now + as->ends_s};
    krb5_free_data(context, der);
    krb5_free_data_contents(context, &outer.enc_part.ciphertext);
    krb5_free_principal(context, outer.server);
    krb5_free_principal(context, part.client);
    krb5_free_keyblock_contents(context, &session);
    return t;
}

static inline struct ticket *issue(const char *client, const krb5_keyblock *service_key) {
    static const struct issue USUAL = {
        .service = SERVICE, .flags = TKT_FLG_FORWARDABLE | TKT_FLG_PRE_AUTH, .ends_s = 3600};
    return issue_as(client, service_key, &USUAL);
}
