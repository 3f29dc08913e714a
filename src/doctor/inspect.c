/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/inspect.h"

#include "base/clock.h"
#include "base/sandbox.h"
#include "broker/examiner.h"
#include "config/wildcard.h"
#include "doctor/probe.h"
#include "doctor/reason.h"
#include "doctor/subject.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROBE_RESERVE_US = 8000000, /* of the time, for the application */
    RESERVE_DIVISOR = 3,        /* or this part of it, where there is less */
};

/* An inspection under way. */
struct inspection {
    const struct inspect *i;
    json_t *facts;
    struct login login;
    bool has_login;
    struct ticket *ticket;
    pid_t examiner; /* 0: none */
    int fd;         /* from it; -1: none */
};

static void progress(const struct inspection *n, const char *what) {
    if (n->i->progress)
        n->i->progress(n->i->progress_user, what);
}

static int64_t examine_until(const struct inspect *i) {
    int64_t left = i->until_us - clock_mono_us(), reserve = left / RESERVE_DIVISOR;
    return i->until_us - (reserve < PROBE_RESERVE_US ? reserve : PROBE_RESERVE_US);
}

static void run_examiner(const struct inspection *n, int fd) {
    const struct config_app *app = n->i->app;
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)app->internal.port);
    struct examiner_start start = {
        .config = n->i->config,
        .account = config_account_of(n->i->config, app),
        .asked = {.kind = BROKER_TICKET,
                  .timeout_ms = (uint32_t)n->i->config->kerberos.timeout_ms,
                  .user = str_of(n->has_login ? n->login.name : NULL),
                  .name_type = n->has_login ? n->login.type : BROKER_NAME_PRINCIPAL,
                  .spn = str_of(app->spn)},
        .web_port = str_of(port),
        .until_us = examine_until(n->i),
        .fd = fd};
    _exit(examiner_process(&start));
}

/* Before our own rights are gone. */
static bool fork_examiner(struct inspection *n) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    n->examiner = fork();
    if (n->examiner == 0) {
        close(pair[0]);
        run_examiner(n, pair[1]);
    }
    close(pair[1]);
    n->fd = pair[0];
    return n->examiner > 0;
}

static const char *doing(const char *path) {
    static const struct {
        const char *path, *next;
    } NEXT[] = {
        {"kerberos.keytab", "asking for the connector's own ticket"},
        {"kerberos.tgt", "asking for a ticket of the person (S4U2Self, S4U2Proxy)"},
        {"kerberos.self", "asking for the person's ticket to the application"},
        {"kerberos.proxy", "asking the directory"},
    };
    for (size_t i = 0; i < sizeof NEXT / sizeof *NEXT; i++) {
        if (strcmp(path, NEXT[i].path) == 0)
            return NEXT[i].next;
    }
    return "asking domain controllers and the directory";
}

/* False when it has said all. */
static bool hear(struct inspection *n, struct str datagram) {
    struct examiner_message m;
    if (!examiner_read(datagram, &m))
        return true;
    if (m.kind == EXAMINER_FACT) {
        facts_put(n->facts, m.path, m.value);
        progress(n, doing(m.path));
    } else if (m.kind == EXAMINER_TICKET) {
        ticket_free(n->ticket);
        n->ticket = m.ticket;
    }
    return m.kind != EXAMINER_END;
}

static void listen_until(struct inspection *n, int64_t until_us) {
    struct pollfd p = {.fd = n->fd, .events = POLLIN};
    char *in = malloc(EXAMINER_MESSAGE_MAX);
    for (int64_t left; in && (left = until_us - clock_mono_us()) > 0;) {
        if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
            break;
        if (!p.revents)
            continue;
        ssize_t size = recv(n->fd, in, EXAMINER_MESSAGE_MAX, MSG_DONTWAIT);
        if (size <= 0 || !hear(n, str_n(in, (size_t)size)))
            break;
    }
    if (in)
        explicit_bzero(in, EXAMINER_MESSAGE_MAX);
    free(in);
}

/* It may hang in libkrb5. It cannot be killed when it is of another account by now; then it dies
 * with us. */
static void end_examiner(struct inspection *n) {
    if (n->fd >= 0)
        close(n->fd);
    if (n->examiner > 0 &&
        (waitpid(n->examiner, NULL, WNOHANG) != 0 || kill(n->examiner, SIGKILL) != 0))
        return;
    if (n->examiner > 0)
        waitpid(n->examiner, NULL, 0);
}

static void tell(void *user, const char *path, json_t *value) {
    facts_put(((struct inspection *)user)->facts, path, value);
}

/* Needs rights: the file may be root's alone. */
static struct tls_client *read_trust(struct inspection *n) {
    struct err e;
    struct tls_client *trust = tls_client_new(n->i->app->backend_ca, &e);
    if (!trust)
        tell(n, "target.trust_error", examine_error(&e));
    return trust;
}

static void look_at_application(struct inspection *n, struct tls_client *trust) {
    struct probe p = {.config = n->i->config,
                      .app = n->i->app,
                      .target = n->i->path,
                      .ticket = n->ticket,
                      .trust = trust,
                      .ends_us = n->i->until_us,
                      .tell = tell,
                      .user = n};
    progress(n, "looking at the application");
    probe_application(&p);
}

static void tell_rights(struct inspection *n, const struct err *e) {
    facts_put(n->facts, "host.rights", examine_error(e));
}

/* As a request would: with the keytab there, and everything else here, both without rights. */
static void walk(struct inspection *n) {
    const struct inspect *i = n->i;
    struct err e = {.code = ERR_NONE};
    struct tls_client *trust = read_trust(n);
    if (i->app->sso == SSO_KERBEROS && !fork_examiner(n)) {
        err_set(&e, ERR_IO, "no process can be started: %s", strerror(errno));
        tell_rights(n, &e);
    }
    if (!sandbox_enter(&(struct sandbox){.user = i->config->user}, &e)) {
        tell_rights(n, &e);
    } else {
        if (n->fd >= 0)
            listen_until(n, examine_until(i));
        look_at_application(n, trust);
    }
    end_examiner(n);
    tls_client_free(trust);
}

json_t *inspect(const struct inspect *i) {
    struct inspection n = {.i = i, .fd = -1, .facts = facts_new()};
    if (!n.facts)
        return NULL;
    if (i->host)
        json_object_set_new(n.facts, "host", json_deep_copy(i->host));
    subject_app(n.facts, i->config, i->app);
    if (i->app->sso == SSO_KERBEROS && i->user && !login_needs_person(i->app))
        n.has_login = subject_person(n.facts, i->config, i->app, i->user, &n.login);
    progress(&n, "reading the keytab");
    if (!wildcard_is(i->app->external.host)) /* which one of its hosts is meant? */
        walk(&n);
    json_t *report = reason(n.facts, clock_wall_s());
    json_decref(n.facts);
    ticket_free(n.ticket);
    return report;
}
