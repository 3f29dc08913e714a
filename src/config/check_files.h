/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of config_check_files. Each names in its message the key, the file, what the system
 * said, and the line of the configuration. Main thread.
 */
#pragma once
#include "config/findings.h"

#include <stdio.h>

enum { CHECK_TYPED_MAX = 320 };

/* A file of the configuration: the value stored at `value`, written under `key`. */
struct named_file {
    const struct config *c;
    struct findings *f;
    const char *key;
    char *const *value;
};

/* Opens a regular file for reading; NULL after saying why not. The caller closes it. */
FILE *check_open(const struct named_file *n);
/* Adds an error or a warning about the file. */
void check_error(const struct named_file *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void check_warning(const struct named_file *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "; type: chmod go= '/etc/kerbgate/x.key'" for the end of such a message: `command` and the file,
 * as it is typed in a shell. "" where its name cannot be, or would be cut. */
const char *check_typed(const struct named_file *n, const char *command, char out[CHECK_TYPED_MAX]);

/* Every chain and key of a listener: readable, a pair, in their time. Sets `covered[i]` for every
 * app whose external host a certificate names, behind them for the home, and for all when one
 * cannot be read. */
void check_listener(const struct config *c, const struct config_listen *l, bool *covered,
                    struct findings *f);
/* Certificates of authorities that somebody is verified with. */
void check_authorities(const struct named_file *n);
/* A certificate of ours and its key, for somebody whom we connect to. */
void check_own_pair(const struct named_file *certificate, const struct named_file *key);
/* A keytab: root's or the broker's, and nobody else's. */
void check_keytab(const struct named_file *n);
/* The keys that sign assertions: root's alone. */
void check_assertion_keys(const struct config *c, struct findings *f);
/* What identity providers need: secrets and keys root's alone, chains readable. */
void check_providers(const struct config *c, struct findings *f);
/* An image of our pages. */
void check_image(const struct named_file *n);
/* The logo, and the catalogues of messages; what is wrong inside one is reported under its own
 * name, and counted as an error of `f`. */
void check_pages(const struct config *c, struct findings *f, struct config_report *r);
/* What a provider of type certificate believes: its authorities and its lists of revoked
 * certificates. What is out of time is a warning: it keeps out those with a certificate, and must
 * not keep everybody else from being served. */
void check_certificates(const struct config *c, const struct config_provider *p,
                        struct findings *f);
/* The accounts that a process started as root changes to. */
void check_accounts(const struct config *c, struct findings *f);
