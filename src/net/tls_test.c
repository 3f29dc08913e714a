/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom the client side trusts, and how a connection ends: two ends of a socket pair, turned by
 * hand, with certificates made here.
 */
#include "net/tls_testing.h"

#include "net/tls.h"

#include <signal.h>

struct place {
    char folder[32];
    struct certificate ca, stranger, leaf, expired, address, unnamed;
};

/* A connection of two ends. */
struct pair {
    int fds[2];
    struct tls *client, *server;
    struct tls_client *trust;
    struct tls_server *identity;
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->folder, sizeof p->folder, "/tmp/tls_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->ca = certificate_make(NULL, p->folder, "ca", NULL, 3600);
    p->stranger = certificate_make(NULL, p->folder, "stranger", NULL, 3600);
    p->leaf = certificate_make(&p->ca, p->folder, "leaf",
                               "DNS:hr.corp.example,DNS:*.wild.example,DNS:a*.part.example", 3600);
    p->expired = certificate_make(&p->ca, p->folder, "expired", "DNS:hr.corp.example", -60);
    p->unnamed = certificate_make(&p->ca, p->folder, "old.corp.example", NULL, 3600);
    p->address = certificate_make(&p->ca, p->folder, "address", "IP:127.0.0.1,IP:::1", 3600);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    certificate_remove(&p->ca);
    certificate_remove(&p->stranger);
    certificate_remove(&p->leaf);
    certificate_remove(&p->expired);
    certificate_remove(&p->address);
    certificate_remove(&p->unnamed);
    int code = rmdir(p->folder);
    free(p);
    return code;
}

static struct pair pair_make(const struct certificate *ca, const struct certificate *leaf,
                             const char *name) {
    struct err e;
    struct pair c = {.trust = tls_client_new(ca->file, &e),
                     .identity = certificate_server_one(leaf, &e)};
    assert_true(c.trust && c.identity);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, c.fds), 0);
    c.client = tls_connect(c.trust, c.fds[0], name);
    c.server = tls_accept(c.identity, c.fds[1]);
    assert_true(c.client && c.server);
    return c;
}

static void pair_end(struct pair *c) {
    tls_free(c->client);
    tls_free(c->server);
    tls_client_free(c->trust);
    tls_server_free(c->identity);
    close(c->fds[0]);
    close(c->fds[1]);
}

/* Turns both ends until the server's greeting has reached the client; what its last read said. */
static ssize_t greet(struct pair *c) {
    char bytes[16];
    ssize_t n = TLS_NEEDS_READ, sent = TLS_NEEDS_READ;
    for (int i = 0; i < 100 && n < 0 && n != TLS_FAILED; i++) {
        n = tls_read(c->client, bytes, sizeof bytes);
        if (sent < 0 && sent != TLS_FAILED)
            sent = tls_write(c->server, STR("hello"));
    }
    return n;
}

struct trust_row {
    const char *description, *name;
    const struct certificate *ca, *leaf;
    const char *error; /* NULL: accepted */
};

static void check_trust(const struct trust_row *row) {
    char text[160] = "";
    struct pair c = pair_make(row->ca, row->leaf, row->name);
    ssize_t n = greet(&c);
    bool is_certificate = n == TLS_FAILED && tls_error(c.client, text, sizeof text);
    if ((n > 0) != !row->error || is_certificate != (row->error != NULL) ||
        strcmp(text, row->error ? row->error : "") != 0)
        fail_msg("%s: %zd, %s", row->description, n, text);
    pair_end(&c);
}

