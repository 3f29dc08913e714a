/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/outward_address.h"

#include "base/buf.h"

enum { LINK_GROWTH_MAX = 64 * 1024 }; /* by which a Link header may become longer */

static bool take_prefix(struct str *rest, struct str prefix) {
    if (!str_eq_ci(str_head(*rest, prefix.n), prefix))
        return false;
    *rest = str_from(*rest, prefix.n);
    return true;
}

/* What follows the internal origin in `location`; false when it leads elsewhere. Compared as host
 * and port, since a back end may say ":80" where we do not. */
static bool leave_origin(struct arena *a, const struct url *in, struct str *location) {
    bool is_https = str_eq(in->scheme, STR("https"));
    struct str host;
    uint16_t port;
    if (!take_prefix(location, STR("//")) &&
        !take_prefix(location, is_https ? STR("https://") : STR("http://")))
        return str_starts(*location, STR("/")); /* or another scheme, or relative to the page */
    size_t end = 0;
    while (end < location->n && !strchr("/?#", location->p[end]))
        end++;
    if (!authority_parse(a, str_head(*location, end), &host, &port))
        return false;
    *location = str_from(*location, end);
    return str_eq(host, in->host) && (port ? port : is_https ? 443 : 80) == in->port;
}

/* The rest of `path` below `base`, which ends with '/'; the folder itself may come without it.
 * p == NULL when it is not below. */
static struct str below(struct str path, struct str base) {
    struct str folder = str_head(base, base.n - 1);
    if (str_starts(path, base))
        return str_from(path, base.n);
    if (!str_starts(path, folder) || (path.n > folder.n && !strchr("?#", path.p[folder.n])))
        return STR_NONE;
    return path.n > folder.n ? str_from(path, folder.n) : STR("");
}

struct str outward_address(struct arena *a, const struct config_app *app, struct str location) {
    struct str path = location;
    if (!leave_origin(a, &app->internal, &path))
        return location;
    struct str rest = below(path, app->internal.path);
    if (!rest.p)
        return location; /* outside what is published */
    return str_of(arena_printf(a, "%.*s%.*s%.*s", STR_ARG(app->external.origin),
                               STR_ARG(app->external.path), STR_ARG(rest)));
}

struct str outward_refresh(struct arena *a, const struct config_app *app, struct str value) {
    size_t at = 0;
    while (at + 4 <= value.n && !str_eq_ci(str_n(value.p + at, 4), STR("url=")))
        at++;
    if (at + 4 > value.n)
        return value; /* only a time */
    struct str url = str_trim(str_from(value, at + 4)), before = str_head(value, at + 4);
    bool is_quoted = url.n > 1 && strchr("'\"", url.p[0]) && url.p[url.n - 1] == url.p[0];
    struct str bare = is_quoted ? str_head(str_from(url, 1), url.n - 2) : url;
    struct str to = outward_address(a, app, bare);
    struct str quote = is_quoted ? str_head(url, 1) : STR("");
    return to.p ? str_of(arena_printf(a, "%.*s%.*s%.*s%.*s", STR_ARG(before), STR_ARG(quote),
                                      STR_ARG(to), STR_ARG(quote)))
                : STR_NONE;
}

/* Where the next "<address>" outside of a quoted string begins; the end when there is none. */
static size_t next_address(struct str value) {
    bool is_quoted = false;
    for (size_t i = 0; i < value.n; i++) {
        if (is_quoted && value.p[i] == '\\')
            i++;
        else if (value.p[i] == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && value.p[i] == '<')
            return i;
    }
    return value.n;
}

struct str outward_link(struct arena *a, const struct config_app *app, struct str value) {
    struct buf out;
    bool is_whole = true;
    buf_init(&out, 2 * value.n + LINK_GROWTH_MAX);
    while (is_whole && value.n > 0) {
        size_t begin = next_address(value);
        struct str address = str_from(value, begin + 1);
        size_t end = str_index(address, '>');
        buf_add(&out, str_head(value, begin + 1));
        if (begin == value.n || end == address.n) {
            buf_add(&out, address);
            break;
        }
        struct str to = outward_address(a, app, str_head(address, end));
        is_whole = to.p != NULL;
        buf_add(&out, to);
        value = str_from(address, end);
    }
    struct str outward = is_whole && !out.failed ? arena_str(a, buf_str(&out)) : STR_NONE;
    buf_fini(&out);
    return outward;
}
