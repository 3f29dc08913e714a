/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "gateway/worker.h"
#include "main/supervisor_int.h"
#include "main/supervisor_spawn.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FIRST_S = 300, /* after a start or a reload, when other things are to be done */
    LIMIT_S = 40,  /* a run ends by itself in 30 */
};

static int64_t after(int64_t s) { return clock_mono_us() + s * 1000000; }

static void schedule(struct supervisor *s, bool is_first) {
    int64_t interval_s = s->current ? s->current->config->doctor.interval_s : 0;
    s->checkup.whose = s->current;
    s->checkup.next_us = INT64_MAX;
    if (interval_s)
        s->checkup.next_us = after(is_first && interval_s > FIRST_S ? FIRST_S : interval_s);
}

/* The worker hears what is found from the process itself. */
static bool start(struct supervisor *s, struct err *e) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(e, ERR_IO, "no socket for the doctor: %s", strerror(errno));
    const char word = WORKER_IS_TOLD_CHECKUP;
    bool done = child_pass(&s->current->children[CHILD_WORKER], str_n(&word, 1), pair[0]) ||
                err_set(e, ERR_IO, "the worker cannot be told of the doctor's run");
    if (done) {
        const int fds[] = {pair[1], s->current->config_fd};
        s->checkup.pid = spawn("checkup", s->file, fds, 2, e);
        done = s->checkup.pid > 0;
    }
    close(pair[0]);
    close(pair[1]);
    if (!done)
        s->checkup.pid = 0;
    return done;
}

/* It is told when it has ended; until then there is nothing more to do. */
static void end(struct supervisor *s) {
    kill(s->checkup.pid, SIGKILL);
    s->checkup.ends_us = INT64_MAX;
}

void checkup_tick(struct supervisor *s) {
    int64_t now = clock_mono_us();
    struct err e = {.code = ERR_NONE};
    if (s->checkup.pid) {
        if (s->is_stopping || now > s->checkup.ends_us)
            end(s);
        return;
    }
    if (s->checkup.whose != s->current)
        schedule(s, true);
    if (now < s->checkup.next_us || supervisor_is_busy(s) || s->is_stopping)
        return;
    s->checkup.ends_us = after(LIMIT_S);
    if (!start(s, &e)) {
        log_err(LOG_WARN, "the doctor cannot run", &e);
        schedule(s, false);
    }
}

void checkup_ended(struct supervisor *s) {
    s->checkup.pid = 0;
    schedule(s, s->checkup.whose != s->current);
}

int64_t checkup_next_us(const struct supervisor *s) {
    if (s->checkup.pid)
        return s->checkup.ends_us;
    if (supervisor_is_busy(s) || s->is_stopping)
        return INT64_MAX;
    return s->checkup.whose == s->current ? s->checkup.next_us : 0;
}
