/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/set_cookie.h"

#include "base/buf.h"

enum { GROWTH_MAX = 4096 }; /* by the external path, and "; Secure" */

struct attribute {
    struct str name, value;
};

struct cookie_kind {
    bool is_of_host; /* "__Host-": for this host and all of it */
    bool is_secure;  /* it says so */
};

/* "Path=/x", or a name alone. */
static struct attribute attribute_of(struct str part) {
    size_t at = str_index(part, '=');
    return (struct attribute){str_trim(str_head(part, at)), str_trim(str_from(part, at + 1))};
}

/* RFC 6265 5.1.3; a leading dot counts for nothing (5.2.3). */
static bool is_domain_of(struct str domain, struct str host) {
    if (domain.n > 0 && domain.p[0] == '.')
        domain = str_from(domain, 1);
    return domain.n > 0 && str_ends_ci(host, domain) &&
           (host.n == domain.n || host.p[host.n - domain.n - 1] == '.');
}

/* `folder` ends with '/'; "/a" and "/a/" are one folder. */
static bool is_at_or_below(struct str path, struct str folder) {
    return str_starts(path, folder) || (path.n > 0 && str_eq(path, str_head(folder, folder.n - 1)));
}

static void add_path(struct buf *out, const struct config_app *app, struct str path) {
    struct str inside = app->internal.path, outside = app->external.path;
    bool is_above = path.n > 0 && str_starts(inside, path) &&
                    (path.p[path.n - 1] == '/' || inside.p[path.n] == '/');
    buf_add(out, STR("; Path="));
    if (is_at_or_below(path, inside)) {
        buf_add(out, outside);
        buf_add(out, str_from(path, inside.n));
    } else {
        buf_add(out, is_above ? outside : path);
    }
}

/* Browsers take such a cookie with the path "/" alone (RFC 6265bis 4.1.3.2). */
static bool is_of_host(struct str name) {
    return str_eq_ci(str_head(name, sizeof "__Host-" - 1), STR("__Host-"));
}

static void add_attribute(struct buf *out, const struct config_app *app, struct str part,
                          struct cookie_kind *kind) {
    struct attribute a = attribute_of(part);
    if (str_eq_ci(a.name, STR("Domain")) && is_domain_of(a.value, app->internal.host) &&
        !is_domain_of(a.value, app->external.host))
        return;
    if (str_eq_ci(a.name, STR("Path")) && !kind->is_of_host) {
        add_path(out, app, a.value);
        return;
    }
    kind->is_secure |= str_eq_ci(a.name, STR("Secure"));
    buf_add(out, STR("; "));
    buf_add(out, str_trim(part));
}

struct str set_cookie_outward(struct arena *a, const struct config_app *app, struct str value) {
    struct buf out;
    struct str part;
    struct cookie_kind kind = {false, false};
    buf_init_secret(&out, value.n + GROWTH_MAX);
    if (str_split(&value, ';', &part)) {
        buf_add(&out, str_trim(part));
        kind.is_of_host = is_of_host(str_trim(part));
    }
    while (str_split(&value, ';', &part)) {
        if (str_trim(part).n > 0)
            add_attribute(&out, app, part, &kind);
    }
    if (!kind.is_secure)
        buf_add(&out, STR("; Secure"));
    struct str outward = out.failed ? STR_NONE : arena_str(a, buf_str(&out));
    buf_fini(&out);
    return outward;
}
