/* SPDX-License-Identifier: Apache-2.0
 *
 * All that the resolver says about one host name, for the diagnosis: which names it is an alias of,
 * every address, and what each address is called the other way round. net/resolve.h is what
 * connections are made with; here nothing is kept and nothing is chosen. Names in it are of
 * strangers. Any thread but a loop's, which it would hold up.
 */
#pragma once
#include "net/resolve.h"

enum {
    DNS_CHAIN_MAX = 8, /* names one behind the other; more are cut off */
    DNS_NAME_SIZE = 256,
};

struct dns_question {
    const char *servers; /* as resolver_new has it */
    const char *host;    /* a name or a numeric address */
    int64_t ends_us;     /* clock_mono_us() at which it gives up */
};

struct dns_facts {
    size_t chain_count; /* at least 1: the host; each is an alias of the next one (CNAME) */
    char chain[DNS_CHAIN_MAX][DNS_NAME_SIZE];
    size_t count;                                     /* 0: `error` says why */
    union resolve_address at[RESOLVE_ADDRESSES_MAX];  /* port 0 */
    char names[RESOLVE_ADDRESSES_MAX][DNS_NAME_SIZE]; /* PTR, or of /etc/hosts; "": none */
    char error[128];                                  /* the resolver's words */
    bool is_silent;                                   /* no server has answered */
};

/* /etc/hosts first, then the servers, as the resolver does. Fills `out` in every case. */
void dns_facts_find(const struct dns_question *q, struct dns_facts *out);
