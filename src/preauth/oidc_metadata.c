/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_metadata.h"

#include "http/url.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char WELL_KNOWN[] = ".well-known/openid-configuration";

char *oidc_metadata_url(const char *issuer) {
    char *url;
    bool has_slash = str_ends(str_of(issuer), STR("/"));
    return asprintf(&url, "%s%s%s", issuer, has_slash ? "" : "/", WELL_KNOWN) < 0 ? NULL : url;
}

bool oidc_url_is_fine(struct str url) {
    struct str host, rest = str_from(url, strlen("https://"));
    uint16_t port;
    struct arena a;
    if (url.n > OIDC_URL_MAX || !str_starts(url, STR("https://")))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] > '~' ||
            strchr("\"'<>\\^`{|}#", url.p[i]))
            return false;
    struct str authority = str_head(rest, str_index(rest, '/'));
    authority = str_head(authority, str_index(authority, '?'));
    arena_init(&a, (size_t)4 * OIDC_URL_MAX);
    bool is_fine = authority.n > 0 && authority_parse(&a, authority, &host, &port) && host.n > 0;
    arena_fini(&a);
    return is_fine;
}

static bool unfit(struct err *e, const struct config_oidc *c, const char *what) {
    err_set(e, ERR_IDP_CONFIG, "the provider %s %s", c->issuer, what);
    return false;
}

/* A copy of an endpoint; NULL when it is not there. False: it is there and not fit. */
static bool read_url(const json_t *root, const char *name, char **out) {
    const json_t *value = json_object_get(root, name);
    const char *text = json_string_value(value);
    *out = NULL;
    if (!value || json_is_null(value))
        return true;
    if (!text || json_string_length(value) != strlen(text) || !oidc_url_is_fine(str_of(text)))
        return false;
    *out = strdup(text);
    return *out != NULL;
}

/* A list that is left out says nothing. */
static bool supports(const json_t *root, const char *list, const char *what) {
    const json_t *values = json_object_get(root, list), *value;
    size_t i;
    json_array_foreach(values, i,
                       value) if (json_is_string(value) &&
                                  strcmp(json_string_value(value), what) == 0) return true;
    return !values;
}

/* How the endpoints know us. One that says nothing would support basic alone (Discovery 3), but the
 * configuration is believed: its endpoint has the last word. */
static bool supports_authentication(const json_t *root, const struct config_oidc *c) {
    static const char *const NAMES[] = {
        [CLIENT_SECRET_BASIC] = "client_secret_basic",
        [CLIENT_SECRET_POST] = "client_secret_post",
        [CLIENT_PRIVATE_KEY_JWT] = "private_key_jwt",
        [CLIENT_TLS] = "tls_client_auth",
    };
    return supports(root, "token_endpoint_auth_methods_supported", NAMES[c->authentication]);
}

/* Where our certificate is asked for, if that is elsewhere (RFC 8705 5). */
static bool use_alias(const json_t *root, const struct config_oidc *c, struct oidc_metadata *m) {
    char *alias = NULL;
    const json_t *aliases = json_object_get(root, "mtls_endpoint_aliases");
    if (c->authentication != CLIENT_TLS || !json_is_object(aliases))
        return true;
    if (!read_url(aliases, "token_endpoint", &alias))
        return false;
    if (alias) {
        free(m->token_endpoint);
        m->token_endpoint = alias;
    }
    return true;
}

static bool read_endpoints(const json_t *root, const struct config_oidc *c,
                           struct oidc_metadata *m) {
    bool is_read = read_url(root, "authorization_endpoint", &m->authorization_endpoint);
    is_read = read_url(root, "token_endpoint", &m->token_endpoint) && is_read;
    is_read = read_url(root, "jwks_uri", &m->jwks_uri) && is_read;
    is_read = read_url(root, "userinfo_endpoint", &m->userinfo_endpoint) && is_read;
    is_read = read_url(root, "end_session_endpoint", &m->end_session_endpoint) && is_read;
    return is_read && use_alias(root, c, m) && m->authorization_endpoint && m->token_endpoint &&
           m->jwks_uri;
}

static bool check_issuer(const json_t *root, const struct config_oidc *c, struct err *e) {
    const char *issuer = json_string_value(json_object_get(root, "issuer"));
    return (issuer && strcmp(issuer, c->issuer) == 0) ||
           unfit(e, c,
                 "calls itself by another name (issuer), which has to be the same to the letter");
}

static bool check_keys(const json_t *root, const struct config_oidc *c, struct oidc_metadata *m,
                       struct err *e) {
    if (!check_issuer(root, c, e))
        return false;
    bool is_read = read_url(root, "jwks_uri", &m->jwks_uri);
    return (is_read && m->jwks_uri) ||
           unfit(e, c, "does not say by an https URL where its keys are (jwks_uri)");
}

static bool check(const json_t *root, const struct config_oidc *c, struct oidc_metadata *m,
                  struct err *e) {
    if (!check_issuer(root, c, e))
        return false;
    if (!read_endpoints(root, c, m))
        return unfit(e, c, "lacks an endpoint, or has one that is no https URL");
    if (!supports(root, "response_types_supported", "code"))
        return unfit(e, c, "does not support the code flow");
    if (!supports(root, "code_challenge_methods_supported", "S256"))
        return unfit(e, c, "does not support PKCE with S256");
    if (!supports_authentication(root, c))
        return unfit(e, c, "does not support the configured client_authentication");
    m->sends_issuer =
        json_is_true(json_object_get(root, "authorization_response_iss_parameter_supported"));
    return true;
}

typedef bool check_fn(const json_t *root, const struct config_oidc *c, struct oidc_metadata *m,
                      struct err *e);

static bool read(struct str text, const struct config_oidc *c, check_fn *fits,
                 struct oidc_metadata *out, struct err *e) {
    json_t *root = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, NULL);
    *out = (struct oidc_metadata){.jwks_uri = NULL};
    bool is_read =
        json_is_object(root)
            ? fits(root, c, out, e)
            : err_set(e, ERR_IDP_ANSWER, "the metadata of %s are no JSON object", c->issuer);
    json_decref(root);
    if (!is_read)
        oidc_metadata_fini(out);
    return is_read;
}

bool oidc_metadata_read(struct str text, const struct config_oidc *c, struct oidc_metadata *out,
                        struct err *e) {
    return read(text, c, check, out, e);
}

bool oidc_metadata_read_issuer(struct str text, const struct config_oidc *c,
                               struct oidc_metadata *out, struct err *e) {
    return read(text, c, check_keys, out, e);
}

void oidc_metadata_fini(struct oidc_metadata *m) {
    free(m->authorization_endpoint);
    free(m->token_endpoint);
    free(m->jwks_uri);
    free(m->userinfo_endpoint);
    free(m->end_session_endpoint);
    *m = (struct oidc_metadata){.jwks_uri = NULL};
}
