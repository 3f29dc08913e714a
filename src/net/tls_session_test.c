/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions are resumed, and only where they were made: in both versions, with clients that are not
 * ours and offer whatever session they are told to.
 */
#include "net/tls.h"

#include "net/tls_testing.h"

#include <signal.h>

struct place {
    char folder[40];
    struct certificate first, other;
    struct tls_server *server, *again;
    SSL_CTX *ctx;
};

static SSL_SESSION *kept; /* the last one that a client was given */
static int kept_count;

static int keep(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    kept_count++;
    return 1;
}

static int place_make(void **state) {
    struct err e = {0};
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->folder, sizeof p->folder, "/tmp/tls_session_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->first = certificate_make(NULL, p->folder, "first", "DNS:a.example,DNS:a2.example", 3600);
    p->other = certificate_make(NULL, p->folder, "other", "DNS:b.example,DNS:*.b.example", 3600);
    const struct certificate *const all[] = {&p->first, &p->other, NULL};
    p->server = certificate_server(all, true, &e);
    p->again = certificate_server(all, true, &e);
    p->ctx = SSL_CTX_new(TLS_client_method());
    assert_true(p->server && p->again && p->ctx);
    SSL_CTX_set_session_cache_mode(p->ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(p->ctx, keep);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    SSL_SESSION_free(kept);
    kept = NULL;
    tls_server_free(p->server);
    tls_server_free(p->again);
    SSL_CTX_free(p->ctx);
    certificate_remove(&p->first);
    certificate_remove(&p->other);
    int code = rmdir(p->folder);
    free(p);
    return code;
}

/* A connection for `name` that offers `session` (NULL: none); whether it was resumed. Who was
 * resumed is still who was asked for. */
static bool resumes(struct place *p, struct tls_server *server, const char *name, int version,
                    SSL_SESSION *session) {
    struct foreign f = foreign_make(p->ctx, server, name);
    SSL_set_max_proto_version(f.ssl, version);
    SSL_set_min_proto_version(f.ssl, version);
    if (session)
        assert_true(SSL_set_session(f.ssl, session));
    /* OpenSSL keeps what the session says; a client bent on mischief does not. */
    if (name)
        SSL_set_tlsext_host_name(f.ssl, name);
    assert_true(foreign_shake(&f));
    assert_true(str_eq_ci(tls_server_name(f.ours), str_of(name)));
    assert_true(tls_serves_name(f.ours, str_of(name)));
    bool is_resumed = SSL_session_reused(f.ssl) == 1;
    foreign_end(&f);
    return is_resumed;
}

struct session_row {
    const char *made_for, *offered_for; /* NULL: no name */
    bool is_resumed;
};

static void a_session_is_resumed_for_its_own_name_only(void **state) {
    static const struct session_row ROWS[] = {
        {"a.example", "a.example", true},
        {"a.example", "A.EXAMPLE", true},
        {"b.example", "b.example", true},
        {"x.b.example", "x.b.example", true},
        {NULL, NULL, true},
        {"a.example", "b.example", false},
        {"b.example", "a.example", false},
        {"a.example", "a2.example", false},    /* the same certificate, another host */
        {"x.b.example", "y.b.example", false}, /* the same wildcard */
        {"b.example", "unknown.example", false},
        {"unknown.example", "a.example", false},
        {"a.example", NULL, false},
        {NULL, "a.example", false},
        {NULL, "b.example", false},
        {"b.example", NULL, false},
    };
    struct place *p = *state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++)
        for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
            const struct session_row *row = &ROWS[i];
            assert_false(resumes(p, p->server, row->made_for, version, NULL));
            SSL_SESSION *made = SSL_SESSION_dup(kept);
            if (resumes(p, p->server, row->offered_for, version, made) != row->is_resumed)
                fail_msg("%s for %s", row->made_for, row->offered_for);
            SSL_SESSION_free(made);
        }
}

/* Another listener's, or another process': it has other keys. */
static void a_session_of_another_listener_is_not_resumed(void **state) {
    struct place *p = *state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        assert_false(resumes(p, p->server, "a.example", version, NULL));
        SSL_SESSION *made = SSL_SESSION_dup(kept);
        assert_false(resumes(p, p->again, "a.example", version, made));
        assert_true(resumes(p, p->server, "a.example", version, made));
        SSL_SESSION_free(made);
    }
}

static void a_handshake_brings_one_ticket(void **state) {
    struct place *p = *state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        kept_count = 0;
        assert_false(resumes(p, p->server, "a.example", version, NULL));
        assert_int_equal(kept_count, 1);
        assert_true(SSL_SESSION_has_ticket(kept));
        assert_int_equal(SSL_SESSION_get_ticket_lifetime_hint(kept), 4 * 3600);
        assert_int_equal(SSL_SESSION_get_max_early_data(kept), 0);
    }
}

/* Without tickets there is nothing to come back with: the server remembers nobody. */
static void nothing_is_remembered(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 2; i++) {
        struct foreign f = foreign_make(p->ctx, p->server, "a.example");
        SSL_set_max_proto_version(f.ssl, TLS1_2_VERSION);
        SSL_set_options(f.ssl, SSL_OP_NO_TICKET);
        if (i)
            SSL_set_session(f.ssl, kept);
        assert_true(foreign_shake(&f));
        assert_false(SSL_session_reused(f.ssl));
        foreign_end(&f);
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN); /* see tls.h */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_resumed_for_its_own_name_only),
        cmocka_unit_test(a_session_of_another_listener_is_not_resumed),
        cmocka_unit_test(a_handshake_brings_one_ticket),
        cmocka_unit_test(nothing_is_remembered),
    };
    return cmocka_run_group_tests(tests, place_make, place_remove);
}
