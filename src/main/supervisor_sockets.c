/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A burst of tickets, each with a PAC, must not fill it. */
enum { SOCKET_BYTES = 1 << 20 };

static bool write_all(int fd, struct str text) {
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

int sealed_text(struct str text, struct err *e) {
    int fd = memfd_create("kerbgate.yaml", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && write_all(fd, text) &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
        return fd;
    err_set(e, ERR_IO, "the configuration cannot be passed on: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

bool sealed_read(int fd, size_t max, struct buf *out, struct err *e) {
    buf_init(out, max);
    for (;;) {
        size_t n = max;
        char *to = buf_reserve(out, &n);
        /* The place of reading is shared with the children. */
        ssize_t got = to ? pread(fd, to, n, (off_t)buf_size(out)) : 0;
        if (got < 0)
            return err_set(e, ERR_IO, "the configuration cannot be read again: %s",
                           strerror(errno));
        if (got == 0)
            return true;
        buf_commit(out, (size_t)got);
    }
}

/* More than the system's limit is root's to ask for. */
static void widen(int fd) {
    int size = SOCKET_BYTES;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

bool pairs_open(struct pairs *p, unsigned count, struct err *e) {
    *p = (struct pairs){.broker = calloc(count, sizeof(int)), .worker = calloc(count, sizeof(int))};
    bool ok = p->broker && p->worker;
    errno = ENOMEM;
    for (unsigned i = 0; ok && i < count; i++) {
        int pair[2];
        ok = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0;
        if (!ok)
            break;
        widen(pair[0]);
        widen(pair[1]);
        p->broker[i] = pair[0];
        p->worker[i] = pair[1];
        p->count++;
    }
    if (ok)
        return true;
    err_set(e, ERR_IO, "the sockets between worker and broker: %s", strerror(errno));
    pairs_close(p);
    return false;
}

bool pairs_adopt(struct pairs *p, unsigned count, int broker, int worker) {
    if (!p->broker)
        *p = (struct pairs){.broker = calloc(count, sizeof(int)),
                            .worker = calloc(count, sizeof(int))};
    if (!p->broker || !p->worker || p->count == count)
        return false;
    p->broker[p->count] = broker;
    p->worker[p->count++] = worker;
    return true;
}

void pairs_close(struct pairs *p) {
    for (unsigned i = 0; i < p->count; i++) {
        close(p->broker[i]);
        close(p->worker[i]);
    }
    free(p->broker);
    free(p->worker);
    *p = (struct pairs){0};
}

/* Cut to one byte, so that no ticket comes into this process. */
void pairs_forget_answers(const struct pairs *p) {
    char unread;
    for (unsigned i = 0; i < p->count; i++)
        while (recv(p->worker[i], &unread, 1, MSG_DONTWAIT) >= 0)
            ;
}
