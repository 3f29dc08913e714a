/* SPDX-License-Identifier: Apache-2.0 */
#include "main/control_socket.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

bool control_address(const char *file, struct control_address *a, struct err *e) {
    char folder[PATH_MAX], real[PATH_MAX];
    unsigned char digest[SHA256_SIZE];
    struct buf name;
    const char *slash = strrchr(file, '/');
    struct str above = slash == file ? STR("/")
                       : slash       ? str_n(file, (size_t)(slash - file))
                                     : STR(".");
    *a = (struct control_address){.un.sun_family = AF_UNIX};
    if (above.n >= sizeof folder)
        return err_set(e, ERR_CONFIG, "%s: %s", file, strerror(ENAMETOOLONG));
    memcpy(folder, above.p, above.n);
    folder[above.n] = 0;
    if (!realpath(folder, real))
        return err_set(e, ERR_CONFIG, "%s: %s", file, strerror(errno));
    buf_init(&name, 2 * PATH_MAX);
    buf_printf(&name, "%s/%s", real, slash ? slash + 1 : file);
    secret_sha256(buf_str(&name), digest);
    buf_clear(&name);
    buf_add_byte(&name, 0); /* makes it abstract */
    buf_add(&name, STR("kerbgate/"));
    encode_hex(&name, str_n((const char *)digest, sizeof digest));
    bool ok = !name.failed && buf_size(&name) <= sizeof a->un.sun_path;
    if (ok) {
        memcpy(a->un.sun_path, buf_str(&name).p, buf_size(&name));
        a->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + buf_size(&name));
    }
    buf_fini(&name);
    return ok || err_set(e, ERR_NO_MEMORY, "no memory");
}

bool control_is_friend(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

/* Somebody has our name: who? */
static bool refuse_second(const struct control_address *a, const char *file, struct err *e) {
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool knows = fd >= 0 && connect(fd, (const struct sockaddr *)&a->un, a->size) == 0 &&
                 getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    bool is_friend = knows && control_is_friend(fd);
    if (fd >= 0)
        close(fd);
    if (knows && !is_friend) {
        err_set(e, ERR_CONFIG,
                "process %d of account %u has taken the socket for reloading %s, and is no kerbgate"
                " of ours",
                (int)peer.pid, (unsigned)peer.uid, file);
        err_hint(e, "End it: kill %d", (int)peer.pid);
        return false;
    }
    err_set(e, ERR_CONFIG, "kerbgate runs with %s already%s", file, knows ? "" : " or is starting");
    if (knows)
        err_hint(e,
                 "It is process %d. To have it read the file again, type: kerbgate reload "
                 "--config %s",
                 (int)peer.pid, file);
    return false;
}

void control_socket_init(struct control_socket *s) {
    s->fd = -1;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        s->clients[i].fd = -1;
}

bool control_socket_open(struct control_socket *s, const char *file, struct err *e) {
    struct control_address a;
    control_socket_init(s);
    if (!control_address(file, &a, e))
        return false;
    s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd >= 0 && bind(s->fd, (const struct sockaddr *)&a.un, a.size) == 0 &&
        listen(s->fd, CONTROL_CLIENTS_MAX) == 0)
        return true;
    if (s->fd >= 0 && errno == EADDRINUSE)
        refuse_second(&a, file, e);
    else
        err_set(e, ERR_IO, "the socket for kerbgate reload: %s", strerror(errno));
    control_socket_close(s);
    return false;
}

