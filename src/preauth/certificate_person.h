/* SPDX-License-Identifier: Apache-2.0
 *
 * Who somebody is by what their certificate says: the first rule of certificates.names that it has
 * a name for, and never another one in the place of a name that is there and is not fit. All that
 * the certificate says goes along as claims: upn, email, cn, san, sid, subject, issuer, serial,
 * fingerprint, and certificate, which is all of it in base64. Pure, any thread.
 */
#pragma once
#include "config/config.h"
#include "preauth/certificate_names.h"

struct certificate_person {
    const char *subject; /* what we show */
    char *claims;        /* JSON, for the caller to free */
};

/* `der` is the certificate. ERR_CERTIFICATE_NAME names the rule; `claims` is NULL then. */
bool certificate_person_of(struct arena *a, const struct config_certificates *c,
                           const struct certificate_names *names, struct str der,
                           struct certificate_person *out, struct err *e);
