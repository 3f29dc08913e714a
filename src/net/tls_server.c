/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_ask.h"
#include "net/tls_int.h"
#include "net/tls_names.h"
#include "net/tls_ticket.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdlib.h>

/* Mozilla's "intermediate" list without its finite-field suites: forward secrecy and an AEAD
 * always, so that HTTP/2 may be spoken over each (RFC 9113 9.2.2). AES-128 first, which costs
 * least; who has no AES in hardware puts ChaCha20 first, and gets it. */
static const char SUITES_12[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char SUITES_13[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
/* The first needs OpenSSL 3.5. */
static const char *const GROUPS[] = {"X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384"};

static const unsigned char PROTOCOLS[] = "\x02h2\x08http/1.1";
enum { H2_SIZE = 3 };

/* A certificate for each kind of key, all for the same names. */
struct tls_set {
    SSL_CTX *ctx;
    char *names; /* tls_names_of */
};

struct tls_server {
    struct tls_set *sets; /* the first is for whoever asks for a name that nobody has */
    unsigned count;
    struct tls_names names;
    struct tls_asks asks;
    struct tls_tickets tickets;
    bool has_http2;
};

/* A key with a passphrase is refused: nobody is there to type it. */
// NOLINTNEXTLINE(readability-non-const-parameter): because pem_password_cb says so
static int no_passphrase(char *to, int size, int is_writing, void *arg) {
    (void)to, (void)size, (void)is_writing, (void)arg;
    return -1;
}

static const struct tls_server *server_of(const SSL *ssl) {
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* ALPN (RFC 7301): a client that offers only what we do not speak is refused. */
static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                       const unsigned char *in, unsigned in_size, void *arg) {
    size_t skipped = server_of(ssl)->has_http2 ? 0 : H2_SIZE;
    (void)arg;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_size, PROTOCOLS + skipped,
                              (unsigned)(sizeof PROTOCOLS - 1 - skipped), in,
                              in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* The one host name of the extension (RFC 6066 3). What is not well-formed is none here, and
 * refused when OpenSSL comes to it. */
static struct str asked_name(SSL *ssl) {
    const unsigned char *p;
    size_t n;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) != 1 || n < 5 ||
        (size_t)(p[0] << 8 | p[1]) != n - 2 || p[2] != TLSEXT_NAMETYPE_host_name ||
        (size_t)(p[3] << 8 | p[4]) != n - 5)
        return STR_NONE;
    return str_n((const char *)p + 5, n - 5);
}

/* A session is for the name it was made for, and so for that name's certificate: it is not resumed
 * for another, where the client would take us for somebody else (CVE-2025-23419). */
static bool bind_session(SSL *ssl, struct str name) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char lower[TLS_NAME_MAX + 1];
    name = str_head(name, sizeof lower);
    for (size_t i = 0; i < name.n; i++)
        lower[i] = str_lower(name.p[i]);
    return SHA256((const unsigned char *)lower, name.n, digest) &&
           SSL_set_session_id_context(ssl, digest, sizeof digest) == 1;
}

/* The first thing OpenSSL does with a ClientHello: later, at its callback for the name, it has
 * already decided whether a session is resumed. */
static int on_hello(SSL *ssl, int *alert, void *arg) {
    const struct tls_server *t = arg;
    struct str name = asked_name(ssl);
    const struct tls_set *set = &t->sets[tls_names_find(&t->names, name)];
    if (bind_session(ssl, name) && SSL_set_SSL_CTX(ssl, set->ctx) &&
        tls_asks_apply(&t->asks, ssl, name))
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
}

/* Tells the client that its name was used; without it a resumed session would not know the name. */
// NOLINTNEXTLINE(readability-non-const-parameter): because OpenSSL's type says so
static int on_name(SSL *ssl, int *alert, void *arg) {
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int is_sealing) {
    struct tls_server *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    return tls_tickets_use(&t->tickets, name, iv, cipher, mac, is_sealing);
}

static void set_sessions(SSL_CTX *ctx) {
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ctx, TLS_TICKET_S);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
    /* Each resumption brings another one. Browsers need no more for the one connection of HTTP/2,
     * and every further one is a record that most clients never use. */
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_max_early_data(ctx, 0); /* what can be replayed is not taken (RFC 8446 8) */
}

