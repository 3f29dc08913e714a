/* SPDX-License-Identifier: Apache-2.0
 *
 * What the application answers beside taking the ticket or not: where it sends people, what it
 * breaks at, and how long it takes.
 */
#include "doctor/checks.h"
#include "doctor/target.h"

#include <strings.h>

enum { USUAL_MS = 85000, LONG_MS = 300000 };

/* The answer that a person would see: with the ticket, where one is sent. */
static const json_t *page_of(const json_t *node) {
    const json_t *signed_in = facts_at(node, "signed_in");
    return signed_in ? signed_in : facts_at(node, "anonymous");
}

/* scheme://host[:port] and path of an absolute URL; false for one that is relative. */
static bool split_url(struct str url, struct str *origin, struct str *path) {
    size_t at;
    if (!str_find(url, STR("://"), &at))
        return false;
    struct str rest = str_from(url, at + 3);
    size_t n = str_index(rest, '/');
    *origin = str_head(url, at + 3 + n);
    *path = str_from(rest, n);
    return true;
}

static struct str host_of_origin(struct str origin) {
    size_t at = 0;
    if (str_find(origin, STR("://"), &at))
        origin = str_from(origin, at + 3);
    return str_head(origin, str_index(origin, ':'));
}

static bool is_in(const struct checking *c, const char *list, struct str text) {
    const json_t *entry;
    size_t i;
    json_array_foreach(facts_at(c->facts, list), i, entry) {
        if (str_eq_ci(str_of(json_string_value(entry)), text))
            return true;
    }
    return false;
}

/* A name that only people inside can follow: of the internal host's domain, or without one. */
static bool is_inside(const struct checking *c, struct str host) {
    struct str own = str_of(facts_text(c->facts, "target.host"));
    struct str domain = str_from(own, str_index(own, '.'));
    bool is_short = host.n > 0 && str_index(host, '.') == host.n;
    return is_short || str_eq_ci(host, own) || (domain.n > 1 && str_ends_ci(host, domain)) ||
           is_in(c, "target.dns.chain", host) || is_in(c, "target.dns.addresses", host);
}

/* Where the browser would be sent that it cannot follow; "" when it can. */
static const char *dead_end(struct checking *c, const char *location) {
    struct str origin, path, own, own_path, outside, none;
    struct str base = str_of(facts_text(c->facts, "app.internal_url"));
    if (!split_url(str_of(location), &origin, &path) || !split_url(base, &own, &own_path))
        return "";
    bool is_external =
        split_url(str_of(facts_text(c->facts, "app.external_url")), &outside, &none) &&
        str_eq_ci(outside, origin);
    if (is_external)
        return "";
    if (str_eq_ci(origin, own))
        return str_starts(path, own_path) || str_eq(path, str_head(own_path, own_path.n - 1))
                   ? ""
                   : "outside of the path that is published";
    return is_inside(c, host_of_origin(origin)) ? "a host that people outside cannot reach" : "";
}

/* The same host under https is what check_target_scheme is about. */
static bool is_other_scheme(const struct checking *c, const char *location) {
    struct str origin, path;
    return split_url(str_of(location), &origin, &path) && str_starts(origin, STR("https:")) &&
           strcmp(facts_text(c->facts, "target.scheme"), "http") == 0 &&
           str_eq_ci(host_of_origin(origin), str_of(facts_text(c->facts, "target.host")));
}

void check_redirect(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *page = page_of(node);
        const char *to = facts_text(page, "location"), *why = dead_end(c, to);
        int64_t status = facts_int(page, "status", 0);
        if (status < 300 || status > 399 || !to[0] || facts_true(page, "via_kerbgate"))
            continue;
        if (!why[0] || is_other_scheme(c, to)) {
            check_pass(c, "%s sends on to %s, which works from outside", target_place(c, node), to);
            continue;
        }
        check_fail(c, "%s sends on to %s, %s", target_place(c, node), to, why);
        check_evidence(c, "%s, GET %s: %lld, Location: %s; the internal URL is %s",
                       target_place(c, node), facts_text(c->facts, "target.path"),
                       (long long)status, to, facts_text(c->facts, "app.internal_url"));
        if (strcmp(facts_text(c->facts, "app.host_header"), "internal") == 0)
            check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "host_header: external");
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "Let internal_url have the host and the path that the application uses in its "
                     "own links, or publish that address as well.");
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Or tell the application its external address, %s (SharePoint: alternate access "
            "mappings; others: base URL or public URL).",
            facts_text(c->facts, "app.external_url"));
    }
}

static bool is_silent(const json_t *answer) {
    return strcmp(facts_text(answer, "error.code"), "timeout") == 0;
}

