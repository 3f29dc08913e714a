/* SPDX-License-Identifier: Apache-2.0 */
#include "main/control_client.h"

#include "main/commands.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int control_fail(const char *name, const struct err *e) {
    fprintf(stderr, "%s: %s\n", name, e->detail);
    if (e->hint[0])
        fprintf(stderr, "%s\n", e->hint);
    return EXIT_FINDING;
}

int control_call(const char *file, struct err *e) {
    struct control_address a;
    struct timeval limit = {.tv_sec = CONTROL_WAIT_S};
    if (!control_address(file, &a, e))
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
        connect(fd, (const struct sockaddr *)&a.un, a.size) == 0) {
        if (control_is_friend(fd))
            return fd;
        err_set(e, ERR_IO, "who answers for %s is neither root nor this account", file);
        err_hint(e, "If kerbgate runs as another account, type this as that account or as root");
    } else if (errno == ECONNREFUSED) {
        err_set(e, ERR_IO, "no kerbgate runs with %s", file);
        err_hint(e, "To start it, type: systemctl start kerbgate, or kerbgate run --config %s",
                 file);
    } else {
        err_set(e, ERR_IO, "the running kerbgate cannot be reached: %s", strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return -1;
}
