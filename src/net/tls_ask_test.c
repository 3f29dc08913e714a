/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is asked for a certificate, with clients that are not ours and show whatever they like.
 */
#include "net/tls_testing.h"

#include <signal.h>

struct place {
    char folder[40];
    struct certificate ours, first_ca, second_ca, person, stranger;
    struct tls_server *server;
    SSL_CTX *ctx;
};

static int place_make(void **state) {
    struct err e = {0};
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->folder, sizeof p->folder, "/tmp/tls_ask_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->ours = certificate_make(NULL, p->folder, "ours", "DNS:*.example,DNS:*.w.example", 3600);
    p->first_ca = certificate_make(NULL, p->folder, "first-ca", NULL, 3600);
    p->second_ca = certificate_make(NULL, p->folder, "second-ca", NULL, 3600);
    p->person = certificate_make(&p->first_ca, p->folder, "person", NULL, 3600);
    p->stranger = certificate_make(NULL, p->folder, "stranger", NULL, -3600);
    struct tls_pair pair = {p->ours.file, p->ours.key_file};
    struct tls_ask asks[] = {
        {STR("a.example"), p->first_ca.file},
        {STR("a.example"), NULL},
        {STR("two.example"), p->first_ca.file},
        {STR("two.example"), p->second_ca.file},
        {STR("*.w.example"), p->first_ca.file},
        {STR("not.w.example"), NULL},
        {STR("b.example"), NULL},
    };
    struct tls_server_options o = {.pairs = &pair,
                                   .pair_count = 1,
                                   .asks = asks,
                                   .ask_count = sizeof asks / sizeof *asks,
                                   .has_http2 = true};
    p->server = tls_server_new(&o, &e);
    p->ctx = SSL_CTX_new(TLS_client_method());
    assert_true(p->server && p->ctx);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    struct certificate *all[] = {&p->ours, &p->first_ca, &p->second_ca, &p->person, &p->stranger};
    tls_server_free(p->server);
    SSL_CTX_free(p->ctx);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        certificate_remove(all[i]);
    int code = rmdir(p->folder);
    free(p);
    return code;
}

static int asked_for; /* authorities that were named; -1: not asked */
static const struct certificate *shown;

static int on_asked(SSL *ssl, X509 **x, EVP_PKEY **key) {
    asked_for = sk_X509_NAME_num(SSL_get0_peer_CA_list(ssl));
    if (!shown)
        return 0;
    *x = shown->x509;
    *key = shown->key;
    X509_up_ref(*x);
    EVP_PKEY_up_ref(*key);
    return 1;
}

/* A handshake for `name` by a client that would show `who`; how many certificates came. */
static size_t visit(struct place *p, const char *name, int version, const struct certificate *who) {
    struct str chain[TLS_PEER_MAX];
    struct arena a;
    arena_init(&a, 1 << 16);
    asked_for = -1;
    shown = who;
    SSL_CTX_set_client_cert_cb(p->ctx, on_asked);
    struct foreign f = foreign_make(p->ctx, p->server, name);
    SSL_set_max_proto_version(f.ssl, version);
    SSL_set_min_proto_version(f.ssl, version);
    assert_true(foreign_shake(&f));
    size_t n = tls_peer(f.ours, &a, chain);
    if (n > 0) {
        const unsigned char *der = (const unsigned char *)chain[0].p;
        X509 *x = d2i_X509(NULL, &der, (long)chain[0].n);
        assert_int_equal(X509_cmp(x, who->x509), 0);
        X509_free(x);
    }
    foreign_end(&f);
    arena_fini(&a);
    return n;
}

static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void only_hosts_that_want_a_certificate_ask_for_one(void **state) {
    static const struct {
        const char *name;
        int authorities; /* -1: not asked */
    } rows[] = {
        {"a.example", 1},   {"A.Example", 1},      {"two.example", 2},
        {"x.w.example", 1}, {"not.w.example", -1}, {"b.example", -1},
        {"c.example", -1},  {"x.y.w.example", -1}, {NULL, -1},
    };
    for (size_t v = 0; v < 2; v++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct place *p = *state;
            size_t came = visit(p, rows[i].name, VERSIONS[v], &p->person);
            assert_int_equal(asked_for, rows[i].authorities);
            assert_int_equal(came, rows[i].authorities > 0);
        }
}

static void whoever_shows_none_or_one_of_a_stranger_comes_in_all_the_same(void **state) {
    struct place *p = *state;
    for (size_t v = 0; v < 2; v++) {
        assert_int_equal(visit(p, "a.example", VERSIONS[v], NULL), 0);
        assert_int_equal(visit(p, "a.example", VERSIONS[v], &p->stranger), 1);
    }
}

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

static void nobody_who_was_asked_is_given_a_session_to_resume(void **state) {
    struct place *p = *state;
    SSL_CTX_set_session_cache_mode(p->ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(p->ctx, keep);
    for (size_t v = 0; v < 2; v++) {
        visit(p, "b.example", VERSIONS[v], &p->person);
        assert_non_null(kept);
        SSL_SESSION_free(kept);
        kept = NULL;
        visit(p, "a.example", VERSIONS[v], &p->person);
        assert_true(!kept || !SSL_SESSION_is_resumable(kept) || !SSL_SESSION_has_ticket(kept));
        SSL_SESSION_free(kept);
        kept = NULL;
    }
}

static void a_file_without_an_authority_is_named(void **state) {
    struct place *p = *state;
    struct err e = {0};
    struct tls_pair pair = {p->ours.file, p->ours.key_file};
    struct tls_ask ask = {STR("a.example"), p->ours.key_file};
    struct tls_server_options o = {.pairs = &pair, .pair_count = 1, .asks = &ask, .ask_count = 1};
    assert_null(tls_server_new(&o, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.detail, p->ours.key_file));
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_hosts_that_want_a_certificate_ask_for_one),
        cmocka_unit_test(whoever_shows_none_or_one_of_a_stranger_comes_in_all_the_same),
        cmocka_unit_test(nobody_who_was_asked_is_given_a_session_to_resume),
        cmocka_unit_test(a_file_without_an_authority_is_named),
    };
    return cmocka_run_group_tests(tests, place_make, place_remove);
}
