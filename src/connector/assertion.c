/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/assertion.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"
#include "connector/login.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

enum { ID_SIZE = 16 };

static bool add_key(struct jws_keys *k, const char *name, struct err *e) {
    const char *why = "";
    FILE *file = fopen(name, "re");
    if (!file)
        return err_set(e, ERR_CONFIG, "connector.assertion_keys: %s: %s", name, strerror(errno));
    bool is_added = jws_keys_add(k, file, &why);
    fclose(file);
    return is_added ||
           err_set(e, ERR_CONFIG, "connector.assertion_keys: %s: the key %s", name, why);
}

struct jws_keys *assertion_keys(const struct config *c, struct err *e) {
    struct jws_keys *k = jws_keys_new();
    if (!k)
        err_set(e, ERR_NO_MEMORY, "no memory for the keys of assertions");
    for (size_t i = 0; k && i < c->assertion_key_count; i++)
        if (!add_key(k, c->assertion_keys[i], e)) {
            jws_keys_free(k);
            return NULL;
        }
    return k;
}

/* As for headers: an empty text says nothing, in a list neither. */
static bool has_claim(const struct identity *who, const char *name) {
    size_t count = identity_claim_count(who, name);
    for (size_t n = 0; n < count; n++)
        if (!*identity_claim_at(who, name, n))
            return false;
    return count > 0;
}

static bool is_shown_as(const struct identity *who, const char *claim) {
    const char *text = identity_claim(who, claim);
    return text && *text && strcmp(text, who->subject) == 0;
}

/* The claim that names people, or, with a provider for which the configuration has none, what that
 * provider knows them by. What is shown of somebody may be neither, because the claim is missing or
 * unfit. */
static bool has_subject(const struct config_app *app, const struct identity *who, struct err *e) {
    const struct config_provider *p = config_app_provider(app, str_of(who->provider));
    bool is_unmapped =
        p && (p->type == PROVIDER_OIDC || p->type == PROVIDER_BEARER) && !p->oidc.upn;
    if (is_shown_as(who, CLAIM_UPN) || (is_unmapped && is_shown_as(who, "sub")))
        return true;
    err_set(e, ERR_CLAIM_MISSING,
            "app %s wants the claim \"" CLAIM_UPN
            "\" as the sub of its assertion, and that is missing in this sign-in, or no name",
            app->name);
    err_hint(e, "Let the identity provider send the claim that identity_providers.claims has for "
                "user_principal_name. Nothing else is tried in its place.");
    return false;
}

static bool missing(const struct config_app *app, const char *name, struct err *e) {
    err_set(e, ERR_CLAIM_MISSING,
            "app %s wants the claim \"%s\" in its assertion, and that is missing in this sign-in",
            app->name, name);
    err_hint(e,
             "Let the identity provider send the claim \"%s\", or take it out of the "
             "sso.assertion.claims of app %s. Nothing else is tried in its place.",
             name, app->name);
    return false;
}

bool assertion_has_claims(const struct config_app *app, const struct identity *who, struct err *e) {
    if (!who)
        return err_set(e, ERR_CLAIM_MISSING,
                       "app %s is told who somebody is, but nobody has signed in", app->name);
    if (!has_subject(app, who, e))
        return false;
    for (size_t i = 0; i < app->assertion.claim_count; i++) {
        const char *name = app->assertion.claims[i];
        if (!has_claim(who, name))
            return missing(app, name, e);
    }
    return true;
}

static void add_id(struct buf *out) {
    unsigned char random[ID_SIZE];
    secret_random(random, sizeof random);
    encode_base64url(out, str_n((const char *)random, sizeof random));
    buf_add_byte(out, 0);
}

static json_t *claim_of(const struct identity *who, const char *name) {
    return json_object_get(who->parsed, name);
}

/* What is said, as JSON for the caller to free; NULL: memory. */
static char *statement(const struct config_app *app, const struct identity *who) {
    const struct config_assertion *want = &app->assertion;
    json_int_t now = clock_wall_s();
    struct buf id;
    char *text = NULL;
    buf_init(&id, 64);
    add_id(&id);
    json_t *all = json_pack("{s:s%,s:s,s:s,s:I,s:I,s:I,s:s,s:s}", "iss", app->external.origin.p,
                            app->external.origin.n, "sub", who->subject, "aud", want->audience,
                            "iat", now, "nbf", now, "exp", now + (json_int_t)want->lifetime_s,
                            "jti", buf_str(&id).p, "idp", who->provider);
    bool is_whole = all && !id.failed;
    for (size_t i = 0; is_whole && i < want->claim_count; i++)
        is_whole = json_object_set(all, want->claims[i], claim_of(who, want->claims[i])) == 0;
    if (is_whole)
        text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    buf_fini(&id);
    return text;
}

bool assertion_make(const struct jws_keys *k, const struct config_app *app,
                    const struct identity *who, struct buf *out, struct err *e) {
    char *text = statement(app, who);
    if (!text)
        return err_set(e, ERR_NO_MEMORY, "no memory for an assertion");
    bool is_signed = jws_sign(k, str_of(text), out);
    free(text);
    if (is_signed)
        return true;
    if (!out->failed)
        return err_set(e, ERR_INTERNAL, "the assertion for app %s cannot be signed", app->name);
    err_set(e, ERR_CLAIM_UNFIT, "the assertion for app %s is too long for a header", app->name);
    err_hint(e, "Take claims with many values out of the sso.assertion.claims of app %s.",
             app->name);
    return false;
}
