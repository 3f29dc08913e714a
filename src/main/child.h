/* SPDX-License-Identifier: Apache-2.0
 *
 * What the supervisor hands to a child it starts: `kerbgate broker FILE` or `kerbgate worker FILE`,
 * FILE being the name of the configuration as the messages show it. The child reads that file's
 * bytes from CHILD_CONFIG_FD, so that all processes of a generation have the same ones. Nothing
 * secret is in the arguments or in the environment. From CHILD_FIRST_FD on, the counts following
 * from the configuration:
 *
 *   broker  one SOCK_SEQPACKET socket for each thread of the worker
 *   worker  the same, being the other ends (none when connector.kerberos is absent); then, for each
 *           thread, one listening socket for each element of gateway.listen; then that of
 *           gateway.admin and the file of gateway.access_log, open for appending, if there are any
 *
 * A child ignores SIGINT, SIGTERM and SIGHUP, which terminals and service managers send to all
 * processes alike: it is the supervisor who says over the control socket what is to be done. When
 * the supervisor is gone, a child sees the end of that socket and ends by itself; one that does not
 * is ended by CHILD_ORPHAN_SIGNAL and an alarm CHILD_ORPHAN_S later.
 */
#pragma once
#include "config/config.h"

#include <signal.h>

enum child_role {
    CHILD_BROKER,
    CHILD_WORKER,
};

enum {
    CHILD_CONTROL_FD = 3, /* SOCK_SEQPACKET: broker/process.h, gateway/worker.h */
    CHILD_CONFIG_FD = 4,  /* a sealed memfd */
    CHILD_FIRST_FD = 5,
    CHILD_ORPHAN_SIGNAL = SIGUSR2,
    CHILD_ORPHAN_S = 1,
};

/* Whether a generation of `c` has a broker. */
static inline bool child_has_broker(const struct config *c) { return c->kerberos.present; }

/* For whoever is such a child. Whether it is one: somebody may have typed it. */
bool child_is_started_by_supervisor(void);
/* The configuration that the supervisor has parsed before; NULL after the log says why. `file` is
 * its name. */
struct config *child_read_config(const char *file);

/* "broker", "worker": the hidden subcommand, and the name in the log. */
static inline const char *child_name(enum child_role role) {
    return role == CHILD_BROKER ? "broker" : "worker";
}

static inline bool child_has_access_log(const struct config *c) {
    return c->access_log.file != NULL;
}

/* How many descriptors follow from CHILD_FIRST_FD on. */
static inline size_t child_fd_count(enum child_role role, const struct config *c) {
    size_t links = child_has_broker(c) ? c->threads : 0;
    if (role == CHILD_BROKER)
        return links;
    return links + c->threads * c->listen_count + (c->admin.address != NULL) +
           child_has_access_log(c);
}
