/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_authorize.h"

#include "base/encode.h"
#include "preauth/page.h"

#include <stdio.h>

struct str oidc_callback_url(struct arena *a, struct str origin) {
    return arena_join(a, (struct str[]){origin, STR(LOCAL_PATH OIDC_CALLBACK)}, 2);
}

static void add(struct buf *url, const char *name, struct str value) {
    buf_add_byte(url, str_index(buf_str(url), '?') < buf_size(url) ? '&' : '?');
    buf_printf(url, "%s=", name);
    encode_query(url, value);
}

/* A list with blanks between its elements (RFC 6749 3.3). */
static void add_list(struct buf *url, const char *name, char *const *values, size_t count) {
    struct buf list;
    buf_init(&list, OIDC_AUTHORIZE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_add_all(&list, (struct str[]){i ? STR(" ") : STR(""), str_of(values[i])}, 2);
    if (count)
        add(url, name, buf_str(&list));
    url->failed |= list.failed;
    buf_fini(&list);
}

static void add_wishes(struct buf *url, const struct config_oidc *c) {
    static const char *const PROMPTS[] = {[PROMPT_LOGIN] = "login",
                                          [PROMPT_CONSENT] = "consent",
                                          [PROMPT_SELECT_ACCOUNT] = "select_account"};
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%lld", (long long)c->max_age_s);
    add_list(url, "acr_values", c->acr_values, c->acr_value_count);
    if (c->max_age_s)
        add(url, "max_age", str_of(seconds));
    if (c->prompt != PROMPT_NONE_SAID)
        add(url, "prompt", str_of(PROMPTS[c->prompt]));
    for (size_t i = 0; i < c->parameter_count; i++) {
        struct str text = str_of(c->parameters[i]);
        size_t equals = str_index(text, '=');
        buf_printf(url, "&%.*s=", STR_ARG(str_head(text, equals)));
        encode_query(url, str_from(text, equals + 1));
    }
}

static struct str finish(struct arena *a, struct buf *url) {
    struct str copy = url->failed ? STR_NONE : arena_str(a, buf_str(url));
    buf_fini(url);
    return copy;
}

struct str oidc_authorize_url(struct arena *a, const struct config_oidc *c, const char *endpoint,
                              const struct oidc_flow *f) {
    struct buf url;
    char word[] = "openid", *const openid[] = {word};
    buf_init(&url, OIDC_AUTHORIZE_MAX);
    buf_add(&url, str_of(endpoint));
    add(&url, "response_type", STR("code"));
    add(&url, "response_mode", STR("query"));
    add(&url, "client_id", str_of(c->client_id));
    add(&url, "redirect_uri", oidc_callback_url(a, f->origin));
    add_list(&url, "scope", c->scope_count ? c->scopes : openid,
             c->scope_count ? c->scope_count : 1);
    add(&url, "state", f->state);
    add(&url, "nonce", f->nonce);
    add(&url, "code_challenge", oidc_flow_challenge(a, f));
    add(&url, "code_challenge_method", STR("S256"));
    add_wishes(&url, c);
    return finish(a, &url);
}

struct str oidc_end_session_url(struct arena *a, const struct config_oidc *c, const char *endpoint,
                                struct str origin, struct str hint) {
    struct buf url;
    buf_init(&url, OIDC_AUTHORIZE_MAX);
    buf_add(&url, str_of(endpoint));
    add(&url, "client_id", str_of(c->client_id));
    add(&url, "post_logout_redirect_uri",
        arena_join(a, (struct str[]){origin, STR(LOCAL_PATH OIDC_SIGNED_OUT)}, 2));
    if (hint.n)
        add(&url, "id_token_hint", hint);
    return finish(a, &url);
}