static void only_the_right_name_of_a_trusted_ca_is_accepted(void **state) {
    struct place *p = *state;
    const struct trust_row rows[] = {
        {"the name", "hr.corp.example", &p->ca, &p->leaf, NULL},
        {"in other letters", "HR.Corp.Example", &p->ca, &p->leaf, NULL},
        {"a wildcard", "a.wild.example", &p->ca, &p->leaf, NULL},
        {"a wildcard two deep", "a.b.wild.example", &p->ca, &p->leaf, "hostname mismatch"},
        {"part of a wildcard", "ab.part.example", &p->ca, &p->leaf, "hostname mismatch"},
        {"another name", "intranet.corp.example", &p->ca, &p->leaf, "hostname mismatch"},
        {"a longer name", "hr.corp.example.evil", &p->ca, &p->leaf, "hostname mismatch"},
        {"the common name beside a list", "leaf", &p->ca, &p->leaf, "hostname mismatch"},
        {"an address", "127.0.0.1", &p->ca, &p->address, NULL},
        {"an IPv6 address", "::1", &p->ca, &p->address, NULL},
        {"another address", "127.0.0.2", &p->ca, &p->address, "IP address mismatch"},
        {"the common name without a list", "old.corp.example", &p->ca, &p->unnamed,
         "hostname mismatch"},
        {"an address for a name", "127.0.0.1", &p->ca, &p->leaf, "IP address mismatch"},
        {"expired", "hr.corp.example", &p->ca, &p->expired, "certificate has expired"},
        {"another CA", "hr.corp.example", &p->stranger, &p->leaf,
         "unable to get local issuer certificate"},
        {"signed by itself", "stranger", &p->ca, &p->stranger, "self-signed certificate"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_trust(&rows[i]);
}

static void a_connection_cut_off_without_goodbye_is_a_failure(void **state) {
    struct place *p = *state;
    for (int is_orderly = 0; is_orderly < 2; is_orderly++) {
        char bytes[16], text[160] = "";
        struct pair c = pair_make(&p->ca, &p->leaf, "hr.corp.example");
        assert_int_equal(greet(&c), 5);
        if (is_orderly)
            tls_shutdown(c.server);
        shutdown(c.fds[1], SHUT_WR);
        ssize_t n = tls_read(c.client, bytes, sizeof bytes);
        assert_int_equal(n, is_orderly ? 0 : TLS_FAILED);
        assert_true(is_orderly || !tls_error(c.client, text, sizeof text));
        assert_true(is_orderly || strstr(text, "unexpected eof"));
        pair_end(&c);
    }
}

static void what_was_changed_on_the_way_is_a_failure(void **state) {
    struct place *p = *state;
    char bytes[64];
    struct pair c = pair_make(&p->ca, &p->leaf, "hr.corp.example");
    assert_int_equal(greet(&c), 5);
    assert_int_equal(write(c.fds[1],
                           "\x17\x03\x03\x00\x15"
                           "aaaaaaaaaaaaaaaaaaaaa",
                           26),
                     26);
    assert_int_equal(tls_read(c.client, bytes, sizeof bytes), TLS_FAILED);
    assert_false(tls_error(c.client, bytes, sizeof bytes));
    pair_end(&c);
}

static void what_a_read_leaves_is_pending(void **state) {
    struct place *p = *state;
    char bytes[8];
    struct pair c = pair_make(&p->ca, &p->leaf, "hr.corp.example");
    assert_int_equal(greet(&c), 5);
    assert_false(tls_has_pending(c.client));
    assert_int_equal(tls_write(c.server, STR("0123456789")), 10);
    assert_int_equal(tls_read(c.client, bytes, 4), 4);
    assert_true(tls_has_pending(c.client));
    assert_int_equal(tls_read(c.client, bytes, 8), 6);
    assert_false(tls_has_pending(c.client));
    assert_int_equal(tls_read(c.client, bytes, 8), TLS_NEEDS_READ);
    pair_end(&c);
}

/* What lies at one end of a wire goes to the other, but for the last `held` bytes. */
static size_t carry(int from, int to, char *bytes, size_t held) {
    ssize_t n = read(from, bytes, 4096);
    if (n > 0)
        assert_int_equal(write(to, bytes, (size_t)n - held), (size_t)n - held);
    return n > 0 ? (size_t)n : 0;
}

/* A server takes all that has come, also the beginning of a record that is not all there. */
static void what_came_together_is_pending(void **state) {
    struct place *p = *state;
    int wire[2];
    char bytes[4096], got[16];
    struct pair c = pair_make(&p->ca, &p->leaf, "hr.corp.example");
    assert_int_equal(greet(&c), 5);
    /* From here on the bytes to the server go through our hands. */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, wire), 0);
    int end = dup(c.fds[1]);
    assert_true(end >= 0 && dup2(wire[0], c.fds[1]) >= 0);
    assert_int_equal(tls_write(c.client, STR("first")), 5);
    assert_int_equal(tls_write(c.client, STR("second")), 6);
    size_t n = carry(end, wire[1], bytes, 3);
    assert_int_equal(tls_read(c.server, got, sizeof got), 5);
    assert_true(tls_has_pending(c.server));
    assert_int_equal(tls_read(c.server, got, sizeof got), TLS_NEEDS_READ);
    assert_int_equal(write(wire[1], bytes + n - 3, 3), 3);
    assert_int_equal(tls_read(c.server, got, sizeof got), 6);
    assert_false(tls_has_pending(c.server));
    close(end);
    close(wire[0]);
    close(wire[1]);
    pair_end(&c);
}

static void check_server_refused(const char *certificate, const char *key, const char *words) {
    struct err e = {ERR_NONE};
    struct tls_pair pair = {certificate, key};
    assert_null(tls_server_new(&(struct tls_server_options){.pairs = &pair, .pair_count = 1}, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    if (!strstr(e.detail, words))
        fail_msg("%s", e.detail);
}

static void files_that_do_not_do_are_named(void **state) {
    struct place *p = *state;
    struct err e = {ERR_NONE};
    check_server_refused("/nowhere/c.pem", p->leaf.key_file, "/nowhere/c.pem: No such file");
    check_server_refused(p->leaf.file, "/nowhere/k.pem", "/nowhere/k.pem: No such file");
    check_server_refused(p->leaf.file, p->ca.key_file, "key values mismatch");
    check_server_refused(p->leaf.key_file, p->leaf.key_file, "no start line");
    assert_null(tls_client_new("/nowhere/ca.pem", &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.detail, "CA file /nowhere/ca.pem: No such file"));
}

/* Instead of a question at a terminal that nobody sits at. */
static void a_key_with_a_passphrase_is_refused(void **state) {
    struct place *p = *state;
    struct certificate locked = p->leaf;
    snprintf(locked.key_file, sizeof locked.key_file, "%s/locked.key", p->folder);
    FILE *f = certificate_open(locked.key_file);
    assert_true(PEM_write_PrivateKey(f, locked.key, EVP_aes_128_cbc(),
                                     (const unsigned char *)"pass", 4, NULL, NULL));
    fclose(f);
    check_server_refused(locked.file, locked.key_file, locked.key_file);
    unlink(locked.key_file);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN); /* see tls.h */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_right_name_of_a_trusted_ca_is_accepted),
        cmocka_unit_test(a_connection_cut_off_without_goodbye_is_a_failure),
        cmocka_unit_test(what_was_changed_on_the_way_is_a_failure),
        cmocka_unit_test(what_a_read_leaves_is_pending),
        cmocka_unit_test(what_came_together_is_pending),
        cmocka_unit_test(files_that_do_not_do_are_named),
        cmocka_unit_test(a_key_with_a_passphrase_is_refused),
    };
    return cmocka_run_group_tests(tests, place_make, place_remove);
}
