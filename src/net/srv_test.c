/* SPDX-License-Identifier: Apache-2.0 */
#include "net/srv.h"
#include "net/testing.h"

#include "base/clock.h"

#include <fcntl.h>
#include <pthread.h>

/* A name server that gives each question the same answer records. */
struct place {
    int fd;
    struct str records; /* as they stand in an answer */
    unsigned count, code;
    bool is_silent;
    pthread_t thread;
};

static void *serve(void *user) {
    struct place *p = user;
    unsigned char message[1024];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    for (ssize_t n; (n = recvfrom(p->fd, message, 512, 0, (struct sockaddr *)&from, &size)) > 0;) {
        /* The question up to its end, without what EDNS has put behind it (RFC 1035 4.1). */
        ssize_t end = 12;
        while (end < n && message[end])
            end += message[end] + 1;
        end += 5;
        message[2] |= 0x80;
        message[3] = (unsigned char)p->code;
        message[7] = (unsigned char)p->count;
        memset(message + 8, 0, 4);
        if (p->records.n > 0)
            memcpy(message + end, p->records.p, p->records.n);
        if (!p->is_silent)
            sendto(p->fd, message, (size_t)end + p->records.n, 0, (struct sockaddr *)&from, size);
        size = sizeof from;
    }
    return NULL;
}

static bool ask(struct place *p, struct srv_answer *out, struct err *e) {
    char servers[32];
    p->fd = bound(SOCK_DGRAM, 0);
    assert_int_equal(fcntl(p->fd, F_SETFL, 0), 0); /* the server waits */
    snprintf(servers, sizeof servers, "127.0.0.1:%u", (unsigned)port_of(p->fd));
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
    bool done = srv_find(servers, "_kerberos._tcp.corp.example", 2000, out, e);
    shutdown(p->fd, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->fd);
    return done;
}

/* Name (the question's), SRV, IN, TTL 60, 17 bytes: priority 0, weight 100, port 88, "dc1.corp". */
#define RECORD                                                                                     \
    "\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x3c\x00\x10\x00\x00\x00\x64\x00\x58\x03"                 \
    "dc1\x04"                                                                                      \
    "corp\x00"

static void records_are_hosts_and_ports(void **state) {
    (void)state;
    struct place p = {.records = {RECORD RECORD, 2 * (sizeof RECORD - 1)}, .count = 2};
    struct srv_answer found;
    struct err e;
    if (!ask(&p, &found, &e))
        fail_msg("%s", e.detail);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.at[0].host, "dc1.corp");
    assert_int_equal(found.at[0].port, 88);
    assert_int_equal(found.at[0].weight, 100);
}

static void a_name_that_is_not_there_has_none(void **state) {
    (void)state;
    struct place p = {.code = 3}; /* NXDOMAIN */
    struct srv_answer found;
    struct err e;
    assert_true(ask(&p, &found, &e));
    assert_int_equal(found.count, 0);
}

static void what_cannot_be_asked_or_read_is_told(void **state) {
    (void)state;
    static const struct place PLACES[] = {
        {.code = 2},                                 /* SERVFAIL */
        {.is_silent = true},                         /* nobody answers */
        {.records = {RECORD, 14}, .count = 1},       /* cut off */
        {.records = {"\xff\xff\xff", 3}, .count = 9} /* no record */
    };
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        struct place p = PLACES[i];
        struct srv_answer found;
        struct err e = {ERR_NONE};
        int64_t began_us = clock_mono_us();
        assert_false(ask(&p, &found, &e));
        assert_int_equal(e.code, ERR_BACKEND_UNREACHABLE);
        assert_true(clock_mono_us() - began_us < 3000000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_hosts_and_ports),
        cmocka_unit_test(a_name_that_is_not_there_has_none),
        cmocka_unit_test(what_cannot_be_asked_or_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
