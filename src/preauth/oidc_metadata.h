/* SPDX-License-Identifier: Apache-2.0
 *
 * What an OpenID Connect provider says of itself (OpenID Connect Discovery 1.0 section 4, RFC
 * 8414): where its endpoints are. Sans-I/O, any thread.
 */
#pragma once
#include "base/err.h"
#include "config/config.h"

enum { OIDC_URL_MAX = 1024 };

struct oidc_metadata {
    char *authorization_endpoint, *token_endpoint, *jwks_uri;
    char *userinfo_endpoint, *end_session_endpoint; /* NULL: there is none */
    bool sends_issuer;                              /* with each answer (RFC 9207 3) */
};

/* Where the metadata of an issuer are: a new text, NULL: no memory. */
char *oidc_metadata_url(const char *issuer);
/* False with `e` set and nothing to free: ERR_IDP_ANSWER when it is no JSON, ERR_IDP_CONFIG when
 * the issuer is not to the letter the configured one, an endpoint is missing or not https, or PKCE
 * with S256, the code flow or the configured authentication is not among what is supported. */
bool oidc_metadata_read(struct str text, const struct config_oidc *c, struct oidc_metadata *out,
                        struct err *e);
/* The same of an issuer of which only the name and the keys are of interest. */
bool oidc_metadata_read_issuer(struct str text, const struct config_oidc *c,
                               struct oidc_metadata *out, struct err *e);
void oidc_metadata_fini(struct oidc_metadata *m);
/* Whether this may be one of its endpoints: https, a host, no user and fragment, no byte that a
 * header or a page would need to be careful with. */
bool oidc_url_is_fine(struct str url);
