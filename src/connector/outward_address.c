/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/outward_address.h"

#include "base/buf.h"
#include "http/authority.h"

#define SPACES " \t\n\f\r" /* the Infra standard's ASCII whitespace */

enum { LINK_GROWTH_MAX = 64 * 1024 }; /* by which a Link header may become longer */

static bool take_prefix(struct str *rest, struct str prefix) {
    if (!str_eq_ci(str_head(*rest, prefix.n), prefix))
        return false;
    *rest = str_from(*rest, prefix.n);
    return true;
}

static size_t index_of_any(struct str s, const char *any_of) {
    size_t i = 0;
    while (i < s.n && !(s.p[i] && strchr(any_of, s.p[i])))
        i++;
    return i;
}

static bool is_blank(char c) { return (unsigned char)c <= ' '; }

/* `address` without blanks and control bytes around it, which browsers pass over. */
static struct str without_blanks(struct str address) {
    while (address.n > 0 && is_blank(address.p[0]))
        address = str_from(address, 1);
    while (address.n > 0 && is_blank(address.p[address.n - 1]))
        address.n--;
    return address;
}

/* `bare`, which has none around it, as browsers read it (the URL standard, 4.4): without tabs and
 * line ends within, and with each '\' before the query as a '/'. */
static struct str as_read(struct arena *a, struct str bare) {
    char *p = arena_alloc(a, bare.n + 1);
    size_t n = 0, query = index_of_any(bare, "?#");
    for (size_t i = 0; p && i < bare.n; i++) {
        char c = bare.p[i];
        if (c != '\t' && c != '\n' && c != '\r')
            p[n++] = (char)(c == '\\' && i < query ? '/' : c);
    }
    return str_n(p, n);
}

/* `authority` without its user (RFC 3986 3.2.1): browsers end that at the last '@'. */
static struct str without_user(struct str authority) {
    for (size_t at; (at = str_index(authority, '@')) < authority.n;)
        authority = str_from(authority, at + 1);
    return authority;
}

/* What follows the internal origin in `location`; false when it leads elsewhere, with p == NULL
 * when the arena is full. Compared as host and port, since a back end may say ":80" where we do
 * not. */
static bool leave_origin(struct arena *a, const struct url *in, struct str *location) {
    bool is_https = str_eq(in->scheme, STR("https"));
    struct str host;
    uint16_t port;
    const char *why;
    if (!take_prefix(location, STR("//")) &&
        !take_prefix(location, is_https ? STR("https://") : STR("http://")))
        return str_starts(*location, STR("/")); /* or another scheme, or relative to the page */
    size_t end = index_of_any(*location, "/?#");
    if (!authority_read(a, without_user(str_head(*location, end)), &host, &port, &why)) {
        *location = why ? *location : STR_NONE;
        return false;
    }
    *location = str_from(*location, end);
    return str_eq(host, in->host) && (port ? port : is_https ? 443 : 80) == in->port;
}

/* "." or "..", also with its dots as "%2e" (the URL standard, 4.4). */
static bool is_dots(struct str segment, size_t count) {
    for (; count > 0; count--)
        if (!take_prefix(&segment, STR(".")) && !take_prefix(&segment, STR("%2e")))
            return false;
    return segment.n == 0;
}

/* Where the last '/' of `path` is; 0 when there is none. */
static size_t last_slash(struct str path) {
    size_t behind = path.n;
    while (behind > 0 && path.p[behind - 1] != '/')
        behind--;
    return behind > 0 ? behind - 1 : 0;
}

/* `path` from its '/', which may be missing, without its dot segments (RFC 3986 5.2.4). */
static struct str without_dots(struct arena *a, struct str path) {
    size_t n = 0, end = index_of_any(path, "?#");
    struct str segment, rest = str_head(path, end), query = str_from(path, end);
    char *p = arena_alloc(a, path.n + 1);
    take_prefix(&rest, STR("/"));
    while (p && str_split(&rest, '/', &segment)) {
        bool is_up = is_dots(segment, 2), is_kept = !is_up && !is_dots(segment, 1);
        if (is_up)
            n = last_slash(str_n(p, n));
        if (is_kept || !rest.p) /* the last one leaves its '/' */
            p[n++] = '/';
        for (size_t i = 0; is_kept && i < segment.n; i++)
            p[n++] = segment.p[i];
    }
    for (size_t i = 0; p && i < query.n; i++)
        p[n++] = query.p[i];
    return str_n(p, n);
}

static struct str with_one_slash(struct str path) {
    while (str_starts(path, STR("//")))
        path = str_from(path, 1);
    return path;
}

/* The rest of `path` below `base`, which ends with '/'; the folder itself may come without it.
 * p == NULL when it is not below. */
static struct str below(struct str path, struct str base) {
    struct str folder = str_head(base, base.n - 1);
    if (str_starts(path, base))
        return str_from(path, base.n);
    if (!str_starts(path, folder) ||
        (path.n > folder.n && index_of_any(str_from(path, folder.n), "?#") > 0))
        return STR_NONE;
    return path.n > folder.n ? str_from(path, folder.n) : STR("");
}

