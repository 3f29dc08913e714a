/* SPDX-License-Identifier: Apache-2.0
 *
 * Has the exchanges for a person's ticket done by a process of their own, as the broker does them
 * (broker/examiner.h), while this one gives up its rights, too, before it reads what is told. Main
 * thread, before any other.
 */
#pragma once
#include "config/config.h"
#include "connector/login.h"

#include <jansson.h>

struct trace_asker {
    const struct config *config;
    const struct config_app *app;
    const struct login *login;
    int64_t until_us; /* monotonic */
    /* Each fact as it comes; `value` is the caller's. */
    void (*take)(void *user, const char *path, const json_t *value);
    void *user;
};

/* False with `e` set when it could not be started, or ended before all was told; what was told
 * until then counts. */
bool trace_ask(const struct trace_asker *a, struct err *e);