static const char *time_text(struct checking *c, int64_t us) {
    const char *text = us < 1000000 ? arena_printf(c->arena, "%lld ms", (long long)us / 1000)
                                    : arena_printf(c->arena, "%.3g s", (double)us / 1e6);
    return text ? text : "?";
}

static void say_slow(struct checking *c, const json_t *node, int64_t us, int64_t limit_ms) {
    check_evidence(c, "%s, GET %s: first byte after %s; timeout of the app: %s",
                   target_place(c, node), facts_text(c->facts, "target.path"), time_text(c, us),
                   time_text(c, limit_ms * 1000));
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                 "Look at the application and what it waits for: its own log, its database.");
    if (limit_ms < LONG_MS)
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "timeout: %s",
                     limit_ms < USUAL_MS ? "85s" : "300s");
}

void check_slow(struct checking *c) {
    int64_t limit_ms = facts_int(c->facts, "app.timeout_ms", USUAL_MS);
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *page = page_of(node), *nobody = facts_at(node, "anonymous");
        const char *place = target_place(c, node);
        const json_t *slow = is_silent(nobody) ? nobody : page;
        int64_t us = facts_int(slow, "us", 0);
        bool is_late = us / 1000 > limit_ms / 2;
        if (!slow)
            continue;
        if (is_silent(slow))
            check_fail(c, "%s takes the request and has not answered after %s", place,
                       time_text(c, us));
        else if (is_late)
            check_warn(c, "%s took %s for its answer, and requests end after %s", place,
                       time_text(c, us), time_text(c, limit_ms * 1000));
        else
            check_pass(c, "%s answers in %s", place, time_text(c, us));
        if (is_silent(slow) || is_late)
            say_slow(c, node, us, limit_ms);
    }
}

/* With the other Host there is such a page. */
static bool is_of_host(const json_t *node) {
    int64_t outside = facts_int(node, "variants.host_external.status", 0),
            inside = facts_int(node, "variants.host_internal.status", 0);
    return (outside >= 200 && outside < 300) || (inside >= 200 && inside < 300);
}

static bool is_of_tls(const json_t *page, const json_t *node) {
    return facts_is(page, "error.code", "speaks-tls") || facts_true(node, "variants.tls.ok") ||
           facts_is(node, "variants.tls.error.code", "tls-certificate") ||
           (facts_true(node, "tls.asks_certificate") && facts_is(page, "error.code", "tls"));
}

/* Before it asks who somebody is. */
static bool refuses_all(const json_t *node) {
    int64_t status = facts_int(node, "signed_in.status", 0);
    return status >= 400 && status < 500 && status != 401 && status != 404 &&
           facts_int(node, "anonymous.status", 0) == status;
}

/* Those that other checks have a name for. */
static bool is_named(const struct checking *c, const json_t *node) {
    const json_t *page = page_of(node);
    int64_t status = facts_int(page, "status", 0);
    bool is_broken =
        facts_false(page, "ok") || answer_is_too_large(page) || status >= 500 || refuses_all(node);
    return !is_broken || is_silent(page) || is_of_host(node) || target_is_explained(c, node) ||
           facts_true(node, "is_ourselves") || is_of_tls(page, node) || target_is_http2(node) ||
           (answer_is_too_large(page) && answer_is_too_large(facts_at(node, "variants.large")));
}

/* 4xx of which no other check speaks: no sign of the ticket, and no page either. */
static bool is_other_refusal(int64_t status) {
    return status > 401 && status < 500 && status != 403 && status != 407 && status != 413 &&
           status != 414 && status != 421 && status != 431 && status != 494;
}

/* Everybody is turned away, with a ticket and without, before it is asked who they are. */
static bool is_shut(const struct checking *c, const json_t *node) {
    int64_t status = facts_int(page_of(node), "status", 0);
    return (status == 403 || status == 407 || status == 421) &&
           strcmp(facts_text(c->facts, "app.sso"), "kerberos") == 0 &&
           !answer_is_refused(facts_at(node, "anonymous")) && !is_of_host(node) &&
           !target_is_explained(c, node) && !facts_true(node, "is_ourselves") &&
           !facts_true(page_of(node), "via_kerbgate");
}

static void judge_error(struct checking *c, const json_t *node) {
    const json_t *page = page_of(node);
    const char *place = target_place(c, node), *why = facts_text(page, "error.detail");
    if (facts_true(page, "ok"))
        check_fail(c, "%s answers with an error of its own: %s", place, answer_text(c, page));
    else if (facts_is(page, "error.code", "head-too-large"))
        check_fail(c, "%s answers with a larger head than kerbgate takes: %s", place, why);
    else if (facts_is(page, "error.code", "no-http"))
        check_fail(c, "%s answers with what is not HTTP: %s", place, why);
    else
        check_fail(c, "%s takes the request and breaks off: %s", place, why);
    if (facts_is(page, "error.code", "head-too-large"))
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN,
                     "gateway: { limits: { response_head: 256KiB, headers: 500 } }");
}

