/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/service_ticket.h"

#include <stdlib.h>

static unsigned char *copy(const void *p, size_t n) {
    unsigned char *bytes = malloc(n ? n : 1);
    if (bytes && n)
        memcpy(bytes, p, n);
    return bytes;
}

/* In our own heap: libkrb5's texts are freed by libkrb5. */
static char *name_of(krb5_context context, krb5_const_principal principal) {
    char *text = NULL, *name = NULL;
    if (krb5_unparse_name(context, principal, &text) == 0)
        name = strdup(text);
    krb5_free_unparsed_name(context, text);
    return name;
}

static bool describe(krb5_context context, const krb5_data *der, struct ticket *t) {
    krb5_ticket *ticket;
    if (krb5_decode_ticket(der, &ticket) != 0)
        return false;
    t->ticket_enctype = ticket->enc_part.enctype;
    t->kvno = ticket->enc_part.kvno;
    t->server = name_of(context, ticket->server); /* `creds` has the one asked for, in no realm */
    krb5_free_ticket(context, ticket);
    return true;
}

struct ticket *service_ticket_of(krb5_context context, const krb5_creds *creds, const char *kdc) {
    struct ticket *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->client = name_of(context, creds->client);
    t->kdc = strdup(kdc);
    t->der = copy(creds->ticket.data, creds->ticket.length);
    t->der_size = creds->ticket.length;
    t->enctype = creds->keyblock.enctype;
    t->key = copy(creds->keyblock.contents, creds->keyblock.length);
    t->key_size = t->key ? creds->keyblock.length : 0;
    /* krb5_timestamp is 32 bits that are meant to be unsigned after 2038. */
    t->starts_s = (int64_t)(uint32_t)creds->times.starttime;
    t->ends_s = (int64_t)(uint32_t)creds->times.endtime;
    t->flags = (uint32_t)creds->ticket_flags;
    if (describe(context, &creds->ticket, t) && t->client && t->server && t->kdc && t->der &&
        t->key)
        return t;
    ticket_free(t);
    return NULL;
}
