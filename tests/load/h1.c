/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What was received and not yet used. */
struct input {
    SSL *ssl;
    size_t at, end;
    char bytes[16 * 1024];
};

static bool fill(struct input *in) {
    int n = SSL_read(in->ssl, in->bytes, (int)sizeof in->bytes);
    in->at = 0;
    in->end = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Without its CR LF. */
static bool read_line(struct input *in, char *line, size_t size) {
    size_t n = 0;
    for (;;) {
        if (in->at == in->end && !fill(in))
            return false;
        char c = in->bytes[in->at++];
        if (c == '\n') {
            line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
            return true;
        }
        if (n + 1 < size)
            line[n++] = c;
    }
}

static bool read_bytes(struct input *in, struct question *q, size_t size) {
    while (size > 0) {
        if (in->at == in->end && !fill(in))
            return false;
        size_t n = in->end - in->at < size ? in->end - in->at : size;
        if (q->answer_size + n > ANSWER_MAX)
            return false;
        memcpy(q->answer + q->answer_size, in->bytes + in->at, n);
        q->answer_size += n;
        in->at += n;
        size -= n;
    }
    return true;
}

static bool read_chunks(struct input *in, struct question *q) {
    char line[TEXT_MAX];
    size_t size;
    do {
        if (!read_line(in, line, sizeof line))
            return false;
        size = strtoul(line, NULL, 16);
        if (!read_bytes(in, q, size) || !read_line(in, line, sizeof line))
            return false;
    } while (size > 0);
    return true;
}

/* RFC 9112 6.3; kerbgate frames each answer. */
static bool read_answer(struct input *in, struct question *q, bool *is_last) {
    char line[4 * TEXT_MAX];
    bool is_chunked = false;
    size_t length = 0;
    if (!read_line(in, line, sizeof line) || sscanf(line, "HTTP/1.1 %d", &q->status) != 1)
        return false;
    while (read_line(in, line, sizeof line) && line[0]) {
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        is_chunked |= strcasecmp(line, "Transfer-Encoding: chunked") == 0;
        *is_last |= strcasecmp(line, "Connection: close") == 0;
    }
    bool is_whole = is_chunked ? read_chunks(in, q) : read_bytes(in, q, length);
    q->answer[q->answer_size] = '\0';
    return is_whole;
}

static bool ask(SSL *ssl, const struct question *q) {
    char request[4 * TEXT_MAX + BODY_MAX], length[64] = "";
    if (q->body_size)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", q->body_size);
    int n =
        snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n%s\r\n%.*s",
                 q->body_size ? "POST" : "GET", q->target, q->person->host, q->person->cookie,
                 length, (int)q->body_size, q->body);
    return SSL_write(ssl, request, n) == n;
}

void h1_run(struct load *l, const char *host) {
    struct question *q = malloc(sizeof *q);
    struct input *in = calloc(1, sizeof *in);
    while (q && in && load_next(l, host, q)) {
        bool is_last = false;
        if (!in->ssl) {
            in->ssl = load_connect(l, host, "http/1.1");
            in->at = in->end = 0;
        }
        if (ask(in->ssl, q) && read_answer(in, q, &is_last)) {
            load_answered(l, q);
        } else {
            load_cut(l);
            is_last = true;
        }
        if (is_last) {
            load_close(in->ssl);
            in->ssl = NULL;
        }
    }
    if (in && in->ssl)
        load_close(in->ssl);
    free(in);
    free(q);
}
