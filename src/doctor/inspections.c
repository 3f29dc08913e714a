/* SPDX-License-Identifier: Apache-2.0
 *
 * What an inspecting process writes into its pipe: lines of progress, each begun by PROGRESS, and
 * at the end its report, begun by REPORT, up to the end of the pipe.
 */
#include "doctor/inspections.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "doctor/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AT_ONCE_MAX = 8,
    SAID_MAX = 8 << 20,
    LATE_US = 1500000, /* an inspector judges with what it has when its time is over */
    PROGRESS = 'P',
    REPORT = 'R',
};

/* One process and what it has said. */
struct inspector {
    const struct config_app *app;
    pid_t pid; /* 0: not started */
    int fd;    /* -1: closed */
    struct buf said;
};

struct running {
    const struct inspections *all;
    json_t *host;
    struct inspector *at;
    size_t started, open;
    int64_t until_us;
};

static json_t *lines_of(struct str text) {
    json_t *list = json_array();
    struct str line;
    while (str_split(&text, '\n', &line))
        if (line.n)
            json_array_append_new(list, json_text(line));
    return list;
}

/* What `kerbgate check` says, too. */
static json_t *config_facts(const struct config *c) {
    struct config_report report;
    json_t *o = json_object();
    config_report_init(&report);
    bool is_fine = config_check_files(c, &report);
    json_set_text(o, "file", str_of(c->file));
    json_object_set_new(o, is_fine ? "warnings" : "errors", lines_of(buf_str(&report.text)));
    config_report_fini(&report);
    return o;
}

static json_t *host_facts(const struct config *c) {
    char name[256] = "";
    json_t *host = json_object();
    gethostname(name, sizeof name - 1);
    json_set_text(host, "name", str_of(name));
    json_object_set_new(host, "user_is_root", json_boolean(geteuid() == 0));
    json_object_set_new(host, "time", json_integer(clock_wall_s()));
    json_set_text(host, "krb5_conf", str_of(c->kerberos.krb5_conf));
    json_object_set_new(host, "config", config_facts(c));
    return host;
}

static void write_all(int fd, const char *p, size_t n) {
    while (n > 0) {
        ssize_t written = write(fd, p, n);
        if (written < 0 && errno != EINTR)
            _exit(1);
        p += written > 0 ? written : 0;
        n -= written > 0 ? (size_t)written : 0;
    }
}

static void tell_progress(void *user, const char *what) {
    const int *fd = user;
    struct buf line;
    buf_init(&line, 512);
    buf_printf(&line, "%c%s\n", PROGRESS, what);
    write_all(*fd, buf_str(&line).p, buf_size(&line));
    buf_fini(&line);
}

static void run(const struct running *r, const struct config_app *app, int fd) {
    struct inspect i = {.config = r->all->config,
                        .app = app,
                        .user = r->all->user,
                        .path = r->all->path,
                        .host = r->host,
                        .until_us = r->until_us,
                        .progress = tell_progress,
                        .progress_user = &fd};
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    json_t *report = inspect(&i);
    char *text = report ? json_dumps(report, JSON_COMPACT) : NULL;
    write_all(fd, (const char[]){REPORT}, 1);
    if (text)
        write_all(fd, text, strlen(text));
    free(text);
    json_decref(report);
    _exit(0);
}

static void start(struct running *r, struct inspector *n, const struct config_app *app) {
    int pair[2];
    *n = (struct inspector){.app = app, .fd = -1};
    buf_init(&n->said, SAID_MAX);
    r->started++;
    if (pipe2(pair, O_CLOEXEC) != 0)
        return;
    n->pid = fork();
    if (n->pid == 0) {
        close(pair[0]);
        run(r, app, pair[1]);
    }
    close(pair[1]);
    if (n->pid < 0) {
        close(pair[0]);
        return;
    }
    n->fd = pair[0];
    r->open++;
}

static void take_progress(const struct running *r, struct inspector *n) {
    struct str said = buf_str(&n->said);
    while (said.n && said.p[0] == PROGRESS) {
        size_t end = str_index(said, '\n');
        if (end == said.n)
            return;
        char *line = strndup(said.p + 1, end - 1);
        if (line && r->all->progress)
            r->all->progress(r->all->progress_user, line);
        free(line);
        buf_consume(&n->said, end + 1);
        said = buf_str(&n->said);
    }
}

