/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "broker/kdc_probe.h"
#include "kerberos/der.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Something on one port, over TCP and UDP, that answers every message with the same bytes. */
struct place {
    int tcp, udp;
    struct sockaddr_in address;
    char tcp_answer[512], udp_answer[512];
    size_t tcp_size, udp_size; /* 0: none, the connection is closed */
    pthread_t threads[2];
};

static void *serve_tcp(void *user) {
    struct place *p = user;
    char in[4096];
    for (int fd; (fd = accept(p->tcp, NULL, NULL)) >= 0; close(fd)) {
        if (recv(fd, in, sizeof in, 0) > 0 && p->tcp_size)
            assert_true(send(fd, p->tcp_answer, p->tcp_size, MSG_NOSIGNAL) >= 0);
    }
    return NULL;
}

static void *serve_udp(void *user) {
    struct place *p = user;
    char in[4096];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    while (recvfrom(p->udp, in, sizeof in, 0, (struct sockaddr *)&from, &size) > 0) {
        if (p->udp_size)
            sendto(p->udp, p->udp_answer, p->udp_size, 0, (struct sockaddr *)&from, size);
        size = sizeof from;
    }
    return NULL;
}

static struct place *place_make(void) {
    static struct place p;
    socklen_t size = sizeof p.address;
    p = (struct place){
        .address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    p.tcp = socket(AF_INET, SOCK_STREAM, 0);
    p.udp = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(p.tcp, (struct sockaddr *)&p.address, size), 0);
    assert_int_equal(getsockname(p.tcp, (struct sockaddr *)&p.address, &size), 0);
    assert_int_equal(bind(p.udp, (struct sockaddr *)&p.address, size), 0);
    assert_int_equal(listen(p.tcp, 8), 0);
    return &p;
}

static void place_start(struct place *p) {
    assert_int_equal(pthread_create(&p->threads[0], NULL, serve_tcp, p), 0);
    assert_int_equal(pthread_create(&p->threads[1], NULL, serve_udp, p), 0);
}

static void place_end(struct place *p) {
    shutdown(p->tcp, SHUT_RDWR);
    shutdown(p->udp, SHUT_RDWR);
    pthread_join(p->threads[0], NULL);
    pthread_join(p->threads[1], NULL);
    close(p->tcp);
    close(p->udp);
}

/* KDC_ERR_PREAUTH_REQUIRED, by a clock that is `ahead_s` ahead of ours (RFC 4120 5.9.1). */
static size_t write_error(char *out, size_t room, int64_t ahead_s) {
    struct der_writer w = der_writer(out, room);
    char stime[16];
    time_t now = (time_t)(clock_wall_s() + ahead_s);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(stime, sizeof stime, "%Y%m%d%H%M%SZ", &tm);
    der_put_int_field(&w, 6, 25);
    size_t rest = w.end - w.at;
    der_put(&w, str_of(stime));
    der_wrap(&w, 0x18, rest);
    der_wrap(&w, DER_FIELD(4), rest);
    der_put_int_field(&w, 1, 30);
    der_put_int_field(&w, 0, 5);
    der_wrap(&w, 0x30, 0);
    der_wrap(&w, 0x7e, 0);
    assert_false(w.failed);
    size_t n = der_written(&w).n;
    memmove(out, der_written(&w).p, n);
    return n;
}

static void answer_as_kdc(struct place *p, int64_t ahead_s) {
    p->udp_size = write_error(p->udp_answer, sizeof p->udp_answer, ahead_s);
    memset(p->tcp_answer, 0, 4);
    p->tcp_answer[3] = (char)p->udp_size;
    memcpy(p->tcp_answer + 4, p->udp_answer, p->udp_size);
    p->tcp_size = p->udp_size + 4;
}

static struct kdc_probe probe(const struct sockaddr_in *at, int64_t timeout_ms) {
    struct kdc_probe probe = {.address_size = sizeof *at};
    memcpy(&probe.address, at, sizeof *at);
    kdc_probe(&probe, 1,
              &(struct kdc_probe_question){.client = STR("svc-kerbgate"),
                                           .realm = STR("CORP.EXAMPLE"),
                                           .timeout_ms = timeout_ms});
    return probe;
}

static void a_kdc_answers_both_ways_and_shows_its_clock(void **state) {
    (void)state;
    struct place *p = place_make();
    answer_as_kdc(p, 400);
    place_start(p);
    struct kdc_probe found = probe(&p->address, 5000);
    assert_true(found.tcp.has_answered && found.udp.has_answered);
    assert_int_equal(found.code, 25);
    assert_true(found.has_clock);
    assert_in_range(-found.skew_s, 395, 405);
    place_end(p);
}

static void what_speaks_no_kerberos_is_no_kdc(void **state) {
    (void)state;
    static const struct str ANSWERS[] = {{"HTTP/1.1 400 Bad Request\r\n\r\n", 28},
                                         {"\x00\x00\x00\x04none", 8},
                                         {"\x00\x00\x00\x01\x7e", 5}};
    for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
        struct place *p = place_make();
        memcpy(p->tcp_answer, ANSWERS[i].p, ANSWERS[i].n);
        p->tcp_size = ANSWERS[i].n;
        memcpy(p->udp_answer, ANSWERS[i].p, ANSWERS[i].n);
        p->udp_size = ANSWERS[i].n;
        place_start(p);
        struct kdc_probe found = probe(&p->address, 2000);
        assert_false(found.udp.has_answered);
        assert_non_null(strstr(found.udp.failure, "does not speak Kerberos"));
        assert_true(i == 2 || !found.tcp.has_answered);
        place_end(p);
    }
}

static void a_connection_that_is_closed_is_named(void **state) {
    (void)state;
    struct place *p = place_make();
    place_start(p);
    struct kdc_probe found = probe(&p->address, 500);
    assert_non_null(strstr(found.tcp.failure, "closed the connection"));
    assert_non_null(strstr(found.udp.failure, "no answer in time"));
    assert_false(found.has_clock);
    place_end(p);
}

static void nobody_at_the_port_is_told_at_once(void **state) {
    (void)state;
    struct place *p = place_make();
    place_start(p);
    place_end(p);
    int64_t began_us = clock_mono_us();
    struct kdc_probe found = probe(&p->address, 5000);
    assert_true(clock_mono_us() - began_us < 4000000);
    assert_non_null(strstr(found.tcp.failure, "refused"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kdc_answers_both_ways_and_shows_its_clock),
        cmocka_unit_test(what_speaks_no_kerberos_is_no_kdc),
        cmocka_unit_test(a_connection_that_is_closed_is_named),
        cmocka_unit_test(nobody_at_the_port_is_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
