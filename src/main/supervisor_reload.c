/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "events/catalogue.h"
#include "main/supervisor_event.h"
#include "main/supervisor_int.h"
#include "main/supervisor_store.h"

#include <stdio.h>

enum { LEAVE_S = 2 }; /* for the one before to accept nothing more: it takes milliseconds */

/* The configuration that is in the file now, or the one in force, checked. NULL with what is wrong
 * in the report. */
static struct config *load(struct supervisor *s, struct buf *text) {
    struct config_report *r = &s->report;
    struct err e;
    if (s->is_renewal ? !sealed_read(s->current->config_fd, CONFIG_TEXT_MAX, text, &e)
                      : !config_read(s->file, text, &e)) {
        buf_printf(&r->text, "%s\n", e.detail);
        return NULL;
    }
    struct config *c = config_parse(s->file, buf_str(text), r);
    if (c && !watch_start(&s->next_watch, c, clock_mono_us()))
        buf_printf(&r->text, "no memory to watch certificates and keytab\n");
    else if (!c || config_check_files(c, r))
        return c;
    config_free(c);
    return NULL;
}

static void report_err(struct supervisor *s, const struct err *e) {
    buf_printf(&s->report.text, "%s: %s\n%s%s", s->file, e->detail, e->hint, *e->hint ? "\n" : "");
}

/* Starts a generation as s->next; NULL when s->report says why not. */
void reload_begin(struct supervisor *s, bool is_renewal) {
    struct buf text;
    struct err e = {0};
    config_report_fini(&s->report);
    config_report_init(&s->report);
    watch_fini(&s->next_watch);
    s->is_renewal = is_renewal;
    struct config *c = load(s, &text);
    if (c && store_folder_prepare(c, &e))
        s->next = generation_start(c, buf_str(&text), s->current, &e);
    else
        config_free(c);
    if (s->next)
        TAILQ_INSERT_TAIL(&s->generations, s->next, next);
    else if (e.code)
        report_err(s, &e);
    buf_fini(&text);
}

/* Of a file that is in force, or would have been. */
static void log_report(const struct supervisor *s, enum log_level level) {
    struct str line, rest = buf_str(&s->report.text);
    while (str_split(&rest, '\n', &line))
        if (line.n)
            log_printf(level, "%.*s", STR_ARG(line));
}

/* Answers those who wait for the reload: the report, and what came of it. */
static void answer_reload(struct supervisor *s, char what, const char *outcome) {
    struct buf text;
    buf_init(&text, CONTROL_ANSWER_MAX);
    buf_add(&text, str_head(buf_str(&s->report.text), CONTROL_ANSWER_MAX - 256));
    buf_printf(&text, "%s\n", outcome);
    control_socket_answer(&s->control, what, buf_str(&text));
    buf_fini(&text);
}

/* The first line that is no warning; kerbgate check has the others. */
static struct str first_error(const struct supervisor *s) {
    static const char WARNING[] = ": warning: ";
    struct str line = STR_NONE, rest = buf_str(&s->report.text);
    while (str_split(&rest, '\n', &line))
        if (line.n && !memmem(line.p, line.n, WARNING, sizeof WARNING - 1))
            break;
    return line;
}

/* The one before goes on serving. */
static void refuse_next(struct supervisor *s) {
    char text[1024];
    struct str line = first_error(s);
    snprintf(text, sizeof text, "%.*s", STR_ARG(line));
    log_report(s, LOG_ERROR);
    supervisor_event(s->current->config,
                     s->is_renewal ? EVENT_CERTIFICATES_REFUSED : EVENT_RELOAD_REFUSED, text);
    if (s->is_renewal)
        log_printf(LOG_ERROR,
                   "the certificates and keys before stay in use until the files change again; "
                   "type: kerbgate check --config %s",
                   s->file);
    else
        answer_reload(s, CONTROL_IS_REFUSED,
                      s->is_restarted
                          ? "kerbgate " KERBGATE_VERSION " took over, but cannot serve this; the "
                            "processes before go on serving until kerbgate reload succeeds"
                          : "refused; the configuration before stays in force");
    s->is_restarted = false;
}

/* Whether another generation may be started now. After many reloads in a row, with requests that
 * do not end, the oldest of those have to. */
