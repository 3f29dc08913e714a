/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static const struct listener *find(const struct listeners *l, const struct listener *like) {
    for (size_t i = 0; l && i < l->count; i++) {
        const struct listener *have = &l->items[i];
        if (have->thread == like->thread && have->port == like->port &&
            strcmp(have->address, like->address) == 0)
            return have;
    }
    return NULL;
}

static bool uses_port(const struct listeners *l, uint16_t port) {
    for (size_t i = 0; l && i < l->count; i++)
        if (l->items[i].port == port)
            return true;
    return false;
}

/* "[::]:443" and "0.0.0.0:443" are two addresses, each of which can be had without the other. */
static int bind_to(const struct addrinfo *to, bool is_shared) {
    int on = 1;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (ok && is_shared)
        ok = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    if (ok && to->ai_family == AF_INET6)
        ok = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    if (ok && bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static void hint_for(int error, const struct listener *l, struct err *e) {
    if (error == EADDRINUSE)
        err_hint(e, "To see who has the port, type: ss -ltnp 'sport = :%u'", l->port);
    else if (error == EACCES)
        err_hint(e, "Ports below 1024 are root's: start as root, with gateway.run_as in the "
                    "configuration, or with the capability CAP_NET_BIND_SERVICE");
    else if (error == EADDRNOTAVAIL)
        err_hint(e, "To see the addresses of this machine, type: ip address");
}

/* With SO_REUSEPORT two servers of one account could have the same port and halve its connections
 * between them; so the first socket of a port is tried without. */
static int bind_first(const struct addrinfo *to) {
    int alone = bind_to(to, false);
    if (alone < 0)
        return -1;
    close(alone);
    return bind_to(to, true);
}

static bool open_new(struct listener *l, bool is_first, struct err *e) {
    struct addrinfo *to = NULL;
    struct addrinfo how = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    char port[8];
    snprintf(port, sizeof port, "%u", l->port);
    int unknown = getaddrinfo(l->address, port, &how, &to);
    if (!unknown)
        l->fd = is_first ? bind_first(to) : bind_to(to, true);
    int error = errno;
    if (to)
        freeaddrinfo(to);
    if (l->fd >= 0)
        return true;
    err_set(e, ERR_CONFIG, "line %u: gateway.%s: %s port %u: %s", l->line,
            l->thread < UINT_MAX ? "listen" : "admin", l->address, l->port,
            unknown ? gai_strerror(unknown) : strerror(error));
    if (!unknown)
        hint_for(error, l, e);
    return false;
}

static bool take_over(struct listener *l, const struct listener *have, struct err *e) {
    l->fd = fcntl(have->fd, F_DUPFD_CLOEXEC, 0);
    return l->fd >= 0 || err_set(e, ERR_IO, "a listening socket: %s", strerror(errno));
}

/* Which one is the `i`th. */
static struct listener wanted(const struct config *c, size_t i) {
    if (i == c->threads * c->listen_count)
        return (struct listener){.address = c->admin.address,
                                 .port = c->admin.port,
                                 .thread = UINT_MAX,
                                 .line = config_mark_of(c, &c->admin.address).line,
                                 .fd = -1};
    const struct config_listen *at = &c->listen[i % c->listen_count];
    return (struct listener){.address = at->address,
                             .port = at->port,
                             .thread = (unsigned)(i / c->listen_count),
                             .line = at->mark.line,
                             .fd = -1};
}

size_t listeners_count(const struct config *c) {
    return c->threads * c->listen_count + (c->admin.address != NULL);
}

bool listeners_adopt(struct listeners *l, const struct config *c, int fd) {
    if (!l->items)
        l->items = calloc(listeners_count(c), sizeof *l->items);
    if (!l->items || l->count == listeners_count(c))
        return false;
    l->items[l->count] = wanted(c, l->count);
    l->items[l->count++].fd = fd;
    return true;
}

bool listeners_open(struct listeners *l, const struct config *c, const struct listeners *now,
                    struct err *e) {
    size_t count = listeners_count(c);
    *l = (struct listeners){.items = calloc(count, sizeof *l->items)};
    if (!l->items)
        return err_set(e, ERR_NO_MEMORY, "no memory for the listening sockets");
    for (size_t i = 0; i < count; i++) {
        struct listener *new = &l->items[i];
        *new = wanted(c, i);
        const struct listener *have = find(now, new);
        l->count++;
        /* Not first when an address has changed, as from 0.0.0.0 to 10.0.0.1: that is us, too. */
        bool is_first = (new->thread == 0 || new->thread == UINT_MAX) && !uses_port(now, new->port);
        if (!(have ? take_over(new, have, e) : open_new(new, is_first, e))) {
            listeners_close(l);
            return false;
        }
    }
    return true;
}

void listeners_close(struct listeners *l) {
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].fd >= 0)
            close(l->items[i].fd);
    free(l->items);
    *l = (struct listeners){0};
}

void listeners_retire(const struct listeners *l, const struct listeners *next) {
    for (size_t i = 0; i < l->count; i++)
        if (!find(next, &l->items[i]))
            shutdown(l->items[i].fd, SHUT_RDWR);
}
