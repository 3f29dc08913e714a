/* SPDX-License-Identifier: Apache-2.0
 *
 * Chains of several apps, looked at side by side, each by a process of its own (inspect.h). What
 * they report is put together here, where nothing of the outside is read but their JSON. Main
 * thread, before any other.
 */
#pragma once
#include "config/config.h"
#include "doctor/facts.h"

struct inspections {
    const struct config *config;
    const struct config_app *const *apps;
    size_t app_count;
    const char *user, *path; /* struct inspect's */
    int64_t limit_ms;        /* for all of them */
    /* Now and then, for a person who waits; NULL: nobody does. */
    void (*progress)(void *user, const char *what);
    void *progress_user;
};

/* The document of docs/doctor.md, with a report for each app in their order; NULL: no memory. */
json_t *inspections_run(const struct inspections *all);
/* "fine", "warning", "unfinished" or "broken": the worst of its reports. */
const char *inspections_outcome(const json_t *document);
