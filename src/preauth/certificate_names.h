/* SPDX-License-Identifier: Apache-2.0
 *
 * What a certificate says, as texts. Whoever made it may be anybody: a text with a NUL, a control
 * character or bytes that are no UTF-8 in it is read differently by different readers, and is
 * refused (CVE-2009-2408). Results are in the arena. Any thread.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#include <openssl/x509.h>

enum {
    CERTIFICATE_NAMES_MAX = 64,     /* of a subjectAltName */
    CERTIFICATE_NAME_MAX = 256,     /* bytes of one that is somebody's */
    CERTIFICATE_SUBJECT_MAX = 1024, /* bytes of a whole subject or issuer */
};

struct certificate_texts {
    const char **at;
    size_t count;
};

struct certificate_names {
    struct certificate_texts upn;   /* otherName 1.3.6.1.4.1.311.20.2.3 */
    struct certificate_texts email; /* rfc822Name */
    struct certificate_texts cn;    /* commonName of the subject */
    struct certificate_texts san;   /* all of the kinds we know, as "dns:host", "upn:…" */
    const char *sid;                /* as Active Directory's authority puts it in; NULL: none */
    const char *subject, *issuer;   /* RFC 4514 */
    const char *serial;             /* hexadecimal, lower case */
    const char *fingerprint;        /* SHA-256 of the DER, hexadecimal, lower case */
};

/* Of the value of a subjectAltName extension (RFC 5280 4.2.1.6): `upn`, `email` and `san`.
 * ERR_CERTIFICATE_NAME, or ERR_NO_MEMORY. */
bool certificate_read_alternative(struct arena *a, struct str der, struct certificate_names *out,
                                  struct err *e);
/* Of the value of the extension 1.3.6.1.4.1.311.25.2 ([MS-WCCE] 2.2.2.7.7.4): `sid`. */
bool certificate_read_sid(struct arena *a, struct str der, struct certificate_names *out,
                          struct err *e);
/* All of it. */
bool certificate_read_names(struct arena *a, X509 *x, struct certificate_names *out, struct err *e);
/* A name as RFC 4514 writes it; NULL: memory, or it is longer than CERTIFICATE_SUBJECT_MAX. */
const char *certificate_name_text(struct arena *a, const X509_NAME *name);
