/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the chain of one person's ticket to one application as the broker does, and tells all that
 * can be found out on the way: what is in the keytab, every domain controller, the three exchanges
 * with what the KDCs said, and what the directory has about the accounts that matter. It judges
 * nothing (src/doctor does) and changes nothing. What is told has a path in a tree of JSON
 * (docs/doctor.md); what could not be found out is not told, or told as an `error`. Nothing that is
 * told is a secret.
 */
#pragma once
#include "broker/krb.h"
#include "broker/protocol.h"

#include <jansson.h>

struct accounts;

/* `value` is the callee's, or NULL when memory was short. Called from one thread at a time. */
typedef void examine_tell_fn(void *user, const char *path, json_t *value);

struct examine {
    const struct config *config; /* of the account that asks: struct realm's */
    struct broker_request asked; /* user empty: whoever; then only what needs no person is done */
    struct str web_port;         /* of the internal URL, for SPNs that have one; empty: usual */
    bool is_brief;               /* one server of the directory is enough */
    bool is_trace;               /* only the exchanges, and each of their messages, as "trace.+" */
    int64_t until_us;            /* monotonic */
    examine_tell_fn *tell;
    void *user;
};

/* The keys of the account must be loaded (keytab_load), directory_init and ldap_gss_init called.
 * The ticket that came of it is the caller's, NULL when none did. Waits; one at a time in a thread
 * of its own. */
struct ticket *examine_chain(const struct examine *x);
/* The same in the broker, for a request that has failed: with its own ticket at hand and the
 * accounts that it knows, and only what can be found out within a second or so. */
struct examine_held {
    const struct config *config;
    struct krb *krb; /* the TGT is in its cache, unless: */
    const struct err *no_tgt;
    struct accounts *accounts;
    const struct broker_request *asked; /* BROKER_EXAMINE */
    int64_t until_us;
};
/* All that was found out as one JSON object of at most BROKER_FACTS_MAX bytes, for free; NULL: no
 * memory. Thread of the `struct krb`. */
char *examine_held(const struct examine_held *h);

/* What the exchanges for a ticket ended with, as facts: `e` is from accounts_ticket or tgt_use. */
json_t *examine_error(const struct err *e);
