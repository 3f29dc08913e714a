/* SPDX-License-Identifier: Apache-2.0 */
#include "net/testing.h"

#include "net/dns_facts.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

/* A name server that says the same of every name: bytes behind the question. */
struct server {
    int fd;
    char address[32];
    struct str a, ptr; /* records of an answer to a question for A, PTR; others get none */
    unsigned char a_count, code;
    bool is_silent;
    atomic_bool is_over;
    pthread_t thread;
};

static void answer(struct server *s) {
    unsigned char m[1024];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(s->fd, m, 512, 0, (struct sockaddr *)&from, &size);
    if (n < 12 || s->is_silent)
        return;
    size_t end = 12;
    while (m[end])
        end += m[end] + 1u;
    end += 5;
    unsigned char type = m[end - 3];
    struct str records = type == 1 ? s->a : type == 12 ? s->ptr : STR_NONE;
    m[2] = 0x84;
    m[3] = (unsigned char)(0x80 | s->code);
    memset(m + 6, 0, 6);
    m[7] = records.n == 0 ? 0 : type == 1 ? s->a_count : 1;
    if (records.n)
        memcpy(m + end, records.p, records.n);
    sendto(s->fd, m, end + records.n, 0, (struct sockaddr *)&from, size);
}

static void *serve(void *user) {
    struct server *s = user;
    while (!s->is_over) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        if (poll(&p, 1, 20) == 1)
            answer(s);
    }
    return NULL;
}

static struct dns_facts asked(struct server s, const char *host, int64_t ms) {
    struct dns_facts f;
    s.fd = bound(SOCK_DGRAM, 0);
    snprintf(s.address, sizeof s.address, "127.0.0.1:%u", (unsigned)port_of(s.fd));
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    dns_facts_find(&(struct dns_question){s.address, host, clock_mono_us() + ms * 1000}, &f);
    s.is_over = true;
    pthread_join(s.thread, NULL);
    close(s.fd);
    return f;
}

/* "b" of the question's name by CNAME, then its address; names are pointers to the question. */
#define CNAME                                                                                      \
    "\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x10\x03"                                                     \
    "web\x04"                                                                                      \
    "corp\x05intra\0"
#define WEB                                                                                        \
    "\x03web\x04"                                                                                  \
    "corp\x05intra\0"
#define A_OF_WEB WEB "\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x02"
#define A "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x02"
#define PTR                                                                                        \
    "\xc0\x0c\0\x0c\0\x01\0\0\0\x3c\0\x06\x04"                                                     \
    "back\0"

static void an_alias_is_followed_and_shown(void **state) {
    (void)state;
    struct dns_facts f = asked(
        (struct server){.a = STR(CNAME A_OF_WEB), .a_count = 2, .ptr = STR(PTR)}, "hr.corp", 5000);
    assert_int_equal(f.chain_count, 2);
    assert_string_equal(f.chain[0], "hr.corp");
    assert_string_equal(f.chain[1], "web.corp.intra");
    assert_int_equal(f.count, 1);
    assert_int_equal(f.at[0].v4.sin_addr.s_addr, htonl(0x7f000002));
    assert_string_equal(f.names[0], "back");
    assert_string_equal(f.error, "");
}

static void a_name_of_its_own_is_no_alias(void **state) {
    (void)state;
    struct dns_facts f = asked((struct server){.a = STR(A), .a_count = 1}, "hr.corp", 5000);
    assert_int_equal(f.chain_count, 1);
    assert_int_equal(f.count, 1);
    assert_string_equal(f.names[0], "");
}

static void an_address_is_asked_for_its_name_alone(void **state) {
    (void)state;
    struct dns_facts f = asked((struct server){.ptr = STR(PTR)}, "192.0.2.1", 5000);
    assert_int_equal(f.count, 1);
    assert_string_equal(f.chain[0], "192.0.2.1");
    assert_string_equal(f.names[0], "back");
}

static void a_name_that_is_not_there_says_why(void **state) {
    (void)state;
    struct dns_facts f = asked((struct server){.code = 3}, "hr.corp", 5000);
    assert_int_equal(f.count, 0);
    assert_int_equal(f.chain_count, 1);
    assert_string_not_equal(f.error, "");
    assert_false(f.is_silent);
}

static void garbage_is_no_address(void **state) {
    (void)state;
    static const struct str ROWS[] = {STR("\xff\xff\xff"), STR("\xc0\xff\0\x01"),
                                      STR("\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c"),
                                      STR("\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x03\x7f\0\0")};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct dns_facts f = asked((struct server){.a = ROWS[i], .a_count = 1}, "hr.corp", 3000);
        assert_int_equal(f.count, 0);
        assert_true(f.error[0] && f.chain_count <= DNS_CHAIN_MAX);
    }
}

static void silence_ends_with_the_time(void **state) {
    (void)state;
    int64_t since_us = clock_mono_us();
    struct dns_facts f = asked((struct server){.is_silent = true}, "hr.corp", 300);
    assert_true(clock_mono_us() - since_us < 3 * 1000 * 1000);
    assert_string_equal(f.error, "no answer in time");
    assert_true(f.is_silent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alias_is_followed_and_shown),
        cmocka_unit_test(a_name_of_its_own_is_no_alias),
        cmocka_unit_test(an_address_is_asked_for_its_name_alone),
        cmocka_unit_test(a_name_that_is_not_there_says_why),
        cmocka_unit_test(garbage_is_no_address),
        cmocka_unit_test(silence_ends_with_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
