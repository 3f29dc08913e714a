/* SPDX-License-Identifier: Apache-2.0
 *
 * What the token endpoint answers (RFC 6749 5), to a code or a refresh token.
 */
#include "preauth/oidc_int.h"
#include "session/session_renew.h"

#include <jansson.h>

enum { WORD_MAX = 64 };

/* An error's name (RFC 6749 5.2), if it looks like one; never what else somebody may have written
 * there. */
static const char *error_of(const json_t *root, char word[WORD_MAX]) {
    const char *name = json_string_value(json_object_get(root, "error"));
    size_t n = 0;
    for (; name && name[n] && n + 1 < WORD_MAX; n++) {
        char c = name[n];
        if (!str_is_alnum(c) && c != '_' && c != '-')
            return "an error without a name";
        word[n] = name[n];
    }
    word[n] = 0;
    return n ? word : "an error without a name";
}

/* The next refresh token; of a sign-in there has to be one if it is to be renewed. */
static bool read_refresh_token(struct oidc_call *c, const json_t *root, struct err *e) {
    const struct config_oidc *config = &c->provider->config->oidc;
    const json_t *value = json_object_get(root, "refresh_token");
    const char *token = json_string_value(value);
    if (config->refresh_s == 0)
        return true;
    if (!token && c->question.kind == OIDC_REDEEM) {
        err_set(e, ERR_IDP_CONFIG, "%s gives no refresh token, and refresh is configured",
                config->issuer);
        err_hint(e, "Add offline_access to identity_providers.scopes, and perhaps prompt: consent; "
                    "and allow the grant refresh_token for this client at the provider.");
        return false;
    }
    if (!token)
        return true;
    size_t n = json_string_length(value);
    if (n != strlen(token) || n > SESSION_REFRESH_TOKEN_MAX)
        return err_set(e, ERR_IDP_ANSWER, "%s gives out a refresh token of more than %d bytes",
                       config->issuer, SESSION_REFRESH_TOKEN_MAX);
    c->answer.refresh_token = arena_cstr(&c->arena, str_of(token));
    return c->answer.refresh_token ||
           err_set(e, ERR_NO_MEMORY, "the tokens of %s do not fit the memory", config->issuer);
}

static bool read_access_token(struct oidc_call *c, const json_t *root, struct err *e) {
    const char *access = json_string_value(json_object_get(root, "access_token"));
    const char *type = json_string_value(json_object_get(root, "token_type"));
    const char *issuer = c->provider->config->oidc.issuer;
    if (access && (!type || !str_eq_ci(str_of(type), STR("Bearer"))))
        access = NULL; /* RFC 6749 7.1: one of a kind that is not known is not used */
    for (size_t i = 0; access && access[i]; i++) /* RFC 6750 2.1 */
        if (access[i] <= ' ' || access[i] > '~')
            return err_set(e, ERR_IDP_ANSWER, "%s gives out an access token that is none", issuer);
    c->access_token = arena_cstr(&c->arena, str_of(access));
    return c->access_token ||
           err_set(e, ERR_NO_MEMORY, "the tokens of %s do not fit the memory", issuer);
}

static bool read_tokens(struct oidc_call *c, const json_t *root, struct err *e) {
    const char *why, *id = json_string_value(json_object_get(root, "id_token"));
    const char *issuer = c->provider->config->oidc.issuer;
    if (!read_access_token(c, root, e) || !read_refresh_token(c, root, e))
        return false;
    if (!id && c->question.kind == OIDC_REFRESH)
        return true;
    if (!id)
        return err_set(e, ERR_IDP_ANSWER, "%s answers a code without an ID token", issuer);
    c->has_token = jws_token_parse(&c->token, str_of(id), &why);
    return c->has_token ||
           err_set(e, ERR_IDP_TOKEN_UNREADABLE, "the ID token of %s %s", issuer, why);
}

static void refuse_grant(const struct oidc_call *c, int status, const json_t *root, struct err *e) {
    char word[WORD_MAX];
    const char *issuer = c->provider->config->oidc.issuer, *error = error_of(root, word);
    if (c->question.kind == OIDC_REDEEM)
        err_set(e, ERR_IDP_CODE, "%s answers the code of a sign-in with status %d and %s", issuer,
                status, error);
    else if (strcmp(error, "invalid_grant") == 0)
        err_set(e, ERR_IDP_GRANT, "%s refuses the refresh token (invalid_grant)", issuer);
    else
        err_set(e, ERR_IDP_ANSWER, "%s answers a refresh token with status %d and %s", issuer,
                status, error);
}

/* What was copied from it is wiped with the call's arena. */
static void wipe(const json_t *root, const char *name) {
    const json_t *value = json_object_get(root, name);
    if (json_is_string(value))
        secret_wipe((char *)json_string_value(value), json_string_length(value));
}

bool oidc_read_tokens(struct oidc_call *c, int status, struct str body, struct err *e) {
    json_t *root = json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, NULL);
    e->code = ERR_NONE;
    if (status >= 400)
        refuse_grant(c, status, root, e);
    else if (status != 200 || !json_is_object(root))
        err_set(e, ERR_IDP_ANSWER, "%s answers for tokens with something that is no JSON object",
                c->provider->config->oidc.issuer);
    else
        read_tokens(c, root, e);
    wipe(root, "access_token");
    wipe(root, "refresh_token");
    json_decref(root);
    return e->code == ERR_NONE;
}
