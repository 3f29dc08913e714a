/* SPDX-License-Identifier: Apache-2.0
 *
 * Which certificate is for which host: the DNS names of a certificate's subjectAltName, and the
 * table in which a listener looks up the name that a client asks for. The subject's common name
 * does not count (RFC 9525 6.3), and addresses do not either: nobody sends them as SNI (RFC 6066
 * 3). A table is filled by one thread; then any may search.
 */
#pragma once
#include "base/str.h"

#include <openssl/x509.h>

enum { TLS_NAME_MAX = 253 }; /* bytes of a host name (RFC 1035 2.3.4) */

/* The names of a certificate in lower case, sorted, each once and followed by '\n', for the caller
 * to free: two certificates for the same hosts have the same text. A name that is no host name and
 * no "*." before one (RFC 9525 6.3) is left out. NULL: memory. */
char *tls_names_of(const X509 *x);

struct tls_names {
    struct tls_names_entry *entries;
    size_t count;
};

/* Adds the names in `text`, which is tls_names_of's and must live as long, for certificate set
 * `set`. False: memory. */
bool tls_names_add(struct tls_names *t, const char *text, unsigned set);
/* After the last tls_names_add, and before the first tls_names_find. */
void tls_names_sort(struct tls_names *t);
void tls_names_fini(struct tls_names *t);

/* The set for `host`: that of its own name, else that of the wildcard for its first label, else 0.
 * When several have the name, it is the lowest. Upper case and one final dot make no difference. */
unsigned tls_names_find(const struct tls_names *t, struct str host);
