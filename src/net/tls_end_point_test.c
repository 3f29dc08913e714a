/* SPDX-License-Identifier: Apache-2.0
 *
 * By which hash a certificate names the end of a connection (RFC 5929 4.1), rule by rule.
 */
#include "net/tls_testing.h"

static char folder[] = "/tmp/tls_end_point_test.XXXXXX";

/* A key, and what its certificate is signed with. */
static const struct row {
    const char *name, *key;
    const EVP_MD *(*signed_by)(void);
    bool is_pss;
    const EVP_MD *(*hash)(void); /* NULL: none is defined */
} ROWS[] = {
    {"SHA-1 becomes SHA-256", "EC", EVP_sha1, false, EVP_sha256},
    {"SHA-256", "EC", EVP_sha256, false, EVP_sha256},
    {"SHA-384", "EC", EVP_sha384, false, EVP_sha384},
    {"SHA-512", "EC", EVP_sha512, false, EVP_sha512},
    {"RSA", "RSA", EVP_sha384, false, EVP_sha384},
    {"RSA-PSS, whose hash is in its parameters", "RSA", EVP_sha512, true, EVP_sha512},
    {"Ed25519, which has none", "ED25519", NULL, false, NULL},
};

static EVP_PKEY *key_of(const char *kind) {
    return strcmp(kind, "EC") == 0 ? EVP_EC_gen("P-256")
                                   : EVP_PKEY_Q_keygen(NULL, NULL, kind, (size_t)2048);
}

static void sign(X509 *x509, EVP_PKEY *key, const struct row *row) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;
    assert_int_equal(
        EVP_DigestSignInit(ctx, &how, row->signed_by ? row->signed_by() : NULL, NULL, key), 1);
    if (row->is_pss)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
    assert_true(X509_sign_ctx(x509, ctx) > 0);
    EVP_MD_CTX_free(ctx);
}

static struct certificate made(const struct row *row) {
    struct certificate c = {.key = key_of(row->key), .x509 = X509_new()};
    assert_true(c.key && c.x509);
    X509_set_version(c.x509, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(c.x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(c.x509), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)"a", -1, -1, 0);
    X509_set_issuer_name(c.x509, X509_get_subject_name(c.x509));
    X509_set_pubkey(c.x509, c.key);
    certificate_extend(c.x509, c.x509, NID_subject_alt_name, "DNS:a.example");
    sign(c.x509, c.key, row);
    certificate_write(&c, folder, "certificate");
    return c;
}

/* Our end of a connection to a server with this certificate, the handshake over. */
static void check(const struct row *row) {
    unsigned char got[TLS_END_POINT_MAX], shown[TLS_END_POINT_MAX], wanted[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int fds[2];
    struct err e;
    struct certificate c = made(row);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(ctx, 0);
    assert_true(SSL_CTX_use_certificate(ctx, c.x509) && SSL_CTX_use_PrivateKey(ctx, c.key));
    struct tls_client *trust = tls_client_new(c.file, &e);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    SSL *server = SSL_new(ctx);
    assert_true(trust && server && SSL_set_fd(server, fds[1]));
    struct tls *ours = tls_connect(trust, fds[0], "a.example");
    assert_int_equal(tls_end_point(ours, got), 0);
    ssize_t done = TLS_NEEDS_READ;
    for (int i = 0; i < 8 && done != 1; i++) {
        done = tls_handshake(ours);
        (void)SSL_accept(server);
    }
    if (done != 1)
        fail_msg("%s: no handshake: %d", row->name, (int)done);
    size_t n = tls_end_point(ours, got);
    size_t theirs = tls_own_end_point((const struct tls *)(void *)server, shown);
    if (theirs != n || memcmp(shown, got, n) != 0)
        fail_msg("%s: the server itself has another hash", row->name);
    if (row->hash)
        X509_digest(c.x509, row->hash(), wanted, &size);
    if (n != size || memcmp(got, wanted, n) != 0)
        fail_msg("%s: another hash, of %zu bytes", row->name, n);
    assert_int_equal(tls_handshake(ours), 1);
    tls_free(ours);
    SSL_free(server);
    SSL_CTX_free(ctx);
    tls_client_free(trust);
    certificate_remove(&c);
    close(fds[0]);
    close(fds[1]);
}

static void each_signature_has_its_hash(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(&ROWS[i]);
}

static int start(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_signature_has_its_hash)};
    return cmocka_run_group_tests(tests, start, end);
}