static void drop(struct control_client *c) {
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

void control_socket_close(struct control_socket *s) {
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        drop(&s->clients[i]);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void answer(struct control_client *c, char what, struct str text) {
    struct buf out;
    buf_init(&out, CONTROL_ANSWER_MAX);
    buf_add_byte(&out, what);
    buf_add(&out, str_head(text, CONTROL_ANSWER_MAX - 1));
    struct str s = buf_str(&out);
    /* A client that has gone, or does not read, has what it wanted. */
    (void)!send(c->fd, s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    buf_fini(&out);
    drop(c);
}

/* Also the ones that are turned away are taken off the queue. */
static void accept_clients(struct control_socket *s) {
    struct control_client surplus, *c;
    for (;;) {
        int i = 0;
        while (i < CONTROL_CLIENTS_MAX && s->clients[i].fd >= 0)
            i++;
        c = i < CONTROL_CLIENTS_MAX ? &s->clients[i] : &surplus;
        c->fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (c->fd < 0)
            return;
        c->state = CONTROL_CLIENT_SILENT;
        c->deadline_us = clock_mono_us() + CONTROL_SILENCE_S * 1000000LL;
        if (!control_is_friend(c->fd))
            answer(c, CONTROL_IS_REFUSED,
                   STR("only root and the account that kerbgate run was started in may do this\n"));
        else if (c == &surplus)
            answer(c, CONTROL_IS_REFUSED,
                   STR("too many others ask something at this moment, try again\n"));
    }
}

/* What it asks for, if it does. */
static char read_client(struct control_client *c) {
    char said = 0;
    if (c->state == CONTROL_CLIENT_PASSES)
        return 0;
    ssize_t n = recv(c->fd, &said, 1, MSG_DONTWAIT | MSG_PEEK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n == 1 && said == CONTROL_TICKETS && c->state == CONTROL_CLIENT_SILENT) {
        c->state = CONTROL_CLIENT_PASSES;
        return 0;
    }
    n = recv(c->fd, &said, 1, MSG_DONTWAIT);
    if (n == 1 && (said == CONTROL_RELOAD || said == CONTROL_RESTART) &&
        c->state == CONTROL_CLIENT_SILENT) {
        c->state = CONTROL_CLIENT_ASKED;
        c->deadline_us = clock_mono_us() + CONTROL_WAIT_S * 1000000LL;
        return said;
    }
    drop(c);
    return 0;
}

char control_socket_tick(struct control_socket *s) {
    char asked = 0;
    int64_t now = clock_mono_us();
    accept_clients(s);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *c = &s->clients[i];
        char said = c->fd >= 0 ? read_client(c) : 0;
        if (said && asked != CONTROL_RESTART)
            asked = said;
        if (c->fd >= 0 && now >= c->deadline_us)
            drop(c);
    }
    return asked;
}

void control_socket_pass(struct control_socket *s, control_pass_fn *pass, void *user) {
    char said[CONTROL_ASK_MAX];
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *c = &s->clients[i];
        if (c->fd < 0 || c->state != CONTROL_CLIENT_PASSES)
            continue;
        ssize_t n = recv(c->fd, said, sizeof said, MSG_DONTWAIT);
        if (n > 0 && pass(user, str_n(said, (size_t)n), c->fd))
            drop(c);
        else
            answer(
                c, CONTROL_IS_REFUSED,
                STR("no worker serves at the moment; its log says why: journalctl -u kerbgate\n"));
    }
}

size_t control_socket_poll(const struct control_socket *s, struct pollfd *polls) {
    size_t n = 0;
    if (s->fd >= 0)
        polls[n++] = (struct pollfd){.fd = s->fd, .events = POLLIN};
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (s->clients[i].fd >= 0)
            polls[n++] = (struct pollfd){.fd = s->clients[i].fd, .events = POLLIN};
    return n;
}

int64_t control_socket_next_us(const struct control_socket *s) {
    int64_t next = INT64_MAX;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (s->clients[i].fd >= 0 && s->clients[i].deadline_us < next)
            next = s->clients[i].deadline_us;
    return next;
}

void control_socket_begin(struct control_socket *s) {
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (s->clients[i].fd >= 0 && s->clients[i].state == CONTROL_CLIENT_ASKED)
            s->clients[i].state = CONTROL_CLIENT_WAITS;
}

void control_socket_answer(struct control_socket *s, char what, struct str text) {
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (s->clients[i].fd >= 0 && s->clients[i].state == CONTROL_CLIENT_WAITS)
            answer(&s->clients[i], what, text);
}
