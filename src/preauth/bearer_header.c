/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/bearer_header.h"

#include "base/buf.h"

enum { CHALLENGE_MAX = 8 * 1024 };

/* The scheme alone, whose case is of no account (RFC 9110 11.1). */
static bool is_bearer(struct str value) {
    struct str scheme = STR("Bearer");
    return str_eq_ci(str_head(value, scheme.n), scheme) &&
           (value.n == scheme.n || strchr(" \t,=\"", value.p[scheme.n]));
}

/* b64token (RFC 6750 2.1): nothing that could be two credentials. */
static bool is_token(struct str token) {
    size_t n = token.n;
    while (n > 0 && token.p[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        if (!str_is_alnum(token.p[i]) && !strchr("-._~+/", token.p[i]))
            return false;
    return n > 0;
}

static bool has_query_token(struct str query) {
    struct str rest = query.n && query.p[0] == '?' ? str_from(query, 1) : query, field;
    while (str_split(&rest, '&', &field))
        if (str_eq(str_head(field, str_index(field, '=')), STR("access_token")))
            return true;
    return false;
}

static enum bearer_sent wrong(struct err *e, const char *why) {
    err_set(e, ERR_BEARER_REQUEST, "%s", why);
    return BEARER_WRONG;
}

enum bearer_sent bearer_read(const struct headers *h, struct str query, struct str *token,
                             struct err *e) {
    struct str value = STR_NONE;
    size_t count = 0;
    *token = STR_NONE;
    for (size_t i = 0; i < h->count; i++) {
        struct str v = str_trim(h->at[i].value);
        if (!str_eq_ci(h->at[i].name, STR("Authorization")))
            continue;
        count++;
        if (is_bearer(v))
            value = v;
    }
    if (value.n == 0)
        return BEARER_NOT_SENT;
    if (count > 1)
        return wrong(e, "the request has more than one Authorization header");
    if (has_query_token(query))
        return wrong(e, "the request has an access token in its address, too");
    struct str rest = str_from(value, strlen("Bearer"));
    *token = str_trim(rest);
    if (rest.n == 0 || rest.p[0] != ' ' || !is_token(*token))
        return wrong(e, "the Authorization header is not the word Bearer, a blank, and one token");
    return BEARER_SENT;
}

/* RFC 6750 3 allows this much of ASCII in a description. */
static void add_description(struct buf *out, struct str text) {
    buf_add(out, STR(", error_description=\""));
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        buf_add_byte(out, c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '\'');
    }
    buf_add_byte(out, '"');
}

/* Neither a blank nor what ends a quoted text (RFC 6749 3.3). */
static bool is_word(const char *text) {
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
            return false;
    return *text != '\0';
}

/* name="one two", of what can stand there. */
static void add_list(struct buf *out, const char *name, char *const *list, size_t count) {
    size_t added = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_word(list[i]))
            continue;
        if (added == 0)
            buf_printf(out, ", %s=\"", name);
        buf_printf(out, "%s%s", added ? " " : "", list[i]);
        added++;
    }
    if (added)
        buf_add_byte(out, '"');
}

static const char *error_of(enum err_code code) {
    switch ((int)code) {
    case ERR_BEARER_REQUEST:
        return "invalid_request";
    case ERR_BEARER_UNREADABLE:
    case ERR_BEARER_SIGNATURE:
    case ERR_BEARER_TOKEN:
    case ERR_BEARER_ENDED:
        return "invalid_token";
    case ERR_BEARER_SCOPE:
        return "insufficient_scope";
    case ERR_BEARER_WEAK:
        return "insufficient_user_authentication"; /* RFC 9470 3 */
    default:
        return NULL;
    }
}

bool bearer_is_refusal(const struct err *e) { return error_of(e->code) != NULL; }

struct bearer_wanted bearer_wanted_by(const struct config_provider *p) {
    const struct config_oidc *o = &p->oidc;
    return (struct bearer_wanted){.scopes = o->scopes,
                                  .scope_count = o->scope_count,
                                  .acr_values = o->acr_values,
                                  .acr_value_count = o->acr_value_count,
                                  .max_age_s = o->max_age_s};
}

static void add_wanted(struct buf *out, enum err_code code, const struct bearer_wanted *w) {
    if (code != ERR_BEARER_WEAK) {
        add_list(out, "scope", w->scopes, w->scope_count);
        return;
    }
    add_list(out, "acr_values", w->acr_values, w->acr_value_count);
    if (w->max_age_s)
        buf_printf(out, ", max_age=\"%lld\"", (long long)w->max_age_s);
}

char *bearer_challenge(struct arena *a, const struct config_app *app, const struct err *e,
                       const struct bearer_wanted *w) {
    struct buf out;
    enum err_code code = e ? e->code : ERR_NONE;
    const char *error = error_of(code);
    buf_init(&out, CHALLENGE_MAX);
    buf_printf(&out, "Bearer realm=\"%s\"", app->name);
    if (error) {
        buf_printf(&out, ", error=\"%s\"", error);
        add_description(&out, str_of(e->detail));
    }
    if (w)
        add_wanted(&out, code, w);
    char *text = out.failed ? NULL : arena_cstr(a, buf_str(&out));
    buf_fini(&out);
    return text;
}

const struct config_provider *bearer_only_provider(const struct config_app *app) {
    const struct config_provider *only = NULL;
    for (size_t i = 0; i < app->provider_count; i++) {
        if (app->providers[i]->type != PROVIDER_BEARER)
            continue;
        if (only)
            return NULL;
        only = app->providers[i];
    }
    return only;
}

bool bearer_is_only_way(const struct config_app *app) {
    size_t count = 0;
    for (size_t i = 0; i < app->provider_count; i++)
        count += app->providers[i]->type == PROVIDER_BEARER;
    return count > 0 && count == app->provider_count;
}
