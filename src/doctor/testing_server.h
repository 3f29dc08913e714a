/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the probe share: a web server on a port of 127.0.0.1 that answers as the test
 * says, one connection after the other, an app that is there, and a ticket for it.
 */
#pragma once
#include "config/testing.h"
#include "doctor/testing.h"

#include "base/clock.h"
#include "doctor/probe.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* What is answered to a request; NULL: the connection is closed. */
typedef const char *answer_fn(const char *request);

struct server {
    int fd;
    uint16_t port;
    answer_fn *answer;
    pthread_t thread;
};

static inline bool server_reads(int fd, char *request, size_t size) {
    size_t n = 0;
    ssize_t got;
    while ((got = recv(fd, request + n, size - 1 - n, 0)) > 0) {
        n += (size_t)got;
        request[n] = '\0';
        if (strstr(request, "\r\n\r\n") || request[0] == 0x16)
            return true;
        n = n > size - 1024 ? size / 2 : n; /* the start of a long one is enough */
    }
    return false;
}

/* With NULs in it, and so known by its address: a frame of settings (RFC 9113 6.5). */
static const char HTTP2_SETTINGS[] = "\0\0\0\4\0\0\0\0";

static inline size_t server_size(const char *answer) {
    return answer == HTTP2_SETTINGS ? sizeof HTTP2_SETTINGS : strlen(answer);
}

static inline void *server_run(void *user) {
    struct server *s = user;
    static char request[128 * 1024];
    int fd;
    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        const char *answer = "";
        while (answer && server_reads(fd, request, sizeof request)) {
            answer = s->answer(request);
            if (answer && send(fd, answer, server_size(answer), MSG_NOSIGNAL) < 0)
                answer = NULL;
        }
        close(fd);
    }
    return NULL;
}

static inline void server_start(struct server *s, answer_fn *answer) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    signal(SIGPIPE, SIG_IGN);
    s->answer = answer;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        abort();
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s->fd, 16), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &size), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static inline void server_stop(struct server *s) {
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

static inline const struct ticket *some_ticket(void) {
    static unsigned char der[] =
        "\x61\x30\x30\x2e\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01\x43\xa2\x14\x30\x12\xa0\x03\x02\x01"
        "\x02\xa1\x0b\x30\x09\x1b\x04HTTP\x1b\x01h\xa3\x0c\x30\x0a\xa0\x03\x02\x01\x12\xa2\x03\x04"
        "\x01x";
    static unsigned char key[] = "0123456789abcdef0123456789abcdef";
    static char client[] = "alice@CORP.EXAMPLE", name[] = "HTTP/hr.corp@CORP.EXAMPLE";
    static struct ticket t = {.client = client,
                              .server = name,
                              .der = der,
                              .der_size = sizeof der - 1,
                              .enctype = 18,
                              .ticket_enctype = 18,
                              .kvno = 3,
                              .key = key,
                              .key_size = 32};
    return &t;
}

/* An app at 127.0.0.1 with this scheme and port, and more keys: ", timeout: 1s". */
static inline struct config *app_at(const char *scheme, uint16_t port, const char *keys) {
    char text[1024];
    snprintf(text, sizeof text,
             GATEWAY PROVIDERS CONNECTOR
             "apps:\n- {name: hr, external_url: \"https://hr.example.com/\", internal_url: "
             "\"%s://127.0.0.1:%u/\", pre_authentication: staff, sso: {mode: kerberos, spn: "
             "HTTP/hr.corp}%s}\n",
             scheme, (unsigned)port, keys);
    return parse_fine(text);
}

static inline void put_fact(void *user, const char *path, json_t *value) {
    assert_true(facts_put(user, path, value));
}

/* The facts of the app; for json_decref. */
static inline json_t *probed(const struct config *c, const struct ticket *t, int64_t ms) {
    struct err e;
    json_t *facts = facts_new();
    struct probe p = {.config = c,
                      .app = &c->apps[0],
                      .ticket = t,
                      .trust = tls_client_new(c->apps[0].backend_ca, &e),
                      .ends_us = clock_mono_us() + ms * 1000,
                      .tell = put_fact,
                      .user = facts};
    probe_application(&p);
    tls_client_free(p.trust);
    return facts;
}
