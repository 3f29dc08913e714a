/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client_ticket.h"

#include "broker/sealed.h"

#include <stdlib.h>

/* In front, so that it is never taken for credentials, which begin with their version. */
enum { MARK = 'E' };

bool client_ticket_seal(struct krb *k, struct str ticket, int64_t ends_s, struct broker_reply *r) {
    struct buf plain;
    buf_init(&plain, BROKER_OWN_MAX);
    buf_add_byte(&plain, MARK);
    buf_add(&plain, str_of(r->principal));
    buf_add_byte(&plain, '\0');
    buf_add(&plain, ticket);
    bool is_sealed = !plain.failed && sealed_reply(k, buf_str(&plain), ends_s, r);
    buf_fini(&plain);
    return is_sealed;
}

static krb5_creds *creds_of(struct str ticket) {
    krb5_creds *creds = calloc(1, sizeof *creds);
    if (creds && ticket.n > 0)
        creds->ticket.data = malloc(ticket.n);
    if (!creds || !creds->ticket.data) {
        free(creds);
        return NULL;
    }
    memcpy(creds->ticket.data, ticket.p, ticket.n);
    creds->ticket.length = (unsigned)ticket.n;
    return creds;
}

static krb5_creds *read_plain(struct str plain, struct str principal, struct err *e) {
    bool is_one = plain.n > 0 && plain.p[0] == MARK;
    struct str rest = str_from(plain, is_one);
    size_t end = str_index(rest, '\0');
    struct str name = str_head(rest, end);
    if (!is_one || end == rest.n) {
        err_set(e, ERR_SIGN_IN_REQUIRED, "what the session of %.*s keeps is not a ticket to us",
                STR_ARG(principal));
        return NULL;
    }
    if (!str_eq(name, principal)) {
        err_set(e, ERR_KRB_WRONG_CLIENT, "asked with the ticket of %.*s for a ticket of %.*s",
                STR_ARG(name), STR_ARG(principal));
        return NULL;
    }
    krb5_creds *creds = creds_of(str_from(rest, end + 1));
    if (!creds)
        err_set(e, ERR_NO_MEMORY, "no memory for a ticket");
    return creds;
}

krb5_creds *client_ticket_open(struct krb *k, struct str sealed, struct str principal,
                               struct err *e) {
    struct buf plain;
    krb5_creds *creds = NULL;
    buf_init_secret(&plain, BROKER_OWN_MAX);
    if (sealed_open(k, sealed, &plain)) {
        creds = read_plain(buf_str(&plain), principal, e);
    } else {
        err_set(e, ERR_SIGN_IN_REQUIRED,
                "the ticket that %.*s signed in with was sealed with a key that the keytab does "
                "not hold any more",
                STR_ARG(principal));
        err_hint(e, "Signing in again gives a new one.");
    }
    buf_fini(&plain);
    return creds;
}
