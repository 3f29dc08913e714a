/* SPDX-License-Identifier: Apache-2.0 */
#include "config/rules.h"

#include "base/jws_token.h"

#include <stdio.h>

/* What the sign-in itself puts into an authorization request: nobody else may. */
static const char *const OWN_PARAMETERS[] = {
    "response_type", "response_mode", "client_id",      "redirect_uri",          "scope",
    "state",         "nonce",         "code_challenge", "code_challenge_method", "acr_values",
    "max_age",       "prompt",        "request",        "request_uri",           "id_token_hint",
    "client_secret", "registration",
};

struct provider_rule {
    const struct config *c;
    const struct config_provider *p;
    struct findings *f;
};

static void check_names(const struct provider_rule *r) {
    const struct config_provider *p = r->p;
    if (p->name && strcmp(p->name, "passthrough") == 0)
        findings_error(r->f, config_mark_of(r->c, &p->name),
                       "identity_providers.name: passthrough is the word for no provider, "
                       "expected another name");
    for (const struct config_provider *q = r->c->providers; p->name && q < p; q++)
        if (q->name && strcmp(p->name, q->name) == 0)
            findings_error(r->f, config_mark_of(r->c, &p->name),
                           "identity_providers.name: %s is the name of the provider in line "
                           "%u too",
                           quote(str_of(p->name)).text, config_mark_of(r->c, &q->name).line);
}

static void require(const struct provider_rule *r, const void *field, const char *name,
                    const char *why) {
    if (!load_field(r->c, field))
        findings_error(r->f, r->p->mark, "identity_providers.%s is missing, which %s needs", name,
                       why);
}

static void refuse(const struct provider_rule *r, const void *field, const char *name,
                   const char *why) {
    if (load_field(r->c, field))
        findings_error(r->f, config_mark_of(r->c, field), "identity_providers.%s: %s", name, why);
}

enum {
    FORM = 1 << PROVIDER_FORM,
    OIDC = 1 << PROVIDER_OIDC,
    BEARER = 1 << PROVIDER_BEARER,
    NEGOTIATE = 1 << PROVIDER_NEGOTIATE,
    CERTIFICATE = 1 << PROVIDER_CERTIFICATE,
};

#define KEY(name, field, of) {name, offsetof(struct config_provider, field), of}

/* Each key that is not of every type: one that nobody reads is a mistake. */
static const struct {
    const char *name;
    size_t offset;
    unsigned of; /* types */
} KEYS[] = {
    KEY("realm", realm, FORM),
    KEY("throttle.user_attempts", throttle.user_attempts, FORM),
    KEY("throttle.user_window", throttle.user_window_s, FORM),
    KEY("throttle.source_attempts", throttle.source_attempts, FORM),
    KEY("throttle.source_window", throttle.source_window_s, FORM),
    KEY("password_change_url", password_change_url, FORM),
    KEY("second_factor.type", second_factor.type, FORM),
    KEY("second_factor.required", second_factor.is_for_enrolled, FORM),
    KEY("second_factor.key_file", second_factor.key_file, FORM),
    KEY("second_factor.issuer", second_factor.issuer, FORM),
    KEY("second_factor.algorithm", second_factor.is_sha256, FORM),
    KEY("second_factor.digits", second_factor.has_8_digits, FORM),
    KEY("issuer", oidc.issuer, OIDC | BEARER),
    KEY("client_id", oidc.client_id, OIDC),
    KEY("client_authentication", oidc.authentication, OIDC),
    KEY("client_secret_file", oidc.client_secret_file, OIDC),
    KEY("client_key_file", oidc.client_key_file, OIDC),
    KEY("client_certificate", oidc.client_certificate, OIDC),
    KEY("ca", oidc.ca, OIDC | BEARER),
    KEY("proxy", oidc.proxy, OIDC | BEARER),
    KEY("scopes", oidc.scopes, OIDC | BEARER),
    KEY("claims.user_principal_name", oidc.upn, OIDC | BEARER),
    KEY("claims.on_premises_user_principal_name", oidc.on_premises_upn, OIDC | BEARER),
    KEY("claims.on_premises_sam_account_name", oidc.sam_account_name, OIDC | BEARER),
    KEY("audiences", oidc.audiences, OIDC | BEARER),
    KEY("acr_values", oidc.acr_values, OIDC | BEARER),
    KEY("max_age", oidc.max_age_s, OIDC | BEARER),
    KEY("prompt", oidc.prompt, OIDC),
    KEY("parameters", oidc.parameters, OIDC),
    KEY("timeout", oidc.timeout_ms, OIDC | BEARER),
    KEY("keep", oidc.keep_s, OIDC | BEARER),
    KEY("jwks_uri", oidc.jwks_uri, BEARER),
    KEY("algorithms", oidc.algorithms, BEARER),
    KEY("refresh", oidc.refresh_s, OIDC),
    KEY("refresh_limit", oidc.refresh_limit_s, OIDC),
    KEY("front_channel_logout", oidc.front_channel_logout, OIDC),
    KEY("certificates", certificates.ca, CERTIFICATE),
    KEY("sources", negotiate.sources, NEGOTIATE),
    KEY("account", negotiate.account, NEGOTIATE),
    KEY("realms", negotiate.realms, NEGOTIATE),
    KEY("spns", negotiate.spns, NEGOTIATE),
    KEY("channel_binding", negotiate.requires_binding, NEGOTIATE),
};

