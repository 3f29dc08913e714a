/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding names in texts: in one that is a name of some form as a whole, in a distinguished name,
 * and in sentences. One thread.
 */
#pragma once
#include "doctor/redact_names.h"

/* "CN=Alice Smith,OU=Sales,DC=corp,DC=example" (RFC 4514), also with blanks after the commas. */
void redact_dn(struct redact_table *t, struct str dn);
/* Only the domain that a DN is in, "corp.example". */
void redact_dn_domain(struct redact_table *t, struct str dn);
/* Whatever the whole text looks like: a URL, a DN, an SPN, a principal, a host of three parts. */
void redact_any(struct redact_table *t, struct str text);
/* Hosts among other words, "1.1 proxy.example (squid), 1.1 other.example". */
void redact_hosts(struct redact_table *t, struct str list);
/* In a sentence: DNs, URLs, and hosts and principals of a domain that is known by now. */
void redact_sentence(struct redact_table *t, struct str text);
