/* SPDX-License-Identifier: Apache-2.0 */
#include "http/url.h"

#include "http/authority.h"
#include "http/path.h"

#include <stdio.h>

enum { URL_MAX = 2048 };

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

static bool take_scheme(struct str *rest, struct url *u) {
    static const struct {
        struct str prefix, name;
        uint16_t port;
    } SCHEMES[] = {
        {STR("http://"), STR("http"), 80},
        {STR("https://"), STR("https"), 443},
    };
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        if (!str_eq_ci(str_head(*rest, SCHEMES[i].prefix.n), SCHEMES[i].prefix))
            continue;
        *rest = str_from(*rest, SCHEMES[i].prefix.n);
        u->scheme = SCHEMES[i].name;
        u->port = SCHEMES[i].port;
        return true;
    }
    return false;
}

/* host[:port] and scheme://host[:port], without the default port. */
static bool serialise(struct arena *a, struct url *u, bool is_default_port) {
    bool is_ipv6 = str_index(u->host, ':') < u->host.n;
    char port[8] = "";
    if (!is_default_port)
        snprintf(port, sizeof port, ":%u", (unsigned)u->port);
    u->authority = str_of(arena_printf(a, "%s%.*s%s%s", is_ipv6 ? "[" : "", STR_ARG(u->host),
                                       is_ipv6 ? "]" : "", port));
    u->origin = str_of(arena_printf(a, "%.*s://%.*s", STR_ARG(u->scheme), STR_ARG(u->authority)));
    return u->authority.p && u->origin.p;
}

/* A request may say "hr:" and "hr." for hr. In a configuration the one is a port that was
 * forgotten, and the other not the same to who resolves names. NULL: neither. */
static const char *slip_of(struct str authority) {
    if (str_ends(authority, STR(":")))
        return "has a port that is not one of 1 to 65535";
    if (str_ends(str_head(authority, str_index(authority, ':')), STR(".")))
        return "has a host that is not a host name";
    return NULL;
}

static bool read_url(struct arena *a, struct str text, struct url *u, const char **why) {
    struct str rest = text;
    uint16_t port;
    if (text.n > URL_MAX)
        return no(why, "is longer than 2048 letters");
    if (!take_scheme(&rest, u))
        return no(why, "does not begin with http:// or https://");
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?' && rest.p[end] != '#')
        end++;
    if (!authority_read(a, str_head(rest, end), &u->host, &port, why))
        return false;
    const char *slip = slip_of(str_head(rest, end));
    if (slip)
        return no(why, slip);
    struct str path = end < rest.n ? str_from(rest, end) : STR("/");
    if (str_index(path, '?') < str_index(path, '#'))
        return no(why, "has a query");
    if (path.p[0] == '#')
        return no(why, "has a fragment");
    bool is_default_port = port == 0 || port == u->port;
    u->port = port ? port : u->port;
    return path_normalise(a, path, &u->path, why) && serialise(a, u, is_default_port);
}

bool url_parse(struct arena *a, struct str text, struct url *out, const char **why) {
    struct url u = {0};
    *out = u;
    *why = NULL;
    if (!read_url(a, text, &u, why)) {
        if (!*why)
            *why = "needs more memory than there is";
        return false;
    }
    *out = u;
    return true;
}