/* Why a key of these types does not belong to another one. */
static void explain_types(unsigned of, char *why, size_t size) {
    static const char *const NAMES[] = {
        [PROVIDER_FORM] = "form",
        [PROVIDER_OIDC] = "oidc",
        [PROVIDER_BEARER] = "bearer",
        [PROVIDER_NEGOTIATE] = "negotiate",
        [PROVIDER_CERTIFICATE] = "certificate",
    };
    char types[64] = "";
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        size_t n = strlen(types);
        if (of & 1u << i)
            snprintf(types + n, sizeof types - n, "%s%s", n ? " and " : "", NAMES[i]);
    }
    snprintf(why, size, "this is for type%s %s, expected it left out",
             strchr(types, ' ') ? "s" : "", types);
}

static void check_keys(const struct provider_rule *r) {
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        char why[128];
        explain_types(KEYS[i].of, why, sizeof why);
        if (!(KEYS[i].of & 1u << r->p->type))
            refuse(r, (const char *)r->p + KEYS[i].offset, KEYS[i].name, why);
    }
}

/* A key that nobody uses is a mistake: most often the type was forgotten. */
static void check_second_factor(const struct provider_rule *r) {
    const struct config_second_factor *s = &r->p->second_factor;
    if (s->type == FACTOR_TOTP)
        require(r, &s->key_file, "second_factor.key_file", "type totp");
    else
        refuse(r, &s->key_file, "second_factor.key_file",
               "nobody is asked for a second factor, expected type: totp beside it");
    if (s->issuer && strchr(s->issuer, ':'))
        findings_error(r->f, config_mark_of(r->c, &s->issuer),
                       "identity_providers.second_factor.issuer: there is a ':' in it, which ends "
                       "it for authenticator apps");
}

static void check_form(const struct provider_rule *r) {
    require(r, &r->p->realm, "realm", "type form");
    check_second_factor(r);
    if (r->p->name && !r->c->kerberos.present)
        findings_error(r->f, r->p->mark,
                       "identity_providers: a provider of type form needs connector.kerberos "
                       "with keytab and principal, to tell the real KDC from a false one");
}

/* Exactly what the way of authentication needs: a secret that nobody uses is a mistake. */
static void check_proof(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    bool has_secret = o->authentication <= CLIENT_SECRET_POST;
    bool has_certificate = o->authentication == CLIENT_TLS;
    static const char OTHER[] = "client_authentication is another, expected this left out";
    if (has_secret)
        require(r, &o->client_secret_file, "client_secret_file", "client_authentication");
    else
        refuse(r, &o->client_secret_file, "client_secret_file", OTHER);
    if (!has_secret)
        require(r, &o->client_key_file, "client_key_file", "client_authentication");
    else
        refuse(r, &o->client_key_file, "client_key_file", OTHER);
    if (has_certificate)
        require(r, &o->client_certificate, "client_certificate", "client_authentication");
    else
        refuse(r, &o->client_certificate, "client_certificate", OTHER);
}

/* What a list with blanks between its words can hold, in quotes (RFC 6749 3.3). */
static bool is_word(const char *text) {
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    return true;
}

static void check_each_scope(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    for (size_t i = 0; i < o->scope_count; i++) {
        const char *scope = o->scopes[i] ? o->scopes[i] : "";
        if (!is_word(scope))
            findings_error(
                r->f, config_mark_of(r->c, &o->scopes[i]),
                "identity_providers.scopes: %s is not one scope, expected a list of them",
                quote(str_of(scope)).text);
    }
}

static void check_scopes(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    bool has_openid = false;
    check_each_scope(r);
    for (size_t i = 0; i < o->scope_count; i++) {
        const char *scope = o->scopes[i] ? o->scopes[i] : "";
        has_openid |= strcmp(scope, "openid") == 0;
        if (strcmp(scope, "offline_access") == 0 && o->refresh_s == 0)
            findings_error(r->f, config_mark_of(r->c, &o->scopes[i]),
                           "identity_providers.scopes: offline_access asks for a refresh token, "
                           "which nothing uses without refresh; expected both or neither");
    }
    if (o->scope_count && !has_openid)
        findings_error(r->f, config_mark_of(r->c, &o->scopes),
                       "identity_providers.scopes: openid is missing: without it nobody is told "
                       "who signed in");
}

