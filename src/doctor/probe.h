/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at an application as a request would reach it, and tells the facts of "target" (facts.h,
 * docs/doctor.md): names and addresses, and for every address of every back end whether it can be
 * connected to, what its TLS is like, and how it answers nobody, the person's ticket, and, where it
 * refuses that, the same ticket in other clothes, each time with a token of its own. It needs the
 * ticket and no key of the domain's. It never sends a password, nor a token without TLS where the
 * application is https, nor one to a certificate that is not trusted.
 *
 * A process that ignores SIGPIPE; a thread that may wait: it has others work for it, and returns
 * when the last has ended. At most PROBE_NODES_MAX addresses are looked at, PROBE_THREADS at a
 * time.
 */
#pragma once
#include "config/config.h"
#include "doctor/facts.h"
#include "kerberos/ticket.h"
#include "net/tls.h"

enum { PROBE_NODES_MAX = 64, PROBE_THREADS = 16 };

struct probe {
    const struct config *config;
    const struct config_app *app; /* of one label, where the app's host is a wildcard */
    const char *target;           /* path and query that is asked for; NULL: the internal URL's */
    const struct ticket *ticket;  /* NULL: only what nobody's requests show */
    struct tls_client *trust;     /* the CAs of app->backend_ca; NULL: they could not be read */
    int64_t ends_us;              /* clock_mono_us() by which it is over */
    /* A fact, at a path as facts_put takes it; `value` is the callee's. Called from inside
     * probe_application, in its thread. */
    void (*tell)(void *user, const char *path, json_t *value);
    void *user;
};

void probe_application(const struct probe *p);
