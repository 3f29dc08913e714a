/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_child.h"

#include "base/clock.h"
#include "base/log.h"
#include "main/supervisor_spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SAYS_READY = 'R', /* both kinds of child say the same */
    SAYS_ERROR = 'E',
    SAYS_LEFT = 'L', /* a worker alone */
};

void child_init(struct child *c, enum child_role role) {
    *c = (struct child){.role = role, .control = -1};
}

bool child_start(struct child *c, const char *file, const int *fds, size_t count, struct err *e) {
    int pair[2];
    int *all = calloc(count + 1, sizeof *all);
    if (!all)
        return err_set(e, ERR_NO_MEMORY, "no memory to start the %s", child_name(c->role));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        free(all);
        return err_set(e, ERR_IO, "the %s's control socket: %s", child_name(c->role),
                       strerror(errno));
    }
    all[0] = pair[1];
    memcpy(all + 1, fds, count * sizeof *fds);
    pid_t pid = spawn(child_name(c->role), file, all, count + 1, e);
    free(all);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return false;
    }
    *c = (struct child){.role = c->role,
                        .pid = pid,
                        .control = pair[0],
                        .since_us = clock_mono_us(),
                        .crashes = c->crashes};
    return true;
}

/* What is printed on a terminal holds no control bytes. */
static void clean(char *text, size_t size) {
    text[size - 1] = 0;
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static void take_err(struct child *c, const char *at) {
    memcpy(&c->err, at, sizeof c->err);
    if (c->err.code <= ERR_NONE || c->err.code >= ERR_COUNT)
        c->err.code = ERR_INTERNAL;
    clean(c->err.detail, sizeof c->err.detail);
    clean(c->err.hint, sizeof c->err.hint);
    clean(c->err.kdc.step, sizeof c->err.kdc.step);
    clean(c->err.kdc.address, sizeof c->err.kdc.address);
    c->has_err = true;
}

bool child_read(struct child *c) {
    char said[1 + sizeof c->err];
    bool was_ready = c->is_ready;
    while (c->control >= 0) {
        ssize_t n = recv(c->control, said, sizeof said, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            child_leave(c); /* it has ended, or will, and SIGCHLD says how */
        else if (said[0] == SAYS_ERROR && n == sizeof said)
            take_err(c, said + 1);
        else if (said[0] == SAYS_READY)
            c->is_ready = true;
        else if (said[0] == SAYS_LEFT)
            c->has_left = true;
    }
    if (was_ready || !c->is_ready)
        return false;
    c->since_us = clock_mono_us();
    return true;
}

void child_tell(struct child *c, char word) {
    if (c->control >= 0 && send(c->control, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        log_printf(LOG_WARN, "the %s (process %d) cannot be told: %s", child_name(c->role),
                   (int)c->pid, strerror(errno));
}

bool child_pass(struct child *c, struct str said, int fd) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)said.p, said.n};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(h), &fd, sizeof fd);
    return c->control >= 0 && sendmsg(c->control, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void child_leave(struct child *c) {
    if (c->control >= 0)
        close(c->control);
    c->control = -1;
}

void child_kill(struct child *c) {
    if (c->pid > 0)
        kill(c->pid, SIGKILL);
}

void child_ended(struct child *c, int status, struct err *e) {
    child_read(c);
    child_leave(c);
    if (c->has_err && !c->is_ready)
        *e = c->err;
    else if (WIFSIGNALED(status))
        err_set(e, ERR_INTERNAL, "the %s (process %d) was ended by signal %d (%s)",
                child_name(c->role), (int)c->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        err_set(e, ERR_INTERNAL, "the %s (process %d) ended with status %d", child_name(c->role),
                (int)c->pid, WEXITSTATUS(status));
    c->pid = 0;
}

int64_t child_back_off_ms(struct child *c, int64_t healthy_us) {
    if (healthy_us >= CHILD_HEALTHY_MS * 1000)
        c->crashes = 0;
    unsigned before = c->crashes++;
    if (before == 0)
        return 0;
    int64_t ms = before > 10 ? CHILD_BACK_OFF_MAX_MS : CHILD_BACK_OFF_MS << (before - 1);
    return ms < CHILD_BACK_OFF_MAX_MS ? ms : CHILD_BACK_OFF_MAX_MS;
}
