/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: a connector on a loop, its back end and its broker, both
 * played by the test at the other end of a socket. Nothing sleeps: a wait turns the loop.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "connector/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE_US = 20 * 1000 * 1000,
    OPEN = 0, /* apps: passed through, signed in without and with tickets */
    QUIET = 1,
    HR = 2,
    SEALED = 3, /* by TLS, which nobody here speaks */
    TOLD = 4,   /* in a header who somebody is */
};

struct place {
    uv_loop_t loop;
    int listener;
    struct config *config;
    struct trust *trust;
    int broker_fds[2]; /* the client's, ours */
    struct broker_client *broker;
    struct ticket_shelf *shelf;
    struct connector *c;
    struct tickets *other; /* a second thread's, where a test makes it */
    char in[BROKER_MESSAGE_MAX];
};

static inline void turn(uv_loop_t *loop, int64_t ends_us) {
    if (clock_mono_us() > ends_us)
        fail_msg("waited for too long");
    uv_run(loop, UV_RUN_NOWAIT);
}

#define MEANWHILE(p, condition)                                                                    \
    for (int64_t ends_us = clock_mono_us() + PATIENCE_US; !(condition); turn(&(p)->loop, ends_us))

#define UNTIL(p, condition)                                                                        \
    do {                                                                                           \
        MEANWHILE(p, condition) {}                                                                 \
    } while (0)

/* A few turns in which something must not happen. */
static inline void settle(struct place *p) {
    for (int i = 0; i < 20; i++)
        uv_run(&p->loop, UV_RUN_NOWAIT);
}

static inline uint16_t place_listen(struct place *p) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&a, size), 0);
    assert_int_equal(listen(p->listener, 16), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &size), 0);
    return ntohs(a.sin_port);
}

/* The apps have one back end: what keeps them apart is the owner alone. */
static inline struct config *place_config(uint16_t port) {
    char yaml[2048];
    struct config_report r;
    snprintf(yaml, sizeof yaml,
             "gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}]}\n"
             "identity_providers: [{name: staff, type: form, realm: CORP.EXAMPLE}]\n"
             "connector: {kerberos: {keytab: k.keytab, principal: svc@CORP.EXAMPLE}}\n"
             "apps:\n"
             "- {name: open, external_url: \"https://open.example.com/\", pre_authentication: "
             "passthrough, internal_url: \"http://127.0.0.1:%u/\"}\n"
             "- {name: quiet, external_url: \"https://quiet.example.com/\", pre_authentication: "
             "staff, internal_url: \"http://127.0.0.1:%u/\"}\n"
             "- {name: hr, external_url: \"https://hr.example.com/\", pre_authentication: staff, "
             "internal_url: \"http://127.0.0.1:%u/\", sso: {mode: kerberos, spn: "
             "HTTP/hr.corp.example}}\n"
             "- {name: sealed, external_url: \"https://sealed.example.com/\", pre_authentication: "
             "passthrough, internal_url: \"https://127.0.0.1:%u/\"}\n"
             "- {name: told, external_url: \"https://told.example.com/\", pre_authentication: "
             "staff, internal_url: \"http://127.0.0.1:%u/\", sso: {mode: headers, headers: [{name: "
             "X-User, claim: user_principal_name}]}}\n",
             (unsigned)port, (unsigned)port, (unsigned)port, (unsigned)port, (unsigned)port);
    config_report_init(&r);
    struct config *c = config_parse("k.yaml", str_of(yaml), &r);
    buf_add_byte(&r.text, 0);
    if (!c)
        fail_msg("%s", buf_str(&r.text).p);
    config_report_fini(&r);
    return c;
}

/* Also anew, for a test that has changed its configuration. */
static inline void place_connect(struct place *p) {
    struct connector_start s = {.loop = &p->loop,
                                .config = p->config,
                                .trust = p->trust,
                                .broker = p->broker,
                                .shelf = p->shelf};
    struct err e;
    connector_free(p->c);
    p->c = connector_new(&s, &e);
    assert_non_null(p->c);
}

