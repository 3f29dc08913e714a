/* SPDX-License-Identifier: Apache-2.0
 *
 * What the configuration says about a provider of type certificate: a part of config.h, which says
 * who owns it and who may read it.
 */
#pragma once
#include "config/config_access.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of a certificate says who somebody is. */
enum config_name_from {
    NAME_FROM_UPN,         /* subjectAltName, otherName 1.3.6.1.4.1.311.20.2.3 */
    NAME_FROM_EMAIL,       /* subjectAltName, rfc822Name */
    NAME_FROM_COMMON_NAME, /* of the subject */
    NAME_FROM_SUBJECT,     /* the whole of it, which is nobody's name in the directory */
};

struct config_name_rule {
    enum config_name_from from;
    char *domain; /* put behind a name without one; NULL: the name has one */
    struct config_mark mark;
};

enum config_nonce { NONCE_OPTIONAL, NONCE_REQUIRED, NONCE_OFF };

/* Whom to ask whether a certificate was revoked. */
struct config_ocsp {
    char *responder;     /* URL; NULL: nobody, or whom the certificate names */
    bool by_certificate; /* whom the certificate names, where there is no `responder` */
    bool may_be_silent;  /* who cannot be asked about is let in all the same */
    enum config_nonce nonce;
    int64_t timeout_ms;
    int64_t keep_s; /* an answer, at most */
};

struct config_certificates {
    char *ca;    /* PEM file; NULL: another type of provider */
    char **crls; /* files, PEM or DER; none: no list is looked at */
    size_t crl_count;
    struct config_ocsp ocsp;
    unsigned depth; /* certificates between a person's and one of `ca` */
    char **issuers; /* of people's certificates, as RFC 4514 writes a name; none: all */
    size_t issuer_count;
    unsigned strength;              /* OpenSSL's level for keys and signatures: 2 is 112 bits */
    struct config_name_rule *names; /* the first that the certificate has; none: UPN */
    size_t name_count;
};

static inline bool config_asks_responder(const struct config_certificates *c) {
    return c->ocsp.responder || c->ocsp.by_certificate;
}