static SSL_CTX *server_context(struct tls_server *t) {
    SSL_CTX *ctx = tls_context(TLS_server_method());
    if (!ctx)
        return NULL;
    SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    /* One read(2) for all records that have come, instead of two for each. */
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_app_data(ctx, t);
    SSL_CTX_set_client_hello_cb(ctx, on_hello, t);
    SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
    tls_asks_prepare(ctx);
    set_sessions(ctx);
    bool has_groups = SSL_CTX_set1_groups_list(ctx, GROUPS[0]) == 1 ||
                      SSL_CTX_set1_groups_list(ctx, GROUPS[1]) == 1;
    ERR_clear_error(); /* of a group that this OpenSSL does not know */
    if (has_groups && SSL_CTX_set_cipher_list(ctx, SUITES_12) == 1 &&
        SSL_CTX_set_ciphersuites(ctx, SUITES_13) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* A context of this pair alone. */
static SSL_CTX *load(struct tls_server *t, const struct tls_pair *pair, struct err *e) {
    ERR_clear_error();
    SSL_CTX *ctx = server_context(t);
    if (!ctx) {
        err_set(e, ERR_NO_MEMORY, "TLS: %s", tls_reason());
    } else if (SSL_CTX_use_certificate_chain_file(ctx, pair->certificate) != 1) {
        err_set(e, ERR_CONFIG, "certificate %s: %s", pair->certificate, tls_reason());
    } else if (SSL_CTX_use_PrivateKey_file(ctx, pair->key, SSL_FILETYPE_PEM) != 1 ||
               SSL_CTX_check_private_key(ctx) != 1) {
        err_set(e, ERR_CONFIG, "private key %s: %s", pair->key, tls_reason());
    } else {
        return ctx;
    }
    SSL_CTX_free(ctx);
    return NULL;
}

/* Beside what `set` has, when that is of another kind of key. */
static bool join(struct tls_set *set, const SSL_CTX *from, const struct tls_pair *pair,
                 struct err *e) {
    STACK_OF(X509) *chain = NULL;
    SSL_CTX_get0_chain_certs((SSL_CTX *)from, &chain);
    if (SSL_CTX_use_cert_and_key(set->ctx, SSL_CTX_get0_certificate(from),
                                 SSL_CTX_get0_privatekey(from), chain, 0) == 1)
        return true;
    err_set(e, ERR_CONFIG,
            "certificate %s: another one of the same listener is for the same names "
            "and has the same kind of key",
            pair->certificate);
    err_hint(e, "Take one of the two out of gateway.listen: it would never be used");
    return false;
}

/* Takes `ctx` and `names` as a set of its own, or into the one that has these names. */
static bool place(struct tls_server *t, SSL_CTX *ctx, char *names, const struct tls_pair *pair,
                  struct err *e) {
    for (unsigned i = 0; i < t->count; i++) {
        if (strcmp(t->sets[i].names, names) != 0)
            continue;
        bool ok = join(&t->sets[i], ctx, pair, e);
        SSL_CTX_free(ctx);
        free(names);
        return ok;
    }
    t->sets[t->count] = (struct tls_set){ctx, names};
    if (!tls_names_add(&t->names, names, t->count++))
        return err_set(e, ERR_NO_MEMORY, "no memory for the names of %s", pair->certificate);
    return true;
}

static bool add(struct tls_server *t, const struct tls_pair *pair, struct err *e) {
    SSL_CTX *ctx = load(t, pair, e);
    if (!ctx)
        return false;
    char *names = tls_names_of(SSL_CTX_get0_certificate(ctx));
    if (names)
        return place(t, ctx, names, pair, e);
    SSL_CTX_free(ctx);
    return err_set(e, ERR_NO_MEMORY, "no memory for the names of %s", pair->certificate);
}

struct tls_server *tls_server_new(const struct tls_server_options *o, struct err *e) {
    struct tls_server *t = calloc(1, sizeof *t);
    if (t)
        t->sets = calloc(o->pair_count, sizeof *t->sets);
    bool ok = t && tls_tickets_init(&t->tickets) && t->sets;
    if (!ok)
        err_set(e, ERR_NO_MEMORY, "no memory for TLS");
    else
        t->has_http2 = o->has_http2;
    for (size_t i = 0; ok && i < o->pair_count; i++)
        ok = add(t, &o->pairs[i], e);
    ok = ok && tls_asks_init(&t->asks, o->asks, o->ask_count, e);
    if (ok) {
        tls_names_sort(&t->names);
        return t;
    }
    tls_server_free(t);
    return NULL;
}

void tls_server_free(struct tls_server *t) {
    if (!t)
        return;
    for (unsigned i = 0; i < t->count; i++) {
        SSL_CTX_free(t->sets[i].ctx);
        free(t->sets[i].names);
    }
    free(t->sets);
    tls_names_fini(&t->names);
    tls_asks_fini(&t->asks);
    tls_tickets_fini(&t->tickets);
    free(t);
}

struct tls *tls_accept(struct tls_server *server, int fd) {
    SSL *ssl = server ? SSL_new(server->sets[0].ctx) : NULL;
    if (ssl && SSL_set_fd(ssl, fd) == 1) {
        SSL_set_accept_state(ssl);
        return (struct tls *)(void *)ssl;
    }
    SSL_free(ssl);
    return NULL;
}

struct str tls_server_name(const struct tls *t) {
    return str_of(SSL_get_servername(tls_ssl(t), TLSEXT_NAMETYPE_host_name));
}

bool tls_serves_name(const struct tls *t, struct str host) {
    const SSL *ssl = tls_ssl(t);
    const struct tls_server *s = server_of(ssl);
    return s && s->sets[tls_names_find(&s->names, host)].ctx == SSL_get_SSL_CTX(ssl);
}
