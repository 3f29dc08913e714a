/* SPDX-License-Identifier: Apache-2.0
 *
 * One chain looked at from its beginning to its end: an examiner is forked for what needs the
 * keytab (broker/examiner.h), then the application is looked at from here (probe.h), and what was
 * found out is judged (reason.h). In a process of its own, forked with the rights to read keytab
 * and certificates, which it gives up before it speaks with anybody.
 */
#pragma once
#include "config/config.h"
#include "doctor/facts.h"

struct inspect {
    const struct config *config;
    const struct config_app *app;
    const char *user;   /* NULL: nobody; then only what needs no person is tried */
    const char *path;   /* of the application, "/"…; NULL: that of the app */
    const json_t *host; /* facts about this host, or NULL */
    int64_t until_us;   /* monotonic; with what is known by then it is judged */
    /* What is done now, for a person who waits; NULL: nobody does. */
    void (*progress)(void *user, const char *what);
    void *progress_user;
};

/* The report (reason.h); NULL: no memory. It may take half a second longer than `until_us`. */
json_t *inspect(const struct inspect *i);