static void hear(struct running *r, struct inspector *n) {
    size_t room = 65536;
    char *to = buf_reserve(&n->said, &room);
    ssize_t got = to ? read(n->fd, to, room) : 0;
    if (got < 0 && errno == EINTR)
        return;
    if (got > 0) {
        buf_commit(&n->said, (size_t)got);
        take_progress(r, n);
        return;
    }
    close(n->fd);
    n->fd = -1;
    r->open--;
    waitpid(n->pid, NULL, 0);
}

/* One that is too late has lost its way; it dies, and its examiner with it. */
static void give_up(struct running *r, struct inspector *n) {
    kill(n->pid, SIGKILL);
    waitpid(n->pid, NULL, 0);
    close(n->fd);
    n->fd = -1;
    r->open--;
}

static bool turn(struct running *r) {
    struct pollfd polls[AT_ONCE_MAX];
    struct inspector *who[AT_ONCE_MAX];
    nfds_t count = 0;
    while (r->started < r->all->app_count && r->open < AT_ONCE_MAX && clock_mono_us() < r->until_us)
        start(r, &r->at[r->started], r->all->apps[r->started]);
    for (size_t i = 0; i < r->started; i++) {
        if (r->at[i].fd >= 0) {
            who[count] = &r->at[i];
            polls[count++] = (struct pollfd){.fd = r->at[i].fd, .events = POLLIN};
        }
    }
    int64_t left_us = r->until_us + LATE_US - clock_mono_us();
    if (count == 0)
        return false;
    if (poll(polls, count, left_us > 0 ? (int)(left_us / 1000) + 1 : 0) < 0)
        return errno == EINTR;
    for (nfds_t i = 0; i < count; i++) {
        if (polls[i].revents)
            hear(r, who[i]);
        else if (left_us <= 0)
            give_up(r, who[i]);
    }
    return true;
}

static json_t *unfinished(const struct config_app *app, const char *why) {
    json_t *o = json_pack("{s:s,s:s,s:n,s:[],s:[],s:{}}", "outcome", "unfinished", "summary", why,
                          "first_cause", "chain", "checks", "facts");
    json_set_text(o, "app", str_of(app->name));
    json_set_text(o, "spn", str_of(app->spn));
    return o;
}

static json_t *report_of(const struct running *r, size_t i) {
    const struct inspector *n = &r->at[i];
    if (i >= r->started)
        return unfinished(r->all->apps[i], "There was no time left for this app");
    struct str said = buf_str(&n->said);
    json_t *report = NULL;
    if (said.n > 1 && said.p[0] == REPORT)
        report = json_loadb(said.p + 1, said.n - 1, 0, NULL);
    return report ? report
                  : unfinished(n->app, "The inspection ended early: it was killed, or has crashed");
}

static json_t *document_of(const struct running *r, int64_t began_us) {
    char time[CLOCK_ISO_SIZE];
    json_t *reports = json_array();
    clock_iso(clock_wall_ms(), time);
    for (size_t i = 0; i < r->all->app_count; i++)
        json_array_append_new(reports, report_of(r, i));
    json_t *document =
        json_pack("{s:i,s:s,s:s,s:I}", "version", 1, "kerbgate", KERBGATE_VERSION, "time", time,
                  "took_ms", (json_int_t)((clock_mono_us() - began_us) / 1000));
    json_set_text(document, "host", str_of(facts_text(r->host, "name")));
    json_object_set_new(document, "reports", reports);
    return document;
}

json_t *inspections_run(const struct inspections *all) {
    int64_t began_us = clock_mono_us();
    struct running r = {.all = all, .until_us = began_us + all->limit_ms * 1000 - LATE_US};
    r.at = calloc(all->app_count + 1, sizeof *r.at);
    r.host = host_facts(all->config);
    while (r.at && turn(&r))
        ;
    json_t *document = r.at ? document_of(&r, began_us) : NULL;
    for (size_t i = 0; i < r.started; i++)
        buf_fini(&r.at[i].said);
    free(r.at);
    json_decref(r.host);
    return document;
}

const char *inspections_outcome(const json_t *document) {
    static const char *const OUTCOMES[] = {"fine", "warning", "unfinished", "broken"};
    const json_t *reports = facts_at(document, "reports"), *report;
    size_t i, worst = 0;
    json_array_foreach(reports, i, report) {
        for (size_t n = worst; n < sizeof OUTCOMES / sizeof *OUTCOMES; n++)
            if (strcmp(facts_text(report, "outcome"), OUTCOMES[n]) == 0)
                worst = n;
    }
    return OUTCOMES[worst];
}
