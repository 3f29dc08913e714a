/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/answer.h"

#include "base/encode.h"
#include "connector/set_cookie.h"

enum { LINK_GROWTH_MAX = 64 * 1024 }; /* by which a Link header may become longer */

static const struct str SCHEMES[] = {STR("Negotiate"), STR("NTLM"), STR("Kerberos")};

/* What follows the scheme in one element of a challenge list (RFC 9110 11.6.1), as "oQcw…" in
 * "Negotiate oQcw…"; p == NULL when it is another's. */
static struct str behind_scheme(struct str element, struct str scheme) {
    struct str s = str_trim(element);
    if (!str_eq_ci(str_head(s, scheme.n), scheme) ||
        (s.n > scheme.n && s.p[scheme.n] != ' ' && s.p[scheme.n] != '\t'))
        return STR_NONE;
    return str_trim(str_from(s, scheme.n));
}

static struct str windows_scheme(struct str element) {
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++)
        if (behind_scheme(element, SCHEMES[i]).p)
            return SCHEMES[i];
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

/* What follows this scheme in the first challenge that has it. */
static struct str challenge(const struct message *m, struct str scheme) {
    struct str found = STR_NONE;
    for (size_t i = 0; !found.p && i < m->headers.count; i++) {
        struct str element, rest = m->headers.at[i].value;
        while (str_eq_ci(m->headers.at[i].name, STR("WWW-Authenticate")) && !found.p &&
               str_split(&rest, ',', &element))
            found = behind_scheme(element, scheme);
    }
    return found;
}

bool answer_offers(const struct message *m, struct str scheme) { return challenge(m, scheme).p; }

static struct str token_of(const struct message *m) {
    struct str token = challenge(m, STR("Negotiate"));
    return token.n ? token : challenge(m, STR("Kerberos"));
}

bool answer_has_token(const struct message *m) { return token_of(m).n > 0; }

bool answer_read_token(const struct message *m, struct buf *memory, struct spnego_answer *a) {
    struct str token = token_of(m);
    buf_clear(memory);
    return token.n > 0 && token.n <= ANSWER_TOKEN_MAX && decode_base64(memory, token) &&
           !memory->failed && spnego_answer_read(buf_str(memory), a);
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

struct str answer_refresh(struct arena *a, const struct config_app *app, struct str value) {
    size_t at = 0;
    while (at + 4 <= value.n && !str_eq_ci(str_n(value.p + at, 4), STR("url=")))
        at++;
    if (at + 4 > value.n)
        return value; /* only a time */
    struct str url = str_trim(str_from(value, at + 4)), before = str_head(value, at + 4);
    bool is_quoted = url.n > 1 && strchr("'\"", url.p[0]) && url.p[url.n - 1] == url.p[0];
    struct str bare = is_quoted ? str_head(str_from(url, 1), url.n - 2) : url;
    struct str to = answer_location(a, app, bare);
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

struct str answer_link(struct arena *a, const struct config_app *app, struct str value) {
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
        struct str to = answer_location(a, app, str_head(address, end));
        is_whole = to.p != NULL;
        buf_add(&out, to);
        value = str_from(address, end);
    }
    struct str outward = is_whole && !out.failed ? arena_str(a, buf_str(&out)) : STR_NONE;
    buf_fini(&out);
    return outward;
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

/* Where a back end says addresses of its own. */
static const struct {
    struct str name;
    struct str (*rewrite)(struct arena *a, const struct config_app *app, struct str value);
} REWRITES[] = {
    {STR("Location"), answer_location},      {STR("Content-Location"), answer_location},
    {STR("Refresh"), answer_refresh},        {STR("Link"), answer_link},
    {STR("Set-Cookie"), set_cookie_outward},
};

bool answer_outward(struct arena *a, const struct config_app *app, bool had_ticket,
                    const struct message *in, struct message *out) {
    *out = (struct message){.status = in->status,
                            .minor = 1,
                            .body = in->body,
                            .length = in->length,
                            .upgrade = in->upgrade,
                            .protocol = in->protocol};
    const struct headers *naming = headers_naming(&in->headers);
    for (size_t i = 0; i < in->headers.count; i++) {
        const struct header *h = &in->headers.at[i];
        struct str value = h->value;
        if (header_is_hop_by_hop(naming, h->name) || is_kept_inside(h, had_ticket))
            continue;
        for (size_t k = 0; app->translates_headers && k < sizeof REWRITES / sizeof *REWRITES; k++)
            if (str_eq_ci(h->name, REWRITES[k].name))
                value = REWRITES[k].rewrite(a, app, value);
        if (!value.p || !headers_add(a, &out->headers, h->name, value))
            return false;
    }
    return true;
}
