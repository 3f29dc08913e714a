/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/cors.h"

/* Those that need no leave (the Fetch standard 2.2.1 and 2.2.2). */
static const struct str SAFE_METHODS[] = {STR("GET"), STR("HEAD"), STR("POST")};
static const struct str SAFE_HEADERS[] = {STR("Accept"), STR("Accept-Language"),
                                          STR("Content-Language")};

static bool is_below(struct str path, struct str base) {
    return base.n > 0 && str_starts(path, base) &&
           (path.n == base.n || base.p[base.n - 1] == '/' || path.p[base.n] == '/');
}

static const struct config_cors *rule_for(const struct config_app *app, struct str path) {
    const struct config_cors *best = NULL;
    for (size_t i = 0; i < app->cors_count; i++) {
        const struct config_cors *rule = &app->cors[i];
        struct str base = str_of(rule->path);
        if (is_below(path, base) && (!best || base.n > strlen(best->path)))
            best = rule;
    }
    return best;
}

/* Header names are compared without case, origins and methods as they are. */
static bool is_listed(char *const *list, size_t count, struct str value, bool ignores_case) {
    for (size_t i = 0; i < count; i++) {
        struct str s = str_of(list[i]);
        if (ignores_case ? str_eq_ci(s, value) : str_eq(s, value))
            return true;
    }
    return false;
}

static bool allows_origin(const struct config_cors *rule, struct str origin) {
    return is_listed(rule->origins, rule->origin_count, STR("*"), false) ||
           is_listed(rule->origins, rule->origin_count, origin, false);
}

static bool allows_method(const struct config_cors *rule, struct str method) {
    for (size_t i = 0; i < sizeof SAFE_METHODS / sizeof *SAFE_METHODS; i++)
        if (str_eq(method, SAFE_METHODS[i]))
            return true;
    return is_listed(rule->methods, rule->method_count, method, false);
}

static bool allows_header(const struct config_cors *rule, struct str name) {
    for (size_t i = 0; i < sizeof SAFE_HEADERS / sizeof *SAFE_HEADERS; i++)
        if (str_eq_ci(name, SAFE_HEADERS[i]))
            return true;
    return is_listed(rule->headers, rule->header_count, name, true);
}

static bool allows_headers(const struct config_cors *rule, struct str names) {
    struct str name;
    while (str_split(&names, ',', &name))
        if (str_trim(name).n > 0 && !allows_header(rule, str_trim(name)))
            return false;
    return true;
}

static bool fill(struct arena *a, const struct config_cors *rule, const struct message *request,
                 struct message *out) {
    struct str origin = headers_get(&request->headers, STR("Origin"));
    struct str method = headers_get(&request->headers, STR("Access-Control-Request-Method"));
    struct str names = headers_get(&request->headers, STR("Access-Control-Request-Headers"));
    struct str age = str_of(arena_printf(a, "%lld", (long long)rule->max_age_s));
    *out = (struct message){.status = 204, .minor = 1};
    struct headers *h = &out->headers;
    return age.p && headers_add(a, h, STR("Access-Control-Allow-Origin"), origin) &&
           headers_add(a, h, STR("Access-Control-Allow-Methods"), method) &&
           (names.n == 0 || headers_add(a, h, STR("Access-Control-Allow-Headers"), names)) &&
           (!rule->allows_credentials ||
            headers_add(a, h, STR("Access-Control-Allow-Credentials"), STR("true"))) &&
           headers_add(a, h, STR("Access-Control-Max-Age"), age) &&
           headers_add(a, h, STR("Vary"),
                       STR("Origin, Access-Control-Request-Method, "
                           "Access-Control-Request-Headers"));
}

enum cors_result cors_preflight(struct arena *a, const struct config_app *app,
                                const struct message *request, struct str path,
                                struct message *out) {
    struct str origin = headers_get(&request->headers, STR("Origin"));
    struct str method = headers_get(&request->headers, STR("Access-Control-Request-Method"));
    struct str names = headers_get(&request->headers, STR("Access-Control-Request-Headers"));
    const struct config_cors *rule = rule_for(app, path);
    if (!rule || !str_eq(request->method, STR("OPTIONS")) || origin.n == 0 || method.n == 0)
        return CORS_NONE;
    if (!allows_origin(rule, origin) || !allows_method(rule, method) ||
        !allows_headers(rule, names))
        return CORS_REFUSED;
    return fill(a, rule, request, out) ? CORS_ALLOWED : CORS_FULL;
}

bool cors_expose(struct arena *a, const struct config_app *app, const struct message *request,
                 struct str path, struct message *out) {
    struct str origin = headers_get(&request->headers, STR("Origin"));
    const struct config_cors *rule = rule_for(app, path);
    struct headers *h = &out->headers;
    if (!rule)
        return true;
    if (origin.n == 0 || !allows_origin(rule, origin))
        return headers_add(a, h, STR("Vary"), STR("Origin"));
    return headers_add(a, h, STR("Access-Control-Allow-Origin"), origin) &&
           (!rule->allows_credentials ||
            headers_add(a, h, STR("Access-Control-Allow-Credentials"), STR("true"))) &&
           headers_add(a, h, STR("Access-Control-Expose-Headers"),
                       STR("WWW-Authenticate, Retry-After")) &&
           headers_add(a, h, STR("Vary"), STR("Origin"));
}

bool cors_trusts(const struct config_app *app, const struct message *request, struct str path) {
    const struct config_cors *rule = rule_for(app, path);
    return rule && rule->allows_credentials &&
           allows_origin(rule, headers_get(&request->headers, STR("Origin")));
}
