/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate checkup: a scheduled run of the doctor, which the supervisor starts, and nobody types.
 * It looks at all apps as kerbgate doctor does, and tells the worker what is not well
 * (gateway/standing.h) over the descriptor that is its control socket.
 */
#include "base/json_text.h"
#include "base/log.h"
#include "doctor/inspections.h"
#include "gateway/standing.h"
#include "main/child.h"
#include "main/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { LIMIT_MS = 29000, FINDINGS_MAX = 64 };

static bool is_bad(const json_t *said) {
    const char *outcome = facts_text(said, "outcome");
    return strcmp(outcome, "fail") == 0 || strcmp(outcome, "warn") == 0;
}

/* Sentences and commands are cut: metrics and events have room for a line. */
static void set_cut(json_t *o, const char *key, const char *text) {
    enum { CUT = 400 };
    json_set_text(o, key, str_whole(str_head(str_of(text), CUT)));
}

static json_t *finding_of(const json_t *said) {
    json_t *o = json_object();
    set_cut(o, "id", facts_text(said, "id"));
    set_cut(o, "name", facts_text(said, "name"));
    set_cut(o, "outcome", facts_text(said, "outcome"));
    set_cut(o, "detail", facts_text(said, "detail.0"));
    return o;
}

static json_t *digest_of(const json_t *report) {
    json_t *o = json_object(), *findings = json_array();
    const json_t *checks = facts_at(report, "checks"), *said;
    size_t i;
    set_cut(o, "app", facts_text(report, "app"));
    set_cut(o, "outcome", facts_text(report, "outcome"));
    json_array_foreach(checks, i, said) {
        if (is_bad(said) && json_array_size(findings) < FINDINGS_MAX)
            json_array_append_new(findings, finding_of(said));
    }
    json_object_set_new(o, "findings", findings);
    return o;
}

static void send_json(json_t *o) {
    char *text = json_dumps(o, JSON_COMPACT);
    if (text && send(CHILD_CONTROL_FD, text, strlen(text), MSG_NOSIGNAL) < 0)
        log_printf(LOG_WARN, "the worker does not hear what the doctor found");
    free(text);
    json_decref(o);
}

static int run(const struct config *c) {
    const struct config_app **apps = calloc(c->app_count + 1, sizeof *apps);
    for (size_t i = 0; apps && i < c->app_count; i++)
        apps[i] = &c->apps[i];
    struct inspections all = {.config = c,
                              .apps = apps,
                              .app_count = c->app_count,
                              .user = c->doctor.user,
                              .limit_ms = LIMIT_MS};
    json_t *document = apps ? inspections_run(&all) : NULL;
    const json_t *reports = facts_at(document, "reports"), *report;
    size_t i;
    json_array_foreach(reports, i, report) { send_json(digest_of(report)); }
    if (document)
        send_json(json_object());
    free(apps);
    json_decref(document);
    return document ? EXIT_FINE : EXIT_FINDING;
}

int checkup_main(int argc, char **argv) {
    if (argc != 2 || !child_is_started_by_supervisor()) {
        fputs("kerbgate checkup: kerbgate starts this itself; type: kerbgate doctor\n", stderr);
        return EXIT_USAGE;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    log_process("doctor");
    struct config *c = child_read_config(argv[1]);
    int status = c ? run(c) : EXIT_FINDING;
    config_free(c);
    return status;
}
