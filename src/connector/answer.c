/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/answer.h"

#include "connector/set_cookie.h"

static const struct str SCHEMES[] = {STR("Negotiate"), STR("NTLM"), STR("Kerberos")};

/* One element of a challenge list (RFC 9110 11.6.1), "Negotiate oQcw…" or the scheme alone. */
static struct str windows_scheme(struct str element) {
    struct str s = str_trim(element);
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        struct str scheme = SCHEMES[i];
        if (str_eq_ci(str_head(s, scheme.n), scheme) &&
            (s.n == scheme.n || s.p[scheme.n] == ' ' || s.p[scheme.n] == '\t'))
            return scheme;
    }
    return STR_NONE;
}

static struct str find_scheme(struct str challenges) {
    struct str part, scheme = STR_NONE;
    while (!scheme.p && str_split(&challenges, ',', &part))
        scheme = windows_scheme(part);
    return scheme;
}

struct str answer_ticket_scheme(const struct message *m) {
    struct str scheme = STR_NONE;
    for (size_t i = 0; m->status == 401 && !scheme.p && i < m->headers.count; i++) {
        if (str_eq_ci(m->headers.at[i].name, STR("WWW-Authenticate")))
            scheme = find_scheme(m->headers.at[i].value);
    }
    return scheme;
}

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

struct str answer_location(struct arena *a, const struct config_app *app, struct str location) {
    struct str path = location;
    if (!leave_origin(a, &app->internal, &path))
        return location;
    struct str rest = below(path, app->internal.path);
    if (!rest.p)
        return location; /* outside what is published */
    return str_of(arena_printf(a, "%.*s%.*s%.*s", STR_ARG(app->external.origin),
                               STR_ARG(app->external.path), STR_ARG(rest)));
}

/* Whether a Set-Cookie sets one of ours. Browsers forget an empty name: "=__Host-x=y" comes back
 * as "__Host-x=y" (RFC 6265 5.2, mended in later drafts). */
static bool is_our_cookie(struct str value) {
    while (value.n > 0 && strchr(" \t=", value.p[0]))
        value = str_from(value, 1);
    return str_eq_ci(str_head(value, sizeof COOKIE_PREFIX - 1), STR(COOKIE_PREFIX));
}

static bool is_kept_inside(const struct header *h, bool had_ticket) {
    if (str_eq_ci(h->name, STR("WWW-Authenticate")))
        return had_ticket && find_scheme(h->value).p;
    return str_eq_ci(h->name, STR("Set-Cookie")) && is_our_cookie(h->value);
}

bool answer_outward(struct arena *a, const struct config_app *app, bool had_ticket,
                    const struct message *in, struct message *out) {
    *out = (struct message){.status = in->status,
                            .minor = 1,
                            .body = in->body,
                            .length = in->length,
                            .upgrade = in->upgrade,
                            .protocol = in->protocol};
    for (size_t i = 0; i < in->headers.count; i++) {
        const struct header *h = &in->headers.at[i];
        struct str value = h->value;
        if (header_is_hop_by_hop(&in->headers, h->name) || is_kept_inside(h, had_ticket))
            continue;
        if (str_eq_ci(h->name, STR("Location")) || str_eq_ci(h->name, STR("Content-Location")))
            value = answer_location(a, app, value);
        else if (str_eq_ci(h->name, STR("Set-Cookie")))
            value = set_cookie_outward(a, app, value);
        if (!value.p || !headers_add(a, &out->headers, h->name, value))
            return false;
    }
    return true;
}
