/* SPDX-License-Identifier: Apache-2.0
 *
 * What the server side gives to whom, and whom it refuses: clients that are not ours, over a socket
 * pair turned by hand.
 */
#include "net/tls.h"

#include "net/tls_testing.h"

#include <signal.h>

struct place {
    char folder[40];
    struct certificate first, hr, hr_rsa, wild, same, bare;
    struct tls_server *server, *server_http1;
    SSL_CTX *ctx;
};

static int place_make(void **state) {
    struct err e = {0};
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->folder, sizeof p->folder, "/tmp/tls_server_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    p->first = certificate_make(NULL, p->folder, "first", "DNS:first.example", 3600);
    p->hr = certificate_make(NULL, p->folder, "hr", "DNS:hr.example,DNS:a.wild.example", 3600);
    p->hr_rsa = certificate_of_key(rsa, NULL, p->folder, "hr_rsa",
                                   "DNS:a.wild.example,DNS:HR.example", 3600);
    p->wild = certificate_make(NULL, p->folder, "wild", "DNS:*.wild.example", 3600);
    p->same = certificate_make(NULL, p->folder, "same", "DNS:hr.example,DNS:a.wild.example", 3600);
    p->bare = certificate_make(NULL, p->folder, "bare.example", NULL, 3600);
    const struct certificate *const all[] = {&p->first, &p->wild,   &p->hr,
                                             &p->bare,  &p->hr_rsa, NULL};
    p->server = certificate_server(all, true, &e);
    p->server_http1 = certificate_server(all, false, &e);
    p->ctx = SSL_CTX_new(TLS_client_method());
    if (!p->server || !p->server_http1 || !p->ctx)
        fail_msg("%s", e.detail);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    tls_server_free(p->server);
    tls_server_free(p->server_http1);
    SSL_CTX_free(p->ctx);
    certificate_remove(&p->first);
    certificate_remove(&p->hr);
    certificate_remove(&p->hr_rsa);
    certificate_remove(&p->wild);
    certificate_remove(&p->same);
    certificate_remove(&p->bare);
    int code = rmdir(p->folder);
    free(p);
    return code;
}

struct name_row {
    const char *asked; /* NULL: nothing */
    const struct certificate *given;
    const char *served, *not_served; /* other names for this connection */
};

static void check_name(struct place *p, const struct name_row *row, int version) {
    struct foreign f = foreign_make(p->ctx, p->server, row->asked);
    SSL_set_max_proto_version(f.ssl, version);
    if (!foreign_shake(&f))
        fail_msg("%s: refused", row->asked);
    if (X509_cmp(SSL_get0_peer_certificate(f.ssl), row->given->x509) != 0)
        fail_msg("%s: another certificate", row->asked);
    assert_true(str_eq(tls_server_name(f.ours), str_of(row->asked)));
    assert_true(tls_serves_name(f.ours, str_of(row->asked)));
    assert_true(tls_serves_name(f.ours, str_of(row->served)));
    assert_false(tls_serves_name(f.ours, str_of(row->not_served)));
    foreign_end(&f);
}

static void the_name_asked_for_chooses_the_certificate(void **state) {
    struct place *p = *state;
    const struct name_row rows[] = {
        {"first.example", &p->first, "unknown.example", "hr.example"},
        {"hr.example", &p->hr, "a.wild.example", "first.example"},
        {"HR.Example", &p->hr, "hr.example.", "b.wild.example"},
        {"a.wild.example", &p->hr, "hr.example", "b.wild.example"},
        {"b.wild.example", &p->wild, "c.wild.example", "a.wild.example"},
        {"a.b.wild.example", &p->first, "first.example", "b.wild.example"},
        {"bare.example", &p->first, "127.0.0.1", "hr.example"},
        {"unknown.example", &p->first, "", "hr.example"},
        {NULL, &p->first, "first.example", "hr.example"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_name(p, &rows[i], TLS1_2_VERSION);
        check_name(p, &rows[i], TLS1_3_VERSION);
    }
}

static void the_client_chooses_the_kind_of_key(void **state) {
    struct place *p = *state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        for (int is_rsa = 0; is_rsa < 2; is_rsa++) {
            struct foreign f = foreign_make(p->ctx, p->server, "hr.example");
            SSL_set_max_proto_version(f.ssl, version);
            SSL_set1_sigalgs_list(f.ssl, is_rsa ? "RSA-PSS+SHA256" : "ECDSA+SHA256");
            assert_true(foreign_shake(&f));
            assert_int_equal(
                X509_cmp(SSL_get0_peer_certificate(f.ssl), is_rsa ? p->hr_rsa.x509 : p->hr.x509),
                0);
            assert_true(tls_serves_name(f.ours, STR("hr.example")));
            foreign_end(&f);
        }
    }
}

