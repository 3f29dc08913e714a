/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_ask.h"

#include "net/tls_int.h"

#include <openssl/err.h>
#include <stdlib.h>

struct tls_ask_entry {
    char *host;                        /* as tls_names_add wants it */
    STACK_OF(X509_NAME) * authorities; /* empty: the host's clients are not asked */
};

static struct tls_ask_entry *find(const struct tls_asks *t, struct str host) {
    for (unsigned i = 0; i < t->count; i++)
        if (str_eq(str_head(str_of(t->entries[i].host), host.n), host) &&
            t->entries[i].host[host.n] == '\n')
            return &t->entries[i];
    return NULL;
}

static struct tls_ask_entry *add(struct tls_asks *t, struct str host) {
    struct tls_ask_entry *entry = &t->entries[t->count];
    if (asprintf(&entry->host, "%.*s\n", STR_ARG(host)) < 0)
        entry->host = NULL;
    entry->authorities = sk_X509_NAME_new_null();
    t->count++;
    /* Number 0 is for hosts that are none of ours. */
    bool ok = entry->host && entry->authorities && tls_names_add(&t->names, entry->host, t->count);
    return ok ? entry : NULL;
}

bool tls_asks_init(struct tls_asks *t, const struct tls_ask *asks, size_t count, struct err *e) {
    *t = (struct tls_asks){.entries = calloc(count + 1, sizeof *t->entries)};
    if (!t->entries)
        return err_set(e, ERR_NO_MEMORY, "no memory for TLS");
    for (size_t i = 0; i < count; i++) {
        struct tls_ask_entry *entry = find(t, asks[i].host);
        if (!entry && !(entry = add(t, asks[i].host)))
            return err_set(e, ERR_NO_MEMORY, "no memory for TLS");
        ERR_clear_error();
        /* Each subject once, however many files have it. */
        if (asks[i].ca && SSL_add_file_cert_subjects_to_stack(entry->authorities, asks[i].ca) != 1)
            return err_set(e, ERR_CONFIG, "CA file %s: %s", asks[i].ca, tls_reason());
        if (asks[i].ca && sk_X509_NAME_num(entry->authorities) == 0)
            return err_set(e, ERR_CONFIG, "CA file %s: there is no certificate in it", asks[i].ca);
    }
    tls_names_sort(&t->names);
    return true;
}

void tls_asks_fini(struct tls_asks *t) {
    for (unsigned i = 0; i < t->count; i++) {
        free(t->entries[i].host);
        sk_X509_NAME_pop_free(t->entries[i].authorities, X509_NAME_free);
    }
    free(t->entries);
    tls_names_fini(&t->names);
    *t = (struct tls_asks){0};
}

/* Whether anybody vouches for it is found out later, off the loop, and told on a page. */
static int take_any(X509_STORE_CTX *ctx, void *arg) {
    (void)ctx, (void)arg;
    return 1;
}

void tls_asks_prepare(SSL_CTX *ctx) { SSL_CTX_set_cert_verify_callback(ctx, take_any, NULL); }

bool tls_asks_apply(const struct tls_asks *t, SSL *ssl, struct str name) {
    unsigned number = tls_names_find(&t->names, name);
    if (number == 0 || sk_X509_NAME_num(t->entries[number - 1].authorities) == 0)
        return true;
    STACK_OF(X509_NAME) *names = SSL_dup_CA_list(t->entries[number - 1].authorities);
    if (!names)
        return false;
    SSL_set0_CA_list(ssl, names);
    SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, NULL);
    SSL_set_max_cert_list(ssl, TLS_PEER_BYTES_MAX);
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    return SSL_set_num_tickets(ssl, 0) == 1;
}

/* As DER in the arena. */
static bool copy(X509 *x, struct arena *a, struct str *out) {
    int size = i2d_X509(x, NULL);
    unsigned char *der = size > 0 ? arena_alloc(a, (size_t)size) : NULL;
    *out = str_n((const char *)der, der ? (size_t)size : 0);
    return der && i2d_X509(x, &der) == size;
}

size_t tls_peer(const struct tls *t, struct arena *a, struct str chain[TLS_PEER_MAX]) {
    SSL *ssl = tls_ssl(t);
    X509 *own = SSL_get0_peer_certificate(ssl);
    const STACK_OF(X509) *more = SSL_get_peer_cert_chain(ssl); /* of a client, without its own */
    size_t n = 1;
    if (!own || !SSL_is_server(ssl) || !copy(own, a, &chain[0]))
        return 0;
    for (int i = 0; i < sk_X509_num(more) && n < TLS_PEER_MAX; i++, n++)
        if (!copy(sk_X509_value(more, i), a, &chain[n]))
            return 0;
    return n;
}
