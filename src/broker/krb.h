/* SPDX-License-Identifier: Apache-2.0
 *
 * What one thread of the broker holds of libkrb5: a context made from the configured krb5.conf and
 * from nothing in the environment, our own principal, the keys in memory, and a credential cache of
 * its own that holds our TGT. No default cache or keytab is ever opened (invariants 2 and 5).
 * One thread.
 */
#pragma once
#include "broker/evidence.h"
#include "config/config.h"

struct krb {
    const struct config_kerberos *config;
    krb5_context context;
    krb5_principal self; /* our own principal */
    krb5_keytab keytab;  /* MEMORY:, filled by keytab_load */
    krb5_ccache ccache;  /* MEMORY:, private */
    uint64_t tgt;        /* which TGT is in the cache; 0: none */
    bool is_tgt_forwardable;
    const struct denied_group *denied; /* of config->deny_groups; NULL: not known (accounts.h) */
    struct evidence evidence;
    struct s4u_seen *seen; /* s4u_ticket fills it in; NULL: nobody wants to know */
};

/* `config` must outlive it. False with `e` set (ERR_KRB_CONNECTOR, ERR_NO_MEMORY); `k` needs no
 * krb_close then. */
bool krb_open(struct krb *k, const struct config_kerberos *config, struct err *e);
void krb_close(struct krb *k);

/* Goes by this host's clock again: after an AS exchange, libkrb5 goes by that of the KDC (its
 * kdc_timesync) until the next one, so that a clock that is off would not be seen in the same
 * thread, and one that was mended since would seem to be off. */
void krb_use_own_clock(struct krb *k);

/* A context from `krb5_conf` (NULL: the system's files), deaf to the environment. */
krb5_error_code krb_context_new(const char *krb5_conf, krb5_context *context);
/* libkrb5's words for `code`, cut to `size`. */
void krb_text(krb5_context context, krb5_error_code code, char *out, size_t size);