static void check_refresh(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    if (o->refresh_s == 0)
        refuse(r, &o->refresh_limit_s, "refresh_limit",
               "nothing is refreshed without refresh, expected both or neither");
    else if (o->refresh_limit_s < o->refresh_s)
        findings_error(
            r->f, config_mark_of(r->c, &o->refresh_s),
            "identity_providers.refresh_limit is shorter than refresh, expected at least "
            "as much");
}

static bool is_parameter_name(struct str name) {
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!str_is_alnum(c) && c != '_' && c != '-' && c != '.')
            return false;
    }
    return name.n > 0;
}

static void check_parameters(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    for (size_t i = 0; i < o->parameter_count; i++) {
        struct str text = str_of(o->parameters[i]), name = str_head(text, str_index(text, '='));
        struct config_mark mark = config_mark_of(r->c, &o->parameters[i]);
        if (text.n && (name.n == text.n || !is_parameter_name(name)))
            findings_error(r->f, mark,
                           "identity_providers.parameters: %s is not name=value with a name of "
                           "letters, digits, '_', '-' and '.'",
                           quote(text).text);
        for (size_t k = 0; k < sizeof OWN_PARAMETERS / sizeof *OWN_PARAMETERS; k++)
            if (str_eq_ci(name, str_of(OWN_PARAMETERS[k])))
                findings_error(r->f, mark,
                               "identity_providers.parameters: %s is set by the sign-in itself",
                               OWN_PARAMETERS[k]);
    }
}

static void check_acr(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    for (size_t i = 0; i < o->acr_value_count; i++)
        if (o->acr_values[i] && !is_word(o->acr_values[i]))
            findings_error(r->f, config_mark_of(r->c, &o->acr_values[i]),
                           "identity_providers.acr_values: %s is not one word, expected a list",
                           quote(str_of(o->acr_values[i])).text);
}

static void check_oidc(const struct provider_rule *r) {
    const struct config_provider *p = r->p;
    require(r, &p->oidc.issuer, "issuer", "type oidc");
    require(r, &p->oidc.client_id, "client_id", "type oidc");
    check_proof(r);
    check_scopes(r);
    check_refresh(r);
    check_parameters(r);
    check_acr(r);
}

static bool is_algorithm(const char *name) {
    bool is_known = false;
    for (int i = 0; i < JWS_ALGORITHMS; i++)
        is_known |= strcmp(name, jws_algorithm_name((enum jws_algorithm)i)) == 0;
    return is_known;
}

/* Never `none`, and never one of a secret that whoever checks a token could sign with, too. */
static void check_algorithms(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    for (size_t i = 0; i < o->algorithm_count; i++)
        if (o->algorithms[i] && !is_algorithm(o->algorithms[i]))
            findings_error(r->f, config_mark_of(r->c, &o->algorithms[i]),
                           "identity_providers.algorithms: %s is no signature with a key pair, "
                           "expected RS256, PS256, ES256, their longer kin, or EdDSA",
                           quote(str_of(o->algorithms[i])).text);
}

static void check_bearer(const struct provider_rule *r) {
    const struct config_oidc *o = &r->p->oidc;
    require(r, &o->issuer, "issuer", "type bearer");
    require(r, &o->audiences, "audiences", "type bearer");
    if (load_field(r->c, &o->audiences) && o->audience_count == 0)
        findings_error(r->f, config_mark_of(r->c, &o->audiences),
                       "identity_providers.audiences is empty, expected the names by which the "
                       "issuer knows what is here: a token for anybody else is refused");
    check_each_scope(r);
    check_acr(r);
    check_algorithms(r);
}

void rules_providers(const struct config *c, struct findings *f) {
    for (size_t i = 0; i < c->provider_count; i++) {
        struct provider_rule r = {c, &c->providers[i], f};
        const struct config_field *type = load_field(c, &r.p->type);
        check_names(&r);
        if (!type || type->is_wrong)
            continue;
        check_keys(&r);
        switch (r.p->type) {
        case PROVIDER_FORM:
            check_form(&r);
            break;
        case PROVIDER_OIDC:
            check_oidc(&r);
            break;
        case PROVIDER_BEARER:
            check_bearer(&r);
            break;
        case PROVIDER_NEGOTIATE:
            rules_negotiate(c, r.p, f);
            break;
        case PROVIDER_CERTIFICATE:
            rules_certificates(c, r.p, f);
            break;
        }
    }
}
