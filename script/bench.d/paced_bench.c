/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that come when they come, as those of many people do, however soon the ones before them
 * were answered; for bench_load.py. h2load's own pacing sends what is due in a burst every 10 ms.
 *
 *     paced_bench ADDRESS PORT HOST CONNECTIONS RATE SECONDS SEED
 *
 * HTTP/1.1, over TLS when PORT is 443. The gaps are a Poisson process of RATE a second, the same for
 * the same SEED. Prints for each request, but for those of the first half second, the nanoseconds from
 * when it was due, which counts what it waited for a free connection, to the end of its answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 8192, CONNECTIONS_MAX = 1024, REQUEST_MAX = 512, EVENTS = 64 };
static const int64_t SECOND = 1000000000, WARM = SECOND / 2;

struct connection {
    int fd;
    SSL *ssl; /* NULL: in clear */
    int64_t due;
    size_t got;
    char answer[ANSWER_MAX + 1];
};

struct bench {
    struct connection connections[CONNECTIONS_MAX];
    struct connection *idle[CONNECTIONS_MAX]; /* a queue: who rested longest is next */
    size_t count, idle_first, idle_count;
    char request[REQUEST_MAX];
    double gap; /* nanoseconds, on average */
    int64_t begin, end, next;
    int epoll;
};

static void die(const char *what) {
    fprintf(stderr, "paced_bench: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void rest(struct bench *b, struct connection *c) {
    size_t last = b->idle_first + b->idle_count++;
    b->idle[last < b->count ? last : last - b->count] = c;
}

static void dial(struct bench *b, struct connection *c, const char *address, int port,
                 const char *host, SSL_CTX *tls) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1 || c->fd < 0 ||
        connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("nobody takes connections");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (tls) {
        c->ssl = SSL_new(tls);
        if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1 ||
            SSL_set_tlsext_host_name(c->ssl, host) != 1 || SSL_connect(c->ssl) != 1)
            die("there is no TLS connection");
    }
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
        die("the connection cannot be waited for");
    rest(b, c);
}

static void ask(struct bench *b) {
    struct connection *c = b->idle[b->idle_first];
    size_t size = strlen(b->request);
    b->idle_first = b->idle_first + 1 < b->count ? b->idle_first + 1 : 0;
    b->idle_count--;
    c->due = b->next;
    c->got = 0;
    ssize_t n = c->ssl ? SSL_write(c->ssl, b->request, (int)size) : write(c->fd, b->request, size);
    if (n != (ssize_t)size)
        die("a request cannot be sent");
    b->next += (int64_t)(-log(1.0 - drand48()) * b->gap);
}

static ssize_t take(struct connection *c) {
    size_t room = ANSWER_MAX - c->got;
    errno = 0;
    if (room == 0)
        die("an answer is larger than is expected");
    if (!c->ssl)
        return read(c->fd, c->answer + c->got, room);
    int n = SSL_read(c->ssl, c->answer + c->got, (int)room);
    if (n <= 0 && SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ)
        errno = EAGAIN;
    return n;
}

/* Only answers with a Content-Length are asked for. */
static bool is_whole(struct connection *c) {
    c->answer[c->got] = '\0';
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = strcasestr(c->answer, "\r\nContent-Length:");
    if (!end)
        return false;
    if (!length || strncmp(c->answer, "HTTP/1.1 200", 12) != 0)
        die("an answer is not the one that was asked for");
    size_t size = (size_t)(end + 4 - c->answer) + strtoul(length + 17, NULL, 10);
    return c->got >= size;
}

static void answered(struct bench *b, struct connection *c) {
    ssize_t n = take(c);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        die("an answer ends early");
    c->got += (size_t)n;
    if (!is_whole(c))
        return;
    if (c->due - b->begin >= WARM)
        printf("%lld\n", (long long)(now() - c->due));
    rest(b, c);
}

static void run(struct bench *b) {
    struct epoll_event events[EVENTS];
    while (b->next < b->end || b->idle_count < b->count) {
        int64_t left = b->next - now();
        for (; left <= 0 && b->idle_count > 0 && b->next < b->end; left = b->next - now())
            ask(b);
        struct timespec wait = {left / SECOND, left % SECOND};
        bool is_timed = b->idle_count > 0 && b->next < b->end;
        int n = epoll_pwait2(b->epoll, events, EVENTS, is_timed ? &wait : NULL, NULL);
        if (n < 0)
            die("there is nothing to wait for");
        for (int i = 0; i < n; i++)
            answered(b, events[i].data.ptr);
    }
}

int main(int argc, char **argv) {
    static struct bench b;
    static char output[1 << 16];
    if (argc != 8)
        return 2;
    int port = (int)strtol(argv[2], NULL, 10);
    SSL_CTX *tls = port == 443 ? SSL_CTX_new(TLS_client_method()) : NULL;
    setvbuf(stdout, output, _IOFBF, sizeof output);
    prctl(PR_SET_TIMERSLACK, 1UL); /* the usual 50 us are more than what is measured */
    b.epoll = epoll_create1(EPOLL_CLOEXEC);
    b.count = strtoul(argv[4], NULL, 10);
    b.gap = (double)SECOND / strtod(argv[5], NULL);
    srand48(strtol(argv[7], NULL, 10));
    if (b.count == 0 || b.count > CONNECTIONS_MAX || !(b.gap >= 1))
        return 2;
    snprintf(b.request, sizeof b.request, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", argv[3]);
    for (size_t i = 0; i < b.count; i++)
        dial(&b, &b.connections[i], argv[1], port, argv[3], tls);
    b.begin = b.next = now();
    b.end = b.begin + WARM + (int64_t)(strtod(argv[6], NULL) * (double)SECOND);
    run(&b);
    return 0;
}