static void say_no_http(struct checking *c) {
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "curl -v --max-time 5 -o /dev/null %s",
                 sh(c, facts_text(c->facts, "target.url")));
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "If that is another service than a web server, correct host and port of "
                 "internal_url; if it is one, its answer breaks the rules of HTTP, and kerbgate "
                 "does not pass on what can be read in two ways.");
}

static void say_status(struct checking *c, const json_t *node, int64_t status) {
    if (status == 403) {
        check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN,
                     "It forbids the page before it asks who somebody is. With IIS: it wants TLS "
                     "(403.4), another address than this host's (403.6) or a certificate (403.7), "
                     "or the folder has no page of its own (403.14); in Apache see Require.");
        return;
    }
    bool is_front = status == 502 || status == 503 || status == 504;
    check_remedy(c, REMEDY_TEXT, BY_WEB_ADMIN, "%s",
                 is_front ? "The server itself answers for another that is down or stopped: an "
                            "application pool, or what is behind a load balancer. Start it."
                 : status == 511
                     ? "A portal of the network answers in the application's place, and wants "
                       "a sign-in: let this host past it."
                     : "Look into the application's own log at this time; the request reached "
                       "it.");
    if (is_front && target_is(node, "Microsoft-"))
        check_remedy(c, REMEDY_POWERSHELL, BY_WEB_ADMIN,
                     "Import-Module WebAdministration\nGet-ChildItem IIS:\\AppPools");
}

static void say_shut(struct checking *c, const json_t *node, int64_t status) {
    if (status == 407)
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "What answers is a proxy that wants a sign-in of its own: let internal_url "
                     "lead to the application's server itself.");
    else if (status == 421)
        check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                     "The server has no site of that name on this connection: compare the host of "
                     "internal_url, host_header and backend_tls.name with the sites that it has.");
    else
        say_status(c, node, status);
}

void check_application(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *page = page_of(node);
        const char *place = target_place(c, node), *path = facts_text(c->facts, "target.path");
        int64_t status = facts_int(page, "status", 0);
        if (!page || facts_true(page, "via_kerbgate"))
            continue;
        if (status == 404 && !is_of_host(node))
            check_warn(c, "%s knows no page %s", place, path);
        else if (is_other_refusal(status) && !is_of_host(node) && !refuses_all(node))
            check_warn(c, "%s does not give the page %s: %lld", place, path, (long long)status);
        else if (is_shut(c, node))
            check_fail(c, "%s turns everybody away, with a ticket and without: %s", place,
                       answer_text(c, page));
        else if (!is_named(c, node))
            judge_error(c, node);
        else
            continue;
        check_evidence(c, "%s, GET %s without a ticket: %s; with it: %s", place, path,
                       answer_text(c, facts_at(node, "anonymous")),
                       answer_text(c, facts_at(node, "signed_in")));
        if (is_shut(c, node))
            say_shut(c, node, status);
        else if (facts_is(page, "error.code", "no-http"))
            say_no_http(c);
        else if (is_other_refusal(status))
            check_remedy(
                c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                "Correct the path of internal_url, or try one that is there: kerbgate doctor "
                "--path /PATH.");
        else
            say_status(c, node, status);
    }
    if (c->outcome == OUTCOME_NONE && target_reached(c) &&
        page_of(json_array_get(target_nodes(c), 0)))
        check_pass(c, "the application answers");
}

/* Only where it would be the explanation: let in, and then an error. */
void check_double_hop(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const json_t *page = facts_at(node, "signed_in");
        if (facts_int(page, "status", 0) < 500 || !answer_is_refused(facts_at(node, "anonymous")))
            continue;
        const char *owner = facts_text(c->facts, "directory.target.0.account");
        check_unknowable(c,
                         "whether %s goes on to a database or service in the person's name, and "
                         "may not, does not show from here",
                         target_place(c, node));
        check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN,
                     "Get-ADObject -LDAPFilter %s -Properties msDS-AllowedToDelegateTo",
                     ps(c, arena_printf(c->arena, "(sAMAccountName=%s)",
                                        filter(c, owner[0] ? owner : "ACCOUNT"))));
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "If the application uses the person's name further on, its own account needs a "
            "delegation of its own, with \"any authentication protocol\" where it comes from "
            "kerbgate.");
    }
}
