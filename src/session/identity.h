/* SPDX-License-Identifier: Apache-2.0
 *
 * What a provider proved about a person. Plain data that its maker owns; a session holds a copy of
 * its own, which is immutable and may be read by any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

struct identity {
    char *provider;            /* its name in the configuration */
    char *subject;             /* what we show: "alice@CORP.EXAMPLE" */
    char *principal;           /* Kerberos principal the KDC itself has proven, else NULL */
    char *claims;              /* JSON object of texts and lists of texts */
    unsigned char *own_ticket; /* as the broker sealed it; NULL: none */
    size_t own_ticket_size;
    int64_t own_ends_s;  /* when it does */
    char *refresh_token; /* plain, on the way to session_create or session_renew, which seal it: no
                            copy has it; NULL: none */
    struct json_t *parsed; /* `claims`, in identities that identity_copy made; else NULL */
};

/* A copy of `from`'s texts with the claims parsed, for identity_fini. False, and nothing to free,
 * when memory is short or the claims are no JSON object. */
bool identity_copy(struct identity *to, const struct identity *from);
void identity_fini(struct identity *i);

/* How many texts a claim has: one, or those of a list; 0 when the person has no such claim, and
 * when there is something else in it. */
size_t identity_claim_count(const struct identity *i, const char *name);
/* The n-th of them, as long-lived as the identity. */
const char *identity_claim_at(const struct identity *i, const char *name, size_t n);
/* The text of a claim, as long-lived as the identity, which identity_copy has made; NULL when the
 * person has no such claim, or one that is not a text. */
const char *identity_claim(const struct identity *i, const char *name);
