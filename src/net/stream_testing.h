/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of a stream share: two streams that are connected to each other, and owners that
 * read and write in a pattern, so that what arrives can be looked through.
 */
#pragma once
#include "net/tls_testing.h"

#include "net/stream.h"
#include "net/tls.h"

#include <signal.h>
#include <sys/ioctl.h>

/* One end: a stream, and what its owner does with it. */
struct end {
    struct stream *stream;
    unsigned calls, ready; /* of the last call */
    size_t read_size;      /* bytes taken in one call; 0: none */
    bool frees;            /* the stream, when called */
    size_t got, sent;
    bool is_intact; /* what was got is what `pattern` says */
    ssize_t last;   /* not more than 0: what reading ended with */
    size_t left;    /* to be sent */
};

struct place {
    uv_loop_t loop;
    char folder[32];
    struct certificate ca, leaf;
    struct tls_server *server;
    struct tls_client *client;
    int fds[2]; /* the streams' own */
    struct end a, b;
};

static inline char pattern(size_t at) { return (char)(at * 7 + at / 251); }

static inline void read_some(struct end *end) {
    char bytes[32 * 1024];
    ssize_t n = stream_read(end->stream, bytes, end->read_size);
    for (ssize_t i = 0; i < n; i++)
        end->is_intact = end->is_intact && bytes[i] == pattern(end->got + (size_t)i);
    if (n > 0)
        end->got += (size_t)n;
    else if (n != STREAM_AGAIN)
        end->last = n;
}

static inline void write_some(struct end *end) {
    char bytes[8 * 1024];
    size_t n = end->left < sizeof bytes ? end->left : sizeof bytes;
    for (size_t i = 0; i < n; i++)
        bytes[i] = pattern(end->sent + i);
    ssize_t sent = n ? stream_write(end->stream, str_n(bytes, n)) : 0;
    if (sent > 0) {
        end->sent += (size_t)sent;
        end->left -= (size_t)sent;
    } else if (n && sent != STREAM_AGAIN) {
        end->left = 0;
    }
}

static inline unsigned wants(const struct end *end) {
    return (end->read_size && end->last == STREAM_AGAIN ? STREAM_READABLE : 0u) |
           (end->left ? STREAM_WRITABLE : 0u);
}

static inline void on_ready(void *user, unsigned ready) {
    struct end *end = user;
    end->calls++;
    end->ready = ready;
    if (ready & STREAM_READABLE && end->read_size)
        read_some(end);
    if (ready & STREAM_WRITABLE)
        write_some(end);
    if (end->frees) {
        stream_free(end->stream);
        end->stream = NULL;
        return;
    }
    stream_want(end->stream, wants(end));
}

static inline struct end end_of(struct place *p, int fd) {
    return (struct end){.stream = stream_new(&p->loop, fd, on_ready, NULL),
                        .is_intact = true,
                        .last = STREAM_AGAIN};
}

static inline void connect_ends(struct place *p, bool is_tls) {
    int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    assert_int_equal(socketpair(AF_UNIX, type, 0, p->fds), 0);
    p->a = end_of(p, p->fds[0]);
    p->b = end_of(p, p->fds[1]);
    stream_owner(p->a.stream, on_ready, &p->a);
    stream_owner(p->b.stream, on_ready, &p->b);
    if (!is_tls)
        return;
    assert_true(stream_tls_connect(p->a.stream, p->client, "hr.corp.example"));
    assert_true(stream_tls_accept(p->b.stream, p->server));
    char byte; /* the client speaks first */
    assert_int_equal(stream_read(p->a.stream, &byte, 1), STREAM_AGAIN);
}

static inline void free_ends(struct place *p) {
    stream_free(p->a.stream);
    stream_free(p->b.stream);
    p->a.stream = p->b.stream = NULL;
}

static inline int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct err e;
    assert_non_null(p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    snprintf(p->folder, sizeof p->folder, "/tmp/stream_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->ca = certificate_make(NULL, p->folder, "ca", NULL, 3600);
    p->leaf = certificate_make(&p->ca, p->folder, "leaf", "DNS:hr.corp.example", 3600);
    p->server = certificate_server_one(&p->leaf, &e);
    p->client = tls_client_new(p->ca.file, &e);
    assert_true(p->server && p->client);
    *state = p;
    return 0;
}

static inline int place_remove(void **state) {
    struct place *p = *state;
    free_ends(p);
    tls_server_free(p->server);
    tls_client_free(p->client);
    certificate_remove(&p->ca);
    certificate_remove(&p->leaf);
    assert_int_equal(rmdir(p->folder), 0);
    loop_end(&p->loop);
    free(p);
    return 0;
}

static inline void want(struct end *end) { stream_want(end->stream, wants(end)); }
