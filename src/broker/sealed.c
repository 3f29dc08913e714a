/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/sealed.h"

#include "base/secret.h"
#include "broker/seal.h"

#include <stdlib.h>

/* Calls `use` with the sealing keys that go with our account's own, until it answers true: a keytab
 * may hold keys that other hosts have, too. */
static bool with_keys(struct krb *k, bool (*use)(void *user, const unsigned char *key),
                      void *user) {
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    unsigned char key[SEAL_KEY_SIZE];
    bool is_done = false;
    if (krb5_kt_start_seq_get(k->context, k->keytab, &cursor) != 0)
        return false;
    while (!is_done && krb5_kt_next_entry(k->context, k->keytab, &entry, &cursor) == 0) {
        struct str secret = str_n((const char *)entry.key.contents, entry.key.length);
        bool is_ours = krb5_principal_compare(k->context, entry.principal, k->self);
        is_done = is_ours && seal_key(secret, key) && use(user, key);
        krb5_free_keytab_entry_contents(k->context, &entry);
    }
    krb5_kt_end_seq_get(k->context, k->keytab, &cursor);
    secret_wipe(key, sizeof key);
    return is_done;
}

struct sealing {
    struct str in;
    struct buf out;
};

static bool close_with(void *user, const unsigned char *key) {
    struct sealing *s = user;
    return seal_close(&s->out, key, s->in);
}

static bool open_with(void *user, const unsigned char *key) {
    struct sealing *s = user;
    return seal_open(&s->out, key, s->in);
}

bool sealed_reply(struct krb *k, struct str plain, int64_t ends_s, struct broker_reply *r) {
    struct sealing s = {.in = plain};
    buf_init(&s.out, BROKER_OWN_MAX);
    bool is_sealed = with_keys(k, close_with, &s);
    r->own = is_sealed ? malloc(buf_size(&s.out)) : NULL;
    if (r->own) {
        r->own_size = buf_size(&s.out);
        memcpy(r->own, buf_str(&s.out).p, r->own_size);
        r->own_ends_s = ends_s;
    }
    buf_fini(&s.out);
    return r->own;
}

bool sealed_open(struct krb *k, struct str sealed, struct buf *out) {
    struct sealing s = {.in = sealed, .out = *out};
    bool is_open = with_keys(k, open_with, &s);
    *out = s.out;
    return is_open;
}
