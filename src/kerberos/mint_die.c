/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint_die.h"

#include "base/encode.h"
#include "base/secret.h"

#include <errno.h>
#include <stdlib.h>

enum {
    AROUND_MAX = 16,             /* the ticket: identifier and length of its field */
    KEYED_SIZE = 2 * 1024 + 512, /* OpenSSL's contexts, libkrb5's key, and who it is for */
};

static void put_string(struct der_writer *w, const krb5_data *s) {
    size_t rest = der_written(w).n;
    der_put(w, str_n(s->data, s->length));
    der_wrap(w, DER_STRING, rest);
}

/* PrincipalName (RFC 4120 5.2.2). */
static void put_name(struct der_writer *w, krb5_const_principal p) {
    size_t rest = der_written(w).n;
    for (krb5_int32 i = p->length; i-- > 0;)
        put_string(w, &p->data[i]);
    der_wrap(w, DER_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(1), rest);
    der_put_int_field(w, 0, p->type);
    der_wrap(w, DER_SEQUENCE, rest);
    der_wrap(w, DER_FIELD(2), rest);
}

static bool keep(char **to, size_t *size, const struct der_writer *w) {
    struct str s = der_written(w);
    *to = w->failed ? NULL : malloc(s.n);
    *size = s.n;
    if (*to)
        memcpy(*to, s.p, s.n);
    return *to;
}

/* Version, realm and name. */
static krb5_error_code cut_who(struct mint_die *d, krb5_const_principal client) {
    char memory[MINT_WHO_MAX];
    struct der_writer w = der_writer(memory, sizeof memory);
    put_name(&w, client);
    size_t rest = der_written(&w).n;
    put_string(&w, &client->realm);
    der_wrap(&w, DER_FIELD(1), rest);
    der_put_int_field(&w, 0, KERBEROS_VERSION);
    return keep(&d->who, &d->who_size, &w) ? 0 : w.failed ? KRB5_PARSE_MALFORMED : ENOMEM;
}

/* The ticket as it came. */
static krb5_error_code cut_ticket(struct mint_die *d, const struct ticket *t) {
    char *memory = malloc(t->der_size + AROUND_MAX);
    if (!memory)
        return ENOMEM;
    struct der_writer w = der_writer(memory, t->der_size + AROUND_MAX);
    der_put(&w, str_n((const char *)t->der, t->der_size));
    der_wrap(&w, DER_FIELD(3), 0);
    bool is_kept = keep(&d->ticket, &d->ticket_size, &w);
    free(memory);
    return is_kept ? 0 : ENOMEM;
}

static krb5_error_code check_ticket(krb5_context context, const struct ticket *t) {
    krb5_data der = {.length = (unsigned)t->der_size, .data = (char *)t->der};
    krb5_ticket *read = NULL;
    krb5_error_code code = krb5_decode_ticket(&der, &read);
    krb5_free_ticket(context, read);
    return code;
}

krb5_error_code mint_die_cut(struct mint_die *d, struct mint *m, const struct ticket *t) {
    krb5_keyblock key = {
        .enctype = t->enctype, .length = (unsigned)t->key_size, .contents = t->key};
    krb5_principal client = NULL;
    d->context = m->context;
    d->enctype = t->enctype;
    krb5_error_code code = krb5_c_keylengths(m->context, t->enctype, &d->seed_size, &d->key_size);
    if (code == 0 && d->key_size != t->key_size)
        code = KRB5_BAD_KEYSIZE;
    if (code == 0)
        code = check_ticket(m->context, t);
    if (code == 0) /* there is no default realm */
        code = krb5_parse_name_flags(m->context, t->client, KRB5_PRINCIPAL_PARSE_REQUIRE_REALM,
                                     &client);
    if (code == 0)
        code = cut_who(d, client);
    if (code == 0)
        code = cut_ticket(d, t);
    if (code == 0)
        code = krb5_k_create_key(m->context, &key, &d->key);
    if (code == 0)
        mint_cipher_derive(&m->cipher, t->enctype, str_n((const char *)t->key, t->key_size),
                           &d->keys);
    krb5_free_principal(m->context, client);
    return code;
}

struct str mint_die_text(struct mint_die *d, size_t skip) {
    struct str field = str_from(str_n(d->ticket, d->ticket_size), skip);
    if (d->text && d->text_skip == skip)
        return str_n(d->text, d->text_size);
    struct buf text;
    buf_init(&text, field.n / 3 * 4);
    encode_base64(&text, str_head(field, field.n / 3 * 3));
    free(d->text);
    d->text_skip = skip;
    d->text_size = buf_size(&text);
    d->text = malloc(d->text_size);
    if (d->text)
        memcpy(d->text, buf_str(&text).p, d->text_size);
    buf_fini(&text);
    return d->text ? str_n(d->text, d->text_size) : STR_NONE;
}

size_t mint_die_size(const struct ticket *t) {
    size_t field = t->der_size + AROUND_MAX;
    return sizeof(struct mint_die) + KEYED_SIZE + field + field / 3 * 4;
}

void mint_die_free(struct mint_die *d) {
    if (!d)
        return;
    krb5_k_free_key(d->context, d->key);
    mint_keys_fini(&d->keys);
    free(d->ticket);
    free(d->text);
    free(d->who);
    free(d);
}
