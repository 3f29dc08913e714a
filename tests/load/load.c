/* SPDX-License-Identifier: Apache-2.0
 *
 *     load ADDRESS PORT CA PROTOCOL CONNECTIONS STREAMS AMOUNT < people
 *
 * PROTOCOL is h1 or h2, AMOUNT a number of questions or a time ("40s"). Each line of `people`: HOST
 * COOKIE USER PREFIX; the back end is the lab's (tests/lab), whose pages say what they have seen.
 * Prints what came of it as JSON; the exit code says only whether it could be done. */
#include "load.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PEOPLE_MAX = 4096,
    THREADS_MAX = 1024,
    HOSTS_MAX = 16,
    BODY_EVERY = 8,
    LATENCIES_MAX = 1 << 20
};

struct worker {
    struct load *load;
    const char *host;
    unsigned streams; /* 0: HTTP/1.1 */
    pthread_t thread;
};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what) {
    fprintf(stderr, "load: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int dial(const struct load *l) {
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    int one = 1;
    if (getaddrinfo(l->address, l->port, &hints, &found) != 0)
        die("the address is none");
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
        die("nobody takes connections");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    freeaddrinfo(found);
    return fd;
}

SSL *load_connect(struct load *l, const char *host, const char *protocol) {
    unsigned char alpn[16] = {(unsigned char)strlen(protocol)};
    const unsigned char *chosen;
    unsigned length;
    SSL *ssl = SSL_new(l->tls);
    memcpy(alpn + 1, protocol, alpn[0]);
    if (!ssl || SSL_set_fd(ssl, dial(l)) != 1 || SSL_set_tlsext_host_name(ssl, host) != 1 ||
        SSL_set1_host(ssl, host) != 1 || SSL_set_alpn_protos(ssl, alpn, alpn[0] + 1u) != 0 ||
        SSL_connect(ssl) != 1)
        die("there is no TLS connection");
    SSL_get0_alpn_selected(ssl, &chosen, &length);
    if (length != alpn[0] || memcmp(chosen, protocol, length) != 0)
        die("the protocol was not chosen");
    pthread_mutex_lock(&l->mutex);
    l->connects++;
    pthread_mutex_unlock(&l->mutex);
    return ssl;
}

void load_close(SSL *ssl) {
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

/* Those at one host take turns. */
static const struct person *choose(const struct load *l, const char *host, uint64_t number) {
    size_t count = 0, at = 0;
    for (size_t i = 0; i < l->people_count; i++)
        count += strcmp(l->people[i].host, host) == 0;
    for (size_t left = number % count;; at++) {
        if (strcmp(l->people[at].host, host) == 0 && left-- == 0)
            return &l->people[at];
    }
}

bool load_next(struct load *l, const char *host, struct question *q) {
    pthread_mutex_lock(&l->mutex);
    uint64_t number = l->asked;
    bool is_next = l->count ? number < l->count : now_us() < l->ends_us;
    l->asked += is_next;
    pthread_mutex_unlock(&l->mutex);
    if (!is_next)
        return false;
    q->person = choose(l, host, number);
    q->status = 0;
    q->answer_size = q->body_size = 0;
    q->asked_us = now_us();
    snprintf(q->target, sizeof q->target, "/who?n=%llu&of=%.200s", (unsigned long long)number,
             q->person->user);
    if (number % BODY_EVERY == 0) {
        /* Of many sizes, each unlike the others. */
        q->body_size = 1 + (number * 37) % BODY_MAX;
        for (size_t i = 0; i < q->body_size; i++)
            q->body[i] = (char)('a' + (number + i * (number % 7 + 1)) % 26);
    }
    return true;
}

static void wrong(struct load *l, const struct question *q, const char *what) {
    if (l->wrong++ < WRONG_SHOWN)
        snprintf(l->wrongs[l->wrong - 1], sizeof l->wrongs[0],
                 "%s: %.100s at %.200s asked %.400s, status %d", what, q->person->user,
                 q->person->host, q->target, q->status);
}

static void sha256(const struct question *q, char hex[65]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_Digest(q->body, q->body_size, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static bool has(const struct question *q, const char *name, const char *value) {
    char text[3 * TEXT_MAX];
    snprintf(text, sizeof text, "\"%s\": \"%s\"", name, value);
    return strstr(q->answer, text) != NULL;
}

/* What is the matter with an answer that says 200; NULL: nothing. */
static const char *check(const struct question *q) {
    char target[2 * TEXT_MAX], digest[65];
    snprintf(target, sizeof target, "%s%s", q->person->prefix, q->target);
    sha256(q, digest);
    if (!has(q, "remote_user", q->person->user))
        return "an answer for somebody else";
    if (!has(q, "target", target) || !has(q, "method", q->body_size ? "POST" : "GET"))
        return "an answer to something else";
    if (!has(q, "body_sha256", digest))
        return "another body has arrived";
    return q->answer[q->answer_size - 1] == '\n' ? NULL : "an answer that is not whole";
}

void load_answered(struct load *l, const struct question *q) {
    const char *what = q->status == 200 ? check(q) : NULL;
    int64_t took_us = now_us() - q->asked_us;
    if (q->status != 200 && strstr(q->answer, "remote_user"))
        what = "a page of the back end's with an error's status";
    pthread_mutex_lock(&l->mutex);
    l->statuses[q->status >= 100 && q->status < 1000 ? q->status : 0]++;
    if (what)
        wrong(l, q, what);
    if (q->status == 200 && l->latency_count < l->latency_max)
        l->latencies_us[l->latency_count++] = (uint32_t)took_us;
    pthread_mutex_unlock(&l->mutex);
}

void load_cut(struct load *l) {
    pthread_mutex_lock(&l->mutex);
    l->cut++;
    pthread_mutex_unlock(&l->mutex);
}

static void *work(void *user) {
    const struct worker *w = user;
    if (w->streams)
        h2_run(w->load, w->host, w->streams);
    else
        h1_run(w->load, w->host);
    return NULL;
}

static void read_people(struct load *l) {
    char line[4 * TEXT_MAX];
    l->people = calloc(PEOPLE_MAX, sizeof *l->people);
    while (l->people && l->people_count < PEOPLE_MAX && fgets(line, sizeof line, stdin)) {
        struct person *p = &l->people[l->people_count++];
        p->prefix[0] = '\0';
        if (sscanf(line, "%511s %511s %511s %511s", p->host, p->cookie, p->user, p->prefix) < 3)
            die("a line of people is HOST COOKIE USER PREFIX");
    }
    if (!l->people_count)
        die("there is nobody");
}

/* The hosts in turn, in the order of their first line. */
static const char *host_of(const struct load *l, size_t number) {
    const char *hosts[HOSTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < l->people_count && count < HOSTS_MAX; i++) {
        size_t at = 0;
        while (at < count && strcmp(hosts[at], l->people[i].host) != 0)
            at++;
        hosts[at] = l->people[i].host;
        count += at == count;
    }
    return hosts[number % count];
}

static int by_size(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static double quantile_ms(const struct load *l, double part) {
    size_t last = l->latency_count - 1;
    return l->latency_count ? l->latencies_us[(size_t)(part * (double)last)] / 1000.0 : 0;
}

static void report(struct load *l, double seconds) {
    const char *comma = "";
    qsort(l->latencies_us, l->latency_count, sizeof *l->latencies_us, by_size);
    printf("{\"seconds\": %.3f, \"cut\": %llu, \"connections\": %llu, \"p50\": %.2f, "
           "\"p99\": %.2f, \"max\": %.2f, \"wrong\": %llu, \"statuses\": {",
           seconds, (unsigned long long)l->cut, (unsigned long long)l->connects,
           quantile_ms(l, 0.5), quantile_ms(l, 0.99), quantile_ms(l, 1),
           (unsigned long long)l->wrong);
    for (int i = 0; i < 1000; i++) {
        if (l->statuses[i]) {
            printf("%s\"%d\": %llu", comma, i, (unsigned long long)l->statuses[i]);
            comma = ", ";
        }
    }
    printf("}, \"wrongs\": [");
    for (uint64_t i = 0; i < l->wrong && i < WRONG_SHOWN; i++)
        printf("%s\"%s\"", i ? ", " : "", l->wrongs[i]);
    printf("]}\n");
}

static void prepare(struct load *l, char **argv) {
    char *unit;
    l->address = argv[1];
    l->port = argv[2];
    l->tls = SSL_CTX_new(TLS_client_method());
    if (!l->tls || SSL_CTX_load_verify_locations(l->tls, argv[3], NULL) != 1)
        die("the authority cannot be read");
    SSL_CTX_set_verify(l->tls, SSL_VERIFY_PEER, NULL);
    l->count = strtoull(argv[7], &unit, 10);
    if (*unit == 's') {
        l->ends_us = now_us() + (int64_t)l->count * 1000000;
        l->count = 0;
    }
    l->latency_max = LATENCIES_MAX;
    l->latencies_us = calloc(l->latency_max, sizeof *l->latencies_us);
    if (!l->latencies_us)
        die("no memory");
    pthread_mutex_init(&l->mutex, NULL);
}

int main(int argc, char **argv) {
    static struct load l;
    static struct worker workers[THREADS_MAX];
    unsigned long threads = argc == 8 ? strtoul(argv[5], NULL, 10) : 0;
    if (threads == 0 || threads > THREADS_MAX)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    read_people(&l);
    prepare(&l, argv);
    bool is_h2 = strcmp(argv[4], "h2") == 0;
    unsigned streams = is_h2 ? (unsigned)strtoul(argv[6], NULL, 10) : 0;
    int64_t from_us = now_us();
    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){&l, host_of(&l, i), streams, 0};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            die("a thread cannot be started");
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(workers[i].thread, NULL);
    report(&l, (double)(now_us() - from_us) / 1e6);
    return 0;
}
