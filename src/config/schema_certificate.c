/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_row.h"

#define CERTIFICATES(field) IN(struct config_provider, certificates.field)
#define OCSP(field) IN(struct config_provider, certificates.ocsp.field)

static const struct schema_choice NAME_FROM[] = {{"upn", .value = NAME_FROM_UPN},
                                                 {"email", .value = NAME_FROM_EMAIL},
                                                 {"common_name", .value = NAME_FROM_COMMON_NAME},
                                                 {"subject", .value = NAME_FROM_SUBJECT},
                                                 {NULL}};

static const struct schema_choice NONCES[] = {{"optional", .value = NONCE_OPTIONAL},
                                              {"required", .value = NONCE_REQUIRED},
                                              {"off", .value = NONCE_OFF},
                                              {NULL}};

static const struct schema_choice WHEN_SILENT[] = {
    {"refuse", .value = false}, {"accept", .value = true}, {NULL}};

static const struct schema_choice STRENGTHS[] = {
    {"112", .value = 2}, {"128", .value = 3}, {"192", .value = 4}, {NULL}};

static const struct schema_key NAME_RULE[] = {
    {"from", SCHEMA_CHOICE, REQUIRED, .choices = NAME_FROM, IN(struct config_name_rule, from),
     .example = "upn",
     .help = "upn: the user principal name in subjectAltName; email: the mail address there; "
             "common_name: CN of the subject; subject: all of the subject, which names nobody in "
             "the directory, for apps with login_identity as certificate."},
    {"domain", SCHEMA_HOST, 0, IN(struct config_name_rule, domain), .example = "corp.example",
     .help = "Put behind the name with an '@'; a name that has one already is then refused. When "
             "left out, the name has to be name@domain."},
    {NULL}};

static const struct schema_key OCSP_KEYS[] = {
    {"responder", SCHEMA_TEXT, 0, OCSP(responder), .example = "http://ocsp.corp.example/",
     .help = "URL of the OCSP responder that is asked about everybody's certificate."},
    {"from_certificate", SCHEMA_CHOICE, 0, .choices = SCHEMA_SWITCH, OCSP(by_certificate),
     .initial = "off",
     .help = "Whether the responder that a certificate names (authority information access) is "
             "asked where there is no responder; off, and without responder, nobody is."},
    {"when_silent", SCHEMA_CHOICE, 0, .choices = WHEN_SILENT, OCSP(may_be_silent),
     .initial = "refuse",
     .help = "refuse: nobody comes in whose certificate the responder says nothing about; accept: "
             "they do, with event 22044, also with a revoked certificate."},
    {"nonce", SCHEMA_CHOICE, 0, .choices = NONCES, OCSP(nonce), .initial = "optional",
     .help = "optional: a number used once is sent, and an answer that has one must have this one; "
             "required: every answer must; off: none is sent."},
    {"timeout", SCHEMA_MS, 0, OCSP(timeout_ms), .initial = "3s", RANGE("100ms", "30s"),
     .help = "The wait for one answer of the responder."},
    {"keep", SCHEMA_SECONDS, 0, OCSP(keep_s), .initial = "1h", RANGE("1s", "7d"),
     .help = "How long an answer is used at most; it says itself for how long (nextUpdate)."},
    {NULL}};

const struct schema_key SCHEMA_CERTIFICATES[] = {
    {"ca", SCHEMA_FILE, REQUIRED, CERTIFICATES(ca), .example = "client-ca.pem",
     .help = "PEM file of the authorities whose certificates are accepted, and of no others."},
    {"crls", SCHEMA_FILE, LIST | NOT_EMPTY,
     LIST_IN(struct config_provider, certificates.crls, certificates.crl_count), .longest = 64,
     .why_not_empty = "leave it out where no list is to be looked at", .example = "[client-ca.crl]",
     .help = "Certificate revocation lists, PEM or DER, read anew within 20 seconds when they are "
             "replaced; then every authority of a chain that is not in ca itself needs one that is "
             "in its time, or nobody comes in."},
    {"ocsp", SCHEMA_SECTION, 0, OCSP_KEYS, .help = "Asking whether a certificate was revoked."},
    {"depth", SCHEMA_COUNT, 0, CERTIFICATES(depth), .initial = "3", RANGE("0", "6"),
     .help = "How many certificates may stand between a person's and one of ca."},
    {"issuers", SCHEMA_TEXT, LIST | NOT_EMPTY,
     LIST_IN(struct config_provider, certificates.issuers, certificates.issuer_count),
     .longest = 64, .why_not_empty = "leave it out where every authority may issue them",
     .example = "[\"CN=Corp People CA,O=Corp\"]",
     .help = "Who must have issued a person's certificate itself, as event 22041 writes the name "
             "(RFC 4514); all authorities when left out."},
    {"minimum_strength", SCHEMA_CHOICE, 0, .choices = STRENGTHS, CERTIFICATES(strength),
     .initial = "112",
     .help = "Bits of security that every key and signature of a chain must have: 112 is RSA with "
             "2048 bits, 128 RSA with 3072 or EC with 256, 192 EC with 384; none allows SHA-1."},
    {"names", SCHEMA_SECTION, LIST | NOT_EMPTY, NAME_RULE,
     LIST_IN(struct config_provider, certificates.names, certificates.name_count),
     .mark = offsetof(struct config_name_rule, mark), .longest = 8,
     .why_not_empty = "leave it out for the user principal name",
     .help = "What of a certificate says who the person is (user_principal_name): the first that "
             "it has; from: upn alone when left out; a certificate that has none, or two of one "
             "kind, is refused."},
    {NULL}};
