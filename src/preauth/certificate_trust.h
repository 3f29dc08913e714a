/* SPDX-License-Identifier: Apache-2.0
 *
 * Which certificates are believed: those that an authority of the configuration has issued to
 * somebody (RFC 5280 6), for that (clientAuth), in their time, strong enough, and on no revocation
 * list. The authorities are the file's and no others, above all not the system's; each of them is
 * believed as it is, also one that another has issued. Immutable once made; any thread.
 */
#pragma once
#include "base/err.h"
#include "config/config.h"

#include <openssl/x509.h>

enum { CERTIFICATE_CHAIN_MAX = 8, CERTIFICATE_DER_MAX = 8 * 1024 /* bytes of a person's */ };

struct certificate_trust;

/* Reads the files. NULL with `e` set (ERR_CONFIG names the file). */
struct certificate_trust *certificate_trust_new(const struct config_certificates *c, struct err *e);
/* NULL is allowed. */
void certificate_trust_free(struct certificate_trust *t);
/* What answers of a responder are verified with. */
X509_STORE *certificate_trust_store(const struct certificate_trust *t);

struct certificate_verified {
    STACK_OF(X509) * chain; /* the person's first, its issuer next: at least two */
    int64_t ends_s;         /* until when it is so: a certificate or a list runs out */
};
/* `ders`: a person's certificate, then what the browser has sent along, in any order. False with
 * `e` set (ERR_CERTIFICATE_…), and nothing to free. */
bool certificate_trust_verify(const struct certificate_trust *t, const struct str *ders,
                              size_t count, int64_t now_s, struct certificate_verified *out,
                              struct err *e);
void certificate_verified_fini(struct certificate_verified *v);
