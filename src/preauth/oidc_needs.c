/* SPDX-License-Identifier: Apache-2.0
 *
 * Which claims the configuration goes by.
 */
#include "connector/authorize.h"
#include "connector/login.h"
#include "preauth/oidc_claims.h"

#include <jansson.h>

static bool header_misses(const struct config_header *h, const json_t *claims) {
    bool misses = oidc_is_missing(claims, h->claim);
    for (size_t i = 0; i < h->transform_count; i++)
        for (size_t k = 0; k < CONFIG_ARGUMENTS_MAX; k++)
            if (h->transforms[i].arguments[k].is_claim)
                misses |= oidc_is_missing(claims, h->transforms[i].arguments[k].text);
    return misses;
}

static bool allow_misses(const struct config_allow *a, const json_t *claims) {
    bool misses = a->groups && oidc_is_missing(claims, CLAIM_GROUPS);
    for (size_t i = 0; i < a->claim_count; i++)
        misses |= oidc_is_missing(claims, a->claims[i].claim);
    return misses;
}

static bool app_misses(const struct config_app *app, const json_t *claims) {
    bool misses = oidc_is_missing(claims, app->login_claim) || allow_misses(&app->allow, claims);
    for (size_t i = 0; i < app->rule_count; i++)
        misses |= allow_misses(&app->rules[i].allow, claims);
    for (size_t i = 0; i < app->header_count; i++)
        misses |= header_misses(&app->headers[i], claims);
    for (size_t i = 0; i < app->assertion.claim_count; i++)
        misses |= oidc_is_missing(claims, app->assertion.claims[i]);
    return misses;
}

bool oidc_misses_claims(const struct config *c, const struct config_provider *p,
                        const json_t *claims) {
    bool misses = oidc_is_missing(claims, p->oidc.upn) ||
                  oidc_is_missing(claims, p->oidc.on_premises_upn) ||
                  oidc_is_missing(claims, p->oidc.sam_account_name);
    for (size_t i = 0; i < c->app_count; i++)
        if (config_app_has(&c->apps[i], p))
            misses |= app_misses(&c->apps[i], claims);
    return misses;
}

static bool differs(const json_t *before, const json_t *after, const char *name) {
    const json_t *one = json_object_get(before, name), *other = json_object_get(after, name);
    return name && one != other && !(one && other && json_equal(one, other));
}

static bool allow_changes(const struct config_allow *a, const json_t *before, const json_t *after) {
    bool changes = (a->groups && differs(before, after, CLAIM_GROUPS)) ||
                   (a->acr && differs(before, after, "acr"));
    for (size_t i = 0; i < a->claim_count; i++)
        changes |= differs(before, after, a->claims[i].claim);
    return changes;
}

bool oidc_changes_access(const struct config *c, const struct config_provider *p,
                         const json_t *before, const json_t *after) {
    bool changes = differs(before, after, CLAIM_UPN) ||
                   differs(before, after, CLAIM_ON_PREMISES_UPN) ||
                   differs(before, after, CLAIM_SAM_ACCOUNT_NAME);
    for (size_t i = 0; i < c->app_count; i++) {
        const struct config_app *app = &c->apps[i];
        if (!config_app_has(app, p))
            continue;
        changes |=
            differs(before, after, app->login_claim) || allow_changes(&app->allow, before, after);
        for (size_t k = 0; k < app->rule_count; k++)
            changes |= allow_changes(&app->rules[k].allow, before, after);
    }
    return changes;
}