static void check_refused(const struct tls_pair *pairs, const char *words) {
    struct err e = {0};
    assert_null(tls_server_new(&(struct tls_server_options){.pairs = pairs, .pair_count = 3}, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    if (!strstr(e.detail, words))
        fail_msg("%s", e.detail);
}

static void a_certificate_that_would_never_be_used_is_refused(void **state) {
    struct place *p = *state;
    struct tls_pair pairs[] = {{p->first.file, p->first.key_file},
                               {p->hr.file, p->hr.key_file},
                               {p->same.file, p->same.key_file}};
    check_refused(pairs, "same.pem: another one of the same listener is for the same names");
}

static void the_key_of_another_pair_does_not_stand_in(void **state) {
    struct place *p = *state;
    struct tls_pair pairs[] = {{p->first.file, p->first.key_file},
                               {p->hr_rsa.file, p->hr_rsa.key_file},
                               {p->hr.file, p->hr_rsa.key_file}};
    check_refused(pairs, "private key ");
}

struct protocol_row {
    const char *offered; /* NULL: no ALPN */
    enum tls_protocol with_http2, without;
};

static enum tls_protocol agreed(struct place *p, struct tls_server *server, const char *offered,
                                int version) {
    struct foreign f = foreign_make(p->ctx, server, "hr.example");
    SSL_set_max_proto_version(f.ssl, version);
    if (offered)
        SSL_set_alpn_protos(f.ssl, (const unsigned char *)offered, (unsigned)strlen(offered));
    assert_int_equal(tls_protocol(f.ours), TLS_HANDSHAKES);
    foreign_shake(&f);
    enum tls_protocol result = tls_protocol(f.ours);
    const unsigned char *name;
    unsigned n;
    SSL_get0_alpn_selected(f.ssl, &name, &n);
    if (result == TLS_HANDSHAKES)
        assert_int_equal(f.reason, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    else
        assert_true(str_eq(str_n((const char *)name, n), !offered              ? STR_NONE
                                                         : result == TLS_HTTP2 ? STR("h2")
                                                                               : STR("http/1.1")));
    foreign_end(&f);
    return result;
}

static void the_protocol_is_agreed_on_by_our_preference(void **state) {
    static const struct protocol_row ROWS[] = {
        {NULL, TLS_HTTP1, TLS_HTTP1},
        {"\x08http/1.1", TLS_HTTP1, TLS_HTTP1},
        {"\x02h2", TLS_HTTP2, TLS_HANDSHAKES},
        {"\x08http/1.1\x02h2", TLS_HTTP2, TLS_HTTP1},
        {"\x02h2\x08http/1.1", TLS_HTTP2, TLS_HTTP1},
        {"\x02h3\x08http/1.0\x03h2c", TLS_HANDSHAKES, TLS_HANDSHAKES},
        {"\x02H2", TLS_HANDSHAKES, TLS_HANDSHAKES},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
            assert_int_equal(agreed(p, p->server, ROWS[i].offered, version), ROWS[i].with_http2);
            assert_int_equal(agreed(p, p->server_http1, ROWS[i].offered, version), ROWS[i].without);
        }
}

struct strength_row {
    const char *description;
    int version;
    const char *suites, *groups;
    const char *suite; /* NULL: refused */
};

static void check_strength(struct place *p, const struct strength_row *row) {
    struct foreign f = foreign_make(p->ctx, p->server, "hr.example");
    SSL_set_security_level(f.ssl, 0);
    SSL_set_min_proto_version(f.ssl, 0);
    SSL_set_max_proto_version(f.ssl, row->version);
    if (row->version == TLS1_3_VERSION)
        assert_true(SSL_set_ciphersuites(f.ssl, row->suites));
    else
        assert_true(SSL_set_cipher_list(f.ssl, row->suites));
    assert_true(SSL_set1_groups_list(f.ssl, row->groups));
    bool is_done = foreign_shake(&f);
    if (is_done != (row->suite != NULL))
        fail_msg("%s: %s", row->description, is_done ? SSL_get_cipher(f.ssl) : "refused");
    if (row->suite)
        assert_string_equal(SSL_get_cipher(f.ssl), row->suite);
    foreign_end(&f);
}

static void only_what_is_strong_is_agreed_on(void **state) {
    static const char ALL[] = "ALL:COMPLEMENTOFALL", GROUPS[] = "X25519:P-256";
    static const struct strength_row ROWS[] = {
        {"TLS 1.1", TLS1_1_VERSION, ALL, GROUPS, NULL},
        {"TLS 1.0", TLS1_VERSION, ALL, GROUPS, NULL},
        {"our order", TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256",
         GROUPS, "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {"without AES in hardware", TLS1_2_VERSION,
         "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256", GROUPS,
         "ECDHE-ECDSA-CHACHA20-POLY1305"},
        {"RSA", TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", GROUPS,
         "ECDHE-RSA-AES256-GCM-SHA384"},
        {"no forward secrecy", TLS1_2_VERSION, "AES128-GCM-SHA256", GROUPS, NULL},
        {"finite field", TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256", GROUPS, NULL},
        {"CBC", TLS1_2_VERSION, "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA", GROUPS, NULL},
        {"no encryption", TLS1_2_VERSION, "eNULL", GROUPS, NULL},
        {"nobody proven", TLS1_2_VERSION, "aNULL", GROUPS, NULL},
        {"1.3", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256", GROUPS,
         "TLS_AES_128_GCM_SHA256"},
        {"short tag", TLS1_3_VERSION, "TLS_AES_128_CCM_8_SHA256", GROUPS, NULL},
        {"1.3, asked again", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", "P-521:P-384",
         "TLS_AES_256_GCM_SHA384"},
        {"1.3, a group that nobody needs", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", "P-521", NULL},
        {"1.2, P-256", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "P-256",
         "ECDHE-ECDSA-AES128-GCM-SHA256"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_strength(*state, &ROWS[i]);
}

static void a_second_handshake_is_refused(void **state) {
    struct place *p = *state;
    char byte;
    struct foreign f = foreign_make(p->ctx, p->server, "hr.example");
    SSL_set_max_proto_version(f.ssl, TLS1_2_VERSION);
    assert_true(foreign_shake(&f));
    assert_true(SSL_renegotiate(f.ssl));
    for (int i = 0; i < 4; i++) {
        (void)SSL_do_handshake(f.ssl);
        (void)tls_read(f.ours, &byte, 1);
    }
    assert_false(SSL_is_init_finished(f.ssl));
    foreign_end(&f);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN); /* see tls.h */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_asked_for_chooses_the_certificate),
        cmocka_unit_test(the_client_chooses_the_kind_of_key),
        cmocka_unit_test(a_certificate_that_would_never_be_used_is_refused),
        cmocka_unit_test(the_key_of_another_pair_does_not_stand_in),
        cmocka_unit_test(the_protocol_is_agreed_on_by_our_preference),
        cmocka_unit_test(only_what_is_strong_is_agreed_on),
        cmocka_unit_test(a_second_handshake_is_refused),
    };
    return cmocka_run_group_tests(tests, place_make, place_remove);
}
