/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/standing.h"

#include "base/clock.h"
#include "doctor/facts.h"
#include "events/catalogue.h"
#include "events/metrics.h"
#include "events/terminal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READS_PER_TURN = 64, TEXT_MAX = 512 };

struct standing {
    struct sink *sink;
    int fd;        /* hearing thread alone */
    json_t *heard; /* the run under way: its apps, in their order */
    pthread_mutex_t lock;
    json_t *apps; /* of the last whole run; NULL: there was none */
    int64_t ended_s;
};

struct standing *standing_new(struct sink *sink) {
    struct standing *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->sink = sink;
    s->fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void stop_hearing(struct standing *s) {
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    json_decref(s->heard);
    s->heard = NULL;
}

void standing_free(struct standing *s) {
    if (!s)
        return;
    stop_hearing(s);
    json_decref(s->apps);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void standing_begin(struct standing *s, int fd) {
    stop_hearing(s);
    s->fd = fd;
    s->heard = json_array();
}

int standing_fd(const struct standing *s) { return s->fd; }

/* Whether the app with this name had this finding. */
static bool has(const json_t *apps, const char *name, const char *check) {
    const json_t *app, *finding;
    size_t i, j;
    json_array_foreach(apps, i, app) {
        if (strcmp(facts_text(app, "app"), name) != 0)
            continue;
        const json_t *findings = facts_at(app, "findings");
        json_array_foreach(findings, j, finding) {
            if (strcmp(facts_text(finding, "name"), check) == 0)
                return true;
        }
    }
    return false;
}

static void tell(const struct standing *s, int event, const char *app, const json_t *finding) {
    char text[TEXT_MAX];
    snprintf(text, sizeof text, "app %.64s: %.64s (%.8s): %.300s", app, facts_text(finding, "name"),
             facts_text(finding, "id"), facts_text(finding, "detail"));
    sink_event(s->sink, event, NULL, text);
}

/* Each finding of `now` that `before` has not. */
static void tell_difference(const struct standing *s, int event, const json_t *now,
                            const json_t *before) {
    const json_t *app, *finding;
    size_t i, j, told = 0;
    json_array_foreach(now, i, app) {
        const char *name = facts_text(app, "app");
        const json_t *findings = facts_at(app, "findings");
        json_array_foreach(findings, j, finding) {
            if (!has(before, name, facts_text(finding, "name")) && told++ < STANDING_FINDINGS_MAX)
                tell(s, event, name, finding);
        }
    }
}

static void end_run(struct standing *s) {
    tell_difference(s, EVENT_DOCTOR_FOUND, s->heard, s->apps);
    tell_difference(s, EVENT_DOCTOR_MENDED, s->apps, s->heard);
    pthread_mutex_lock(&s->lock);
    json_decref(s->apps);
    s->apps = s->heard;
    s->heard = NULL;
    s->ended_s = clock_wall_s();
    pthread_mutex_unlock(&s->lock);
    stop_hearing(s);
}

/* One app's, or the end of the run: an empty object. */
static void take(struct standing *s, struct str said) {
    json_t *app = json_loadb(said.p, said.n, 0, NULL);
    if (!json_is_object(app)) {
        json_decref(app);
        return;
    }
    if (json_object_size(app) > 0) {
        json_array_append_new(s->heard, app);
        return;
    }
    json_decref(app);
    end_run(s);
}

void standing_hear(struct standing *s) {
    char *in = malloc(STANDING_MESSAGE_MAX);
    for (int i = 0; in && i < READS_PER_TURN && s->fd >= 0; i++) {
        ssize_t n = recv(s->fd, in, STANDING_MESSAGE_MAX, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n <= 0)
            stop_hearing(s);
        else
            take(s, str_n(in, (size_t)n));
    }
    if (!in)
        stop_hearing(s);
    free(in);
}

static int rank(const char *outcome) {
    static const char *const OUTCOMES[] = {"fine", "warning", "unfinished", "broken"};
    int n = 0;
    while (n < 3 && strcmp(OUTCOMES[n], outcome) != 0)
        n++;
    return n;
}

static void add_app(struct buf *out, const json_t *app) {
    buf_add(out, STR("kerbgate_doctor_outcome{"));
    metrics_label(out, "app", facts_text(app, "app"));
    buf_printf(out, "} %d\n", rank(facts_text(app, "outcome")));
}

static void add_findings(struct buf *out, const json_t *app) {
    const json_t *findings = facts_at(app, "findings"), *finding;
    size_t i;
    json_array_foreach(findings, i, finding) {
        buf_add(out, STR("kerbgate_doctor_finding{"));
        metrics_label(out, "app", facts_text(app, "app"));
        buf_add_byte(out, ',');
        metrics_label(out, "check", facts_text(finding, "name"));
        buf_add_byte(out, ',');
        metrics_label(out, "outcome", facts_text(finding, "outcome"));
        buf_add(out, STR("} 1\n"));
    }
}

static void add_all(const json_t *apps, struct buf *out,
                    void (*add)(struct buf *out, const json_t *app)) {
    const json_t *app;
    size_t i;
    json_array_foreach(apps, i, app) { add(out, app); }
}

void standing_metrics(const struct standing *s, struct buf *out) {
    struct standing *locked = (struct standing *)s;
    pthread_mutex_lock(&locked->lock);
    if (s->apps) {
        buf_printf(
            out,
            "# HELP kerbgate_doctor_run_timestamp_seconds When the doctor's last run ended.\n"
            "# TYPE kerbgate_doctor_run_timestamp_seconds gauge\n"
            "kerbgate_doctor_run_timestamp_seconds %lld\n"
            "# HELP kerbgate_doctor_outcome How the app stands: 0 fine, 1 warning, 2 not "
            "all could be found out, 3 broken.\n"
            "# TYPE kerbgate_doctor_outcome gauge\n",
            (long long)s->ended_s);
        add_all(s->apps, out, add_app);
        buf_add(out, STR("# HELP kerbgate_doctor_finding A check that failed or warns.\n"
                         "# TYPE kerbgate_doctor_finding gauge\n"));
        add_all(s->apps, out, add_findings);
    }
    pthread_mutex_unlock(&locked->lock);
}

static void add_state(struct buf *out, const json_t *app) {
    const json_t *findings = facts_at(app, "findings"), *finding;
    size_t i;
    if (rank(facts_text(app, "outcome")) == 0)
        return;
    buf_printf(out, "doctor: %s: %s\n", facts_text(app, "app"), facts_text(app, "outcome"));
    json_array_foreach(findings, i, finding) {
        buf_printf(out, "  %s %s: ", facts_text(finding, "id"), facts_text(finding, "name"));
        terminal_text(out, str_of(facts_text(finding, "detail"))); /* of strangers */
        buf_add_byte(out, '\n');
    }
}

void standing_ready(const struct standing *s, struct buf *out) {
    struct standing *locked = (struct standing *)s;
    pthread_mutex_lock(&locked->lock);
    add_all(s->apps, out, add_state);
    pthread_mutex_unlock(&locked->lock);
}
