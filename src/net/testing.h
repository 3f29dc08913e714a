/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: sockets of this machine, a wait that turns the loop and ends
 * the test when nothing comes, and a name server that says what the test wants.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_US = 20 * 1000 * 1000 };

static inline void turn(uv_loop_t *loop, int64_t ends_us) {
    if (clock_mono_us() > ends_us)
        fail_msg("waited for too long");
    uv_run(loop, UV_RUN_NOWAIT);
}

#define MEANWHILE(loop, condition)                                                                 \
    for (int64_t ends_us = clock_mono_us() + PATIENCE_US; !(condition); turn(loop, ends_us))

#define UNTIL(loop, condition)                                                                     \
    do {                                                                                           \
        MEANWHILE(loop, condition) {}                                                              \
    } while (0)

/* A few turns in which something must not happen. */
static inline void settle(uv_loop_t *loop) {
    for (int i = 0; i < 20; i++)
        uv_run(loop, UV_RUN_NOWAIT);
}

/* Everything that was opened must have been let go of. */
static inline void loop_end(uv_loop_t *loop) {
    settle(loop);
    assert_int_equal(uv_loop_close(loop), 0);
}

static inline struct sockaddr_in local(const char *address, uint16_t port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
    return a;
}

static inline uint16_t port_of(int fd) {
    struct sockaddr_in a = {0};
    socklen_t size = sizeof a;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    return ntohs(a.sin_port);
}

static inline int new_socket(int type) {
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        abort();
    return fd;
}

/* A non-blocking socket of 127.0.0.1 with a port of its own; SOCK_STREAM ones listen. */
static inline int bound(int type, int backlog) {
    struct sockaddr_in a = local("127.0.0.1", 0);
    int fd = new_socket(type);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

/* A port of 127.0.0.1 where nobody listens. */
static inline uint16_t closed_port(void) {
    int fd = bound(SOCK_STREAM, 1);
    uint16_t port = port_of(fd);
    close(fd);
    return port;
}

/* A connection that is under way, and fills the queue of a listener. */
static inline int filler(uint16_t port) {
    struct sockaddr_in a = local("127.0.0.1", port);
    int fd = new_socket(SOCK_STREAM);
    int result = connect(fd, (struct sockaddr *)&a, sizeof a);
    assert_true(result == 0 || errno == EINPROGRESS);
    return fd;
}

/* Closes so that the other side gets a reset instead of an end. */
static inline void cut(int fd) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

/* Answers one question at the name server: each of `addresses` for an A record, nothing for others;
 * NULL: no such name. Returns whether there was a question. */
static inline bool name_server_ttl(int fd, const char *const *addresses, size_t count,
                                   unsigned char ttl) {
    unsigned char m[1024];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(fd, m, 512, 0, (struct sockaddr *)&from, &size);
    if (n < 12)
        return false;
    size_t end = 12; /* behind the question (RFC 1035 4.1.2) */
    while (m[end])
        end += m[end] + 1u;
    end += 5;
    size_t answers = m[end - 3] == 1 && addresses ? count : 0;
    m[2] = 0x84;
    m[3] = addresses ? 0x80 : 0x83;
    memset(m + 6, 0, 6);
    m[7] = (unsigned char)answers;
    for (size_t i = 0; i < answers; i++) {
        static const unsigned char RECORD[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4};
        memcpy(m + end, RECORD, sizeof RECORD);
        m[end + 9] = ttl;
        end += sizeof RECORD;
        assert_int_equal(inet_pton(AF_INET, addresses[i], m + end), 1);
        end += 4;
    }
    assert_int_equal(sendto(fd, m, end, 0, (struct sockaddr *)&from, size), end);
    return true;
}

static inline bool name_server(int fd, const char *const *addresses, size_t count) {
    return name_server_ttl(fd, addresses, count, 60);
}
