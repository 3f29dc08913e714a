/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_testing.h"

#include "net/tls_examine.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

struct place {
    char folder[32];
    struct certificate ca, leaf, old, young, own;
    struct tls_client *client;
};

/* What is at the other end. */
struct other {
    int fd;
    const struct certificate *certificate;
    const char *text; /* said in the place of TLS; "": closes */
    bool is_silent;
};

static void *answer(void *user) {
    const struct other *o = user;
    char bytes[4096];
    struct err e;
    struct pollfd p = {.fd = o->fd, .events = POLLIN};
    if (o->is_silent || poll(&p, 1, 5000) != 1)
        return NULL;
    if (o->text) {
        (void)!read(o->fd, bytes, sizeof bytes);
        (void)!write(o->fd, o->text, strlen(o->text));
        shutdown(o->fd, SHUT_RDWR);
        return NULL;
    }
    struct tls_server *server = certificate_server_one(o->certificate, &e);
    struct tls *tls = tls_accept(server, o->fd);
    while (tls && tls_handshake(tls) == TLS_NEEDS_READ && poll(&p, 1, 5000) == 1) {
    }
    (void)tls_read(tls, bytes, sizeof bytes); /* what follows the handshake goes out */
    tls_free(tls);
    tls_server_free(server);
    return NULL;
}

static bool examined(struct place *p, struct other o, const char *name, bool offers_http2,
                     struct tls_examined *out) {
    int fds[2];
    pthread_t thread;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    o.fd = fds[1];
    assert_int_equal(pthread_create(&thread, NULL, answer, &o), 0);
    int64_t ends_us = clock_mono_us() + (o.is_silent ? 50000 : PATIENCE_US);
    bool is_good = tls_examine(&(struct tls_examine){.client = p->client,
                                                     .fd = fds[0],
                                                     .name = name,
                                                     .offers_http2 = offers_http2,
                                                     .ends_us = ends_us},
                               out);
    close(fds[0]);
    pthread_join(thread, NULL);
    close(fds[1]);
    return is_good;
}

static void a_good_certificate_is_shown(void **state) {
    struct tls_examined x;
    struct place *p = *state;
    assert_true(examined(p, (struct other){.certificate = &p->leaf}, "hr.corp.example", false, &x));
    assert_true(x.is_over && x.all == 0 && x.sent == 1 && !x.asks_certificate);
    assert_string_equal(x.names, "hr.corp.example\n10.0.0.1\n");
    assert_string_equal(x.subject, "CN=leaf");
    assert_string_equal(x.issuer, "CN=ca");
    assert_string_equal(x.alpn, "http/1.1");
    assert_string_equal(x.version, "TLSv1.3");
    assert_true(x.not_before_s < x.not_after_s && x.not_after_s > clock_wall_s());
}

static void the_protocol_that_is_chosen_is_told(void **state) {
    struct tls_examined x;
    struct place *p = *state;
    assert_true(examined(p, (struct other){.certificate = &p->leaf}, "hr.corp.example", true, &x));
    assert_string_equal(x.alpn, "h2");
}

static void a_fault_of_a_certificate_is_named_and_shown(void **state) {
    struct place *p = *state;
    const struct {
        const struct certificate *certificate;
        const char *name;
        enum tls_fault fault;
    } ROWS[] = {
        {&p->leaf, "other.corp.example", TLS_WRONG_NAME},
        {&p->leaf, "10.0.0.2", TLS_WRONG_NAME},
        {&p->old, "hr.corp.example", TLS_EXPIRED},
        {&p->own, "hr.corp.example", TLS_SELF_SIGNED},
        {&p->young, "hr.corp.example", TLS_UNKNOWN_ISSUER},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tls_examined x;
        struct other o = {.certificate = ROWS[i].certificate};
        assert_false(examined(p, o, ROWS[i].name, false, &x));
        assert_string_equal(tls_fault_name(x.fault), tls_fault_name(ROWS[i].fault));
        assert_true(x.is_over && x.all & 1U << x.fault && x.why[0] && x.subject[0] && x.names[0]);
    }
}

static void all_faults_of_a_certificate_are_named(void **state) {
    struct tls_examined x;
    struct place *p = *state;
    assert_false(examined(p, (struct other){.certificate = &p->old}, "no.example", false, &x));
    assert_int_equal(x.all, 1U << TLS_EXPIRED | 1U << TLS_WRONG_NAME);
}

static void what_is_no_tls_is_named(void **state) {
    static const struct {
        struct other o;
        enum tls_fault fault;
    } ROWS[] = {
        {{.text = "HTTP/1.1 400 Bad Request\r\n\r\n"}, TLS_IS_PLAIN},
        {{.text = ""}, TLS_WAS_CLOSED},
        {{.is_silent = true}, TLS_WAS_SILENT},
        {{.text = "\x15\x03\x01\x02"}, TLS_WAS_CLOSED},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tls_examined x;
        int64_t since_us = clock_mono_us();
        assert_false(examined(*state, ROWS[i].o, "hr.corp.example", false, &x));
        assert_string_equal(tls_fault_name(x.fault), tls_fault_name(ROWS[i].fault));
        assert_true(!x.is_over && x.why[0] && !x.subject[0]);
        assert_true(clock_mono_us() - since_us < 2 * 1000 * 1000);
    }
}

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct err e;
    const char *names = "DNS:hr.corp.example,IP:10.0.0.1";
    assert_non_null(p);
    signal(SIGPIPE, SIG_IGN);
    snprintf(p->folder, sizeof p->folder, "/tmp/examine_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->ca = certificate_make(NULL, p->folder, "ca", NULL, 3600);
    p->leaf = certificate_make(&p->ca, p->folder, "leaf", names, 3600);
    p->old = certificate_make(&p->ca, p->folder, "old", names, -3600);
    p->own = certificate_make(NULL, p->folder, "own", names, 3600);
    p->young = certificate_make(&p->own, p->folder, "young", names, 3600);
    p->client = tls_client_new(p->ca.file, &e);
    assert_non_null(p->client);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    struct certificate *all[] = {&p->ca, &p->leaf, &p->old, &p->young, &p->own};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        certificate_remove(all[i]);
    tls_client_free(p->client);
    assert_int_equal(rmdir(p->folder), 0);
    free(p);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_certificate_is_shown),
        cmocka_unit_test(the_protocol_that_is_chosen_is_told),
        cmocka_unit_test(a_fault_of_a_certificate_is_named_and_shown),
        cmocka_unit_test(all_faults_of_a_certificate_are_named),
        cmocka_unit_test(what_is_no_tls_is_named),
    };
    return cmocka_run_group_tests(tests, place_make, place_remove);
}