static inline int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct err e;
    assert_non_null(p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->config = place_config(place_listen(p));
    p->trust = trust_new(p->config, &e);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->broker_fds), 0);
    p->broker = broker_client_new(&p->loop, p->broker_fds[0], &e);
    p->shelf = ticket_shelf_new(100, SIZE_MAX);
    assert_true(p->trust && p->broker && p->shelf);
    place_connect(p);
    *state = p;
    return 0;
}

/* Everything that was opened must have been let go of. */
static inline int place_remove(void **state) {
    struct place *p = *state;
    connector_free(p->c);
    ticket_shelf_free(p->shelf);
    broker_client_free(p->broker);
    settle(p);
    int code = uv_loop_close(&p->loop);
    trust_free(p->trust);
    config_free(p->config);
    close(p->listener);
    close(p->broker_fds[0]);
    if (p->broker_fds[1] >= 0)
        close(p->broker_fds[1]);
    free(p);
    return code;
}

/* --- the back end --- */

/* The next connection, once it is made. */
static inline int accept_back(struct place *p) {
    int fd = -1;
    UNTIL(p, (fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
    return fd;
}

static inline bool nobody_connects(struct place *p) {
    settle(p);
    return accept4(p->listener, NULL, NULL, SOCK_NONBLOCK) < 0;
}

/* Whether the other side has closed, having sent nothing more. */
static inline bool is_closed(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static inline bool is_open(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

/* A connection that is under way, and fills the queue of the listener. */
static inline int filler(struct place *p) {
    struct sockaddr_in a = {0};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        abort();
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &size), 0);
    int result = connect(fd, (struct sockaddr *)&a, size);
    assert_true(result == 0 || errno == EINPROGRESS);
    return fd;
}

static inline void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* So that the other side gets a reset instead of an end. */
static inline void cut(int fd) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

/* --- the broker --- */

/* The next question; its id is 0 when there is none. */
static inline struct broker_request question(struct place *p) {
    struct broker_request q = {0};
    ssize_t n = recv(p->broker_fds[1], p->in, sizeof p->in, MSG_DONTWAIT);
    if (n > 0)
        assert_true(broker_request_decode(str_n(p->in, (size_t)n), &q));
    return q;
}

static inline void reply(struct place *p, const struct broker_reply *r) {
    struct buf b;
    buf_init_secret(&b, BROKER_MESSAGE_MAX);
    broker_reply_encode(&b, r);
    assert_false(b.failed);
    assert_int_equal(send(p->broker_fds[1], buf_str(&b).p, buf_size(&b), MSG_NOSIGNAL),
                     buf_size(&b));
    buf_fini(&b);
}

/* A ticket that a token can be minted from: the DER of one for HTTP/h (RFC 4120 5.3). */
static inline void reply_ticket(struct place *p, uint64_t id, int64_t ends_s) {
    static unsigned char der[] =
        "\x61\x30\x30\x2e\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01\x43\xa2\x14\x30\x12\xa0\x03\x02\x01"
        "\x02\xa1\x0b\x30\x09\x1b\x04HTTP\x1b\x01h\xa3\x0c\x30\x0a\xa0\x03\x02\x01\x12\xa2\x03\x04"
        "\x01x";
    static unsigned char key[] = "0123456789abcdef0123456789abcdef";
    static char client[] = "alice@CORP.EXAMPLE", server[] = "HTTP/hr.corp.example@CORP.EXAMPLE";
    struct ticket t = {.client = client,
                       .server = server,
                       .der = der,
                       .der_size = sizeof der - 1,
                       .enctype = 18,
                       .ticket_enctype = 18,
                       .kvno = 3,
                       .key = key,
                       .key_size = 32,
                       .starts_s = clock_wall_s(),
                       .ends_s = ends_s,
                       .flags = 0x40a10000};
    struct broker_reply r = {.id = id, .kind = BROKER_TICKET, .ticket = &t};
    reply(p, &r);
}

static inline void reply_error(struct place *p, uint64_t id, enum err_code code) {
    struct broker_reply r = {.id = id, .kind = BROKER_TICKET};
    err_set(&r.err, code, "the domain says no");
    reply(p, &r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