struct str outward_address(struct arena *a, const struct config_app *app, struct str address) {
    struct str bare = without_blanks(address), path = as_read(a, bare);
    if (!path.p)
        return STR_NONE;
    /* "/\evil.example" is a path by RFC 3986, and a host to browsers: it is to be one of ours. */
    bool is_disguised = str_starts(path, STR("//")) && !str_starts(bare, STR("//"));
    if (is_disguised)
        path = with_one_slash(path);
    if (!leave_origin(a, &app->internal, &path))
        return path.p ? address : STR_NONE;
    path = without_dots(a, path);
    if (!path.p)
        return STR_NONE;
    if (is_disguised) /* also of what dot segments were before */
        path = with_one_slash(path);
    struct str rest = below(path, app->internal.path);
    if (!rest.p) /* outside what is published */
        return is_disguised ? path : address;
    struct str pieces[] = {app->external.origin, app->external.path, rest};
    return arena_join(a, pieces, 3);
}

static bool take_byte(struct str *rest, const char *any_of) {
    if (rest->n == 0 || !rest->p[0] || !strchr(any_of, rest->p[0]))
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

static void skip(struct str *rest, const char *any_of) {
    while (take_byte(rest, any_of))
        ;
}

/* The address in a Refresh as browsers find it (the shared declarative refresh steps); empty when
 * there is none. One that begins with 'u' but not with "url=" is relative, "u" and all, and so is
 * nothing to us. */
static struct str refresh_address(struct str value) {
    struct str rest = value;
    skip(&rest, SPACES);
    if (!take_byte(&rest, "0123456789."))
        return STR("");
    skip(&rest, "0123456789.");
    size_t behind_time = rest.n;
    skip(&rest, SPACES);
    take_byte(&rest, ";,");
    if (rest.n == behind_time)
        return STR("");
    skip(&rest, SPACES);
    if (take_prefix(&rest, STR("url"))) {
        skip(&rest, SPACES);
        if (!take_byte(&rest, "="))
            return STR("");
        skip(&rest, SPACES);
    }
    char quote = rest.n > 0 ? rest.p[0] : 0;
    return take_byte(&rest, "'\"") ? str_head(rest, str_index(rest, quote)) : rest;
}

struct str outward_refresh(struct arena *a, const struct config_app *app, struct str value) {
    struct str address = refresh_address(value);
    if (address.n == 0)
        return value; /* only a time, or no Refresh */
    size_t before = (size_t)(address.p - value.p);
    struct str to = outward_address(a, app, address);
    struct str pieces[] = {str_head(value, before), to, str_from(value, before + address.n)};
    return to.p ? arena_join(a, pieces, 3) : STR_NONE;
}

/* Where what opens at `at` closes, "<…>" or a quoted string; the end when it does not. */
static size_t closing(struct str value, size_t at) {
    char mark = (char)(value.p[at] == '<' ? '>' : '"');
    for (at++; at < value.n && value.p[at] != mark; at++)
        at += mark == '"' && value.p[at] == '\\';
    return at < value.n ? at : value.n;
}

/* Whether a quoted string is the value of the parameter anchor (RFC 8288 3.2), by what is before
 * it. No address needs an escape, and without quotes none has a '/'. */
static bool is_anchor(struct str before, struct str quoted) {
    static const struct str WORDS[] = {STR("="), STR("anchor"), STR(";")};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        before = str_trim(before);
        if (!str_ends_ci(before, WORDS[i]))
            return false;
        before = str_head(before, before.n - WORDS[i].n);
    }
    return str_index(quoted, '\\') == quoted.n;
}

/* The next address of a Link from `*at` on, which moves behind it; p == NULL: there is none. */
static struct str next_address(struct str value, size_t *at) {
    while (*at < value.n) {
        size_t begin = (*at)++;
        if (value.p[begin] != '<' && value.p[begin] != '"')
            continue;
        size_t end = closing(value, begin);
        struct str inside = str_n(value.p + begin + 1, end - begin - 1);
        *at = end + 1;
        if (end < value.n && (value.p[begin] == '<' || is_anchor(str_head(value, begin), inside)))
            return inside;
    }
    return STR_NONE;
}

struct str outward_link(struct arena *a, const struct config_app *app, struct str value) {
    struct buf out;
    struct str address, to = STR("");
    size_t at = 0, done = 0;
    buf_init(&out, 2 * value.n + LINK_GROWTH_MAX);
    while (to.p && (address = next_address(value, &at)).p) {
        size_t begin = (size_t)(address.p - value.p);
        to = outward_address(a, app, address);
        buf_add(&out, str_n(value.p + done, begin - done));
        buf_add(&out, to);
        done = begin + address.n;
    }
    buf_add(&out, str_from(value, done));
    struct str outward = to.p && !out.failed ? arena_str(a, buf_str(&out)) : STR_NONE;
    buf_fini(&out);
    return outward;
}
