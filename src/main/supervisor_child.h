/* SPDX-License-Identifier: Apache-2.0
 *
 * One child of the supervisor: starting it, what it says, how it ended. The supervisor reads and
 * reaps; nothing here waits. Supervisor only.
 */
#pragma once
#include "main/child.h"

#include <sys/types.h>

struct child {
    enum child_role role;
    pid_t pid;   /* 0: there is none */
    int control; /* our end of its control socket, -1: closed */
    bool is_ready;
    bool has_left; /* a worker: it has said that it accepts nothing more */
    bool has_err;  /* `err` is what it said it failed of */
    struct err err;
    int64_t since_us; /* when it was started or, later, became ready */
    unsigned crashes; /* one soon after the other */
};

void child_init(struct child *c, enum child_role role);

/* Starts kerbgate anew as this child, with `fds` from CHILD_CONFIG_FD on and its control socket.
 * `file` is the name of the configuration. False with `e` set. */
bool child_start(struct child *c, const char *file, const int *fds, size_t count, struct err *e);

/* Takes what it has said. True when it has just become ready. */
bool child_read(struct child *c);
/* One byte of broker/process.h or gateway/worker.h. */
void child_tell(struct child *c, char word);
/* Hands it a datagram that somebody else has sent us, and who that is. False: it cannot be told. */
bool child_pass(struct child *c, struct str said, int fd);
/* Closes the control socket: it has nothing left to wait for, and ends. */
void child_leave(struct child *c);
void child_kill(struct child *c);

/* It was reaped with `status` of waitpid(2). `e` says how it ended: in its own words if it had some
 * before it was ready. */
void child_ended(struct child *c, int status, struct err *e);
enum {
    CHILD_BACK_OFF_MS = 100,
    CHILD_BACK_OFF_MAX_MS = 2000,
    CHILD_HEALTHY_MS = 10000,
};

/* It crashed, after having been ready for `healthy_us`: how long the next one waits. 0 after the
 * first crash, then CHILD_BACK_OFF_MS and twice as long each time, at most CHILD_BACK_OFF_MAX_MS;
 * after CHILD_HEALTHY_MS of health the count begins anew. */
int64_t child_back_off_ms(struct child *c, int64_t healthy_us);
