/* SPDX-License-Identifier: Apache-2.0
 *
 * Kerberos towards a directory server, with our own TGT: the ticket to ldap/HOST is asked for with
 * the thread's own context, the host as it is configured and never as a DNS has it (invariant 4);
 * GSS only spends it, from that one credential cache (invariant 2). Thread of the `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "directory/directory.h"

#include <gssapi/gssapi.h>

struct ldap_gss {
    struct directory_security security; /* for directory_open */
    const char *host;
    gss_cred_id_t credential;
    gss_name_t server;
    gss_ctx_id_t context;
};

/* Once, before the first thread: GSS makes contexts of its own, which find `krb5_conf` (NULL: the
 * system's files) by the environment alone. The supervisor has left nothing else in there. */
void ldap_gss_init(const char *krb5_conf);

/* The TGT must be in the cache of `k`; `g` stays where it is until ldap_gss_close, which is needed
 * in any case. False with `e` set (ERR_DIRECTORY). */
bool ldap_gss_open(struct ldap_gss *g, struct krb *k, const char *host, struct err *e);
void ldap_gss_close(struct ldap_gss *g);
