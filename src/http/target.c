/* SPDX-License-Identifier: Apache-2.0
 *
 * What is decided on is what is forwarded: one spelling of each path leaves this file, without dot
 * segments when a later reader decodes it, once, as all must. What only some back ends take for
 * another path ("//a", "/A", "/a;b", and "%252e" where one decodes twice) does leave it:
 * config/rules_app.c warns where that matters.
 */
#include "http/url.h"

#include "http/authority.h"
#include "http/path.h"

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

/* Cuts the absolute form (RFC 9112 3.2.2) down to path and query. */
static bool take_authority(struct arena *a, struct str *rest, struct str *authority,
                           const char **why) {
    struct str host;
    uint16_t port;
    size_t end = str_index(*rest, ':') + 3;
    bool is_absolute = str_eq_ci(str_head(*rest, end), STR("http://")) ||
                       str_eq_ci(str_head(*rest, end), STR("https://"));
    if (str_eq(*rest, STR("*"))) /* RFC 9112 3.2.4 */
        return no(why, "is *, which asks about no application");
    if (!is_absolute) /* the authority-form is for CONNECT alone: RFC 9112 3.2.3 */
        return no(why, "is neither a path nor an http or https URL");
    *rest = str_from(*rest, end);
    end = 0;
    while (end < rest->n && rest->p[end] != '/' && rest->p[end] != '?')
        end++;
    *authority = arena_str(a, str_head(*rest, end));
    *rest = str_from(*rest, end);
    return authority->p && authority_read(a, *authority, &host, &port, why);
}

/* The query goes on as it was sent; the bytes that no target has do not (RFC 3986 3.4). */
static bool is_query(struct str s, const char **why) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '#') /* never sent (RFC 9112 3.2.1) */
            return no(why, "has a fragment");
        if (c <= ' ' || c >= 0x7f)
            return no(why, "has a byte that must be percent-encoded");
    }
    return true;
}

static bool read_target(struct arena *a, struct str text, struct target *t, const char **why) {
    struct str path, rest = text;
    if (text.n == 0) /* RFC 9112 3.2 */
        return no(why, "is empty");
    if (rest.p[0] != '/' && !take_authority(a, &rest, &t->authority, why))
        return false;
    path = str_head(rest, str_index(rest, '?'));
    rest = str_from(rest, path.n);
    if (!is_query(rest, why))
        return false;
    t->query = arena_str(a, rest);
    /* An empty path is "/" (RFC 9110 4.2.3). */
    return t->query.p && path_normalise(a, path.n ? path : STR("/"), &t->path, why);
}

bool target_parse(struct arena *a, struct str text, struct target *out, struct err *e) {
    struct target t = {0};
    const char *why = NULL;
    *out = t;
    if (!read_target(a, text, &t, &why))
        return why ? err_set(e, ERR_HTTP_BAD_REQUEST, "the request target %s", why)
                   : err_set(e, ERR_NO_MEMORY, "no memory for a request target");
    *out = t;
    return true;
}