static bool has_room(struct supervisor *s) {
    unsigned count = 0;
    struct generation *g, *oldest = NULL;
    TAILQ_FOREACH(g, &s->generations, next) {
        count++;
        if (!oldest && g->state != GENERATION_SERVING)
            oldest = g;
    }
    if (count < GENERATIONS_MAX)
        return true;
    if (oldest->state == GENERATION_DRAINING) {
        log_printf(LOG_WARN, "too many reloads in a row: the oldest requests in flight are ended");
        generation_kill(oldest);
    }
    return false;
}

void reload_if_wanted(struct supervisor *s) {
    if (!s->is_reload_wanted || supervisor_is_busy(s) || !has_room(s))
        return;
    s->is_reload_wanted = false;
    control_socket_begin(&s->control);
    log_printf(LOG_INFO, "reads %s again", s->file);
    reload_begin(s, false);
    if (!s->next)
        refuse_next(s);
}

/* Whether anybody looks at the files now. */
static bool is_watching(const struct supervisor *s) {
    return !supervisor_is_busy(s) && !s->is_stopping;
}

/* The configuration in force again, and never what stands in the file by now: nobody has asked for
 * that. */
void reload_renew(struct supervisor *s) {
    int64_t now = clock_mono_us();
    if (!is_watching(s) || now < s->watch.due_us || !watch_look(&s->watch, now) || !has_room(s))
        return;
    watch_tried(&s->watch);
    log_printf(LOG_INFO,
               "certificates, keys, the keytab or krb5.conf were replaced, and are read again");
    reload_begin(s, true);
    if (!s->next)
        refuse_next(s);
}

void reload_serve_next(struct supervisor *s) {
    struct generation *before = s->current;
    char text[256];
    s->current = s->next;
    s->next = NULL;
    watch_fini(&s->watch);
    s->watch = s->next_watch;
    s->next_watch = (struct watch){0};
    generation_serve(s->current);
    const struct config *c = s->current->config;
    snprintf(text, sizeof text, "%sapps: %zu, addresses: %zu, threads: %u",
             s->is_restarted ? "kerbgate " KERBGATE_VERSION " took over; " : "", c->app_count,
             c->listen_count, c->threads);
    supervisor_event(c,
                     s->is_renewal   ? EVENT_CERTIFICATES_RENEWED
                     : s->has_served ? EVENT_RELOADED
                                     : EVENT_STARTED,
                     text);
    log_report(s, LOG_WARN);
    s->has_served = true;
    if (!before)
        return;
    generation_drain(before, s->current);
    s->leaving = before;
    s->leaves_us = clock_mono_us() + LEAVE_S * 1000000LL;
}

/* The new one serves, but who comes now may still find the one before. */
static void describe_late(const struct generation *g, char *text, size_t size) {
    snprintf(text, size,
             "the worker before (process %d) has not said within %d s that it accepts nothing "
             "more: it may still accept connections until the drain timeout ends it",
             (int)g->children[CHILD_WORKER].pid, LEAVE_S);
    log_printf(LOG_WARN, "%s", text);
}

void reload_tell_when_left(struct supervisor *s, bool is_over) {
    char outcome[512], late[256] = "";
    if (!s->leaving)
        return;
    bool has_left = is_over || generation_has_left(s->leaving);
    if (!has_left && clock_mono_us() < s->leaves_us)
        return;
    if (!has_left)
        describe_late(s->leaving, late, sizeof late);
    snprintf(outcome, sizeof outcome, "%s%s%s",
             s->is_restarted ? "restarted: kerbgate " KERBGATE_VERSION : "reloaded",
             *late ? "\n" : "", late);
    s->leaving = NULL;
    if (!s->is_renewal)
        answer_reload(s, CONTROL_IS_DONE, outcome);
    s->is_restarted = false;
}

int64_t reload_next_us(const struct supervisor *s) {
    int64_t next = s->leaving ? s->leaves_us : INT64_MAX;
    return is_watching(s) && s->watch.due_us < next ? s->watch.due_us : next;
}

void reload_next_failed(struct supervisor *s) {
    if (s->next->err.code)
        report_err(s, &s->next->err);
    s->next = NULL;
    if (s->current)
        refuse_next(s);
}
