/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens at the desk, which has the keys of their issuers.
 */
#include "base/clock.h"
#include "preauth/bearer_token.h"
#include "preauth/oidc_int.h"

bool oidc_read_bearer(struct oidc_call *c) {
    struct err e;
    const char *why;
    c->has_token = jws_token_parse(&c->token, c->question.token, &why);
    if (c->has_token)
        return true;
    err_set(&e, ERR_BEARER_UNREADABLE, "the access token %s", why);
    oidc_finish(c, &e);
    return false;
}

void oidc_check_bearer(struct oidc_call *c) {
    struct err e;
    char *subject, *claims;
    const struct config_oidc *config = &c->provider->config->oidc;
    int64_t now_s = clock_wall_s();
    if (!bearer_check(&c->token, config, now_s, &c->answer.ends_s, &e) ||
        !bearer_check_power(&c->token, config, now_s, &e)) {
        oidc_finish(c, &e);
    } else if (bearer_make_identity(&c->token, config, &subject, &claims)) {
        oidc_answer_person(c, subject, claims);
    } else {
        err_set(&e, ERR_NO_MEMORY, "no memory for what an access token says");
        oidc_finish(c, &e);
    }
}
