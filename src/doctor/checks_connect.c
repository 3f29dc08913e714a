/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/checks.h"
#include "doctor/target.h"

#include <stdio.h>
#include <strings.h>

static const char *host_of(struct checking *c) { return facts_text(c->facts, "target.host"); }

static const char *url_of(struct checking *c) { return facts_text(c->facts, "app.internal_url"); }

/* The way to the application ends here, again. */
void check_loop(struct checking *c) {
    const char *host = host_of(c), *outside = facts_text(c->facts, "target.external_host");
    bool has_kerberos = strcmp(facts_text(c->facts, "app.sso"), "kerberos") == 0;
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        const char *place = target_place(c, node);
        if (facts_true(node, "is_ourselves"))
            check_fail(c, "%s leads back to kerbgate: it listens at %s itself", host, place);
        else if (!facts_true(node, "anonymous.via_kerbgate"))
            continue;
        else if (has_kerberos)
            check_fail(
                c, "%s leads to a kerbgate and not to the application: %s answers with its pages",
                host, place);
        else
            check_warn(c, "another kerbgate answers at %s, and not the application", place);
        check_evidence(c, "%s has the address %s", host, place);
        if (facts_at(node, "anonymous"))
            check_evidence(c, "%s, GET %s: %s, Location: %s", place,
                           facts_text(c->facts, "target.path"),
                           answer_text(c, facts_at(node, "anonymous")),
                           facts_text(node, "anonymous.location"));
    }
    if (c->outcome == OUTCOME_NONE && target_reached(c) > 0)
        check_pass(c, "%s is not kerbgate itself", host);
    if (c->outcome < OUTCOME_WARN)
        return;
    if (strcasecmp(host, outside) == 0)
        check_evidence(c,
                       "the internal and the external URL have the same host, %s: inside, DNS has "
                       "to give it the application's address (split DNS)",
                       host);
    check_remedy(
        c, REMEDY_TEXT, BY_NETWORK_ADMIN,
        "Give %s, in the DNS that this host asks, the address of the application's server.",
        sh(c, host));
    check_remedy(c, REMEDY_TEXT, BY_GATEWAY_ADMIN,
                 "Or let internal_url have another name of the application, or its address.");
}

/* Whether this SPN is for a name of the chain behind the first. */
static bool is_of_chain(struct checking *c, const char *spn) {
    const json_t *chain = facts_at(c->facts, "target.dns.chain");
    struct str host = str_of(strchr(spn, '/'));
    host = str_from(host, 1);
    host = str_head(host, str_index(host, ':'));
    for (size_t i = 1; host.n && i < json_array_size(chain); i++)
        if (str_eq_ci(host, str_of(json_string_value(json_array_get(chain, i)))))
            return true;
    return false;
}

struct registered {
    const char *spn; /* "": there is none */
    const char *dn;  /* whose it is; "": not known */
};

/* One that somebody has, among other forms of ours, near misses, and what we may delegate to. */
static struct registered spn_of_alias(struct checking *c) {
    static const char *const LISTS[] = {"directory.target_forms", "directory.similar",
                                        "directory.connector.delegates_to"};
    for (size_t l = 0; l < sizeof LISTS / sizeof *LISTS; l++) {
        const json_t *list = facts_at(c->facts, LISTS[l]), *entry;
        size_t i;
        json_array_foreach(list, i, entry) {
            bool is_text = json_is_string(entry);
            const char *spn = is_text ? json_string_value(entry) : facts_text(entry, "spn");
            const char *dn = facts_text(entry, "dn");
            dn = dn[0] ? dn : facts_text(entry, "owners.0.dn");
            if ((is_text || dn[0]) && is_of_chain(c, spn))
                return (struct registered){spn, dn};
        }
    }
    return (struct registered){"", ""};
}

static void show_chain(struct checking *c) {
    const json_t *chain = facts_at(c->facts, "target.dns.chain"), *name;
    size_t i;
    json_array_foreach(chain, i, name) {
        if (i > 0)
            check_evidence(c, "DNS: %s is an alias (CNAME) of %s",
                           json_string_value(json_array_get(chain, i - 1)),
                           json_string_value(name));
    }
}

/* Whether the broken link is one that the wrong name breaks: nobody has ours, or another account
 * has the right one, and the application that one's key. */
static bool is_about_name(const struct checking *c, const struct registered *other) {
    const json_t *owners = facts_at(c->facts, "directory.target"), *node;
    size_t i;
    if (!other->spn[0] || strcasecmp(other->spn, spn_of(c)) == 0)
        return false;
    if (c->broken == LINK_PROXY)
        return facts_int(c->facts, "kerberos.proxy.code", 0) == 7 && owners &&
               json_array_size(owners) == 0;
    if (!other->dn[0] || strcasecmp(other->dn, facts_text(owners, "0.dn")) == 0)
        return false;
    json_array_foreach(target_nodes(c), i, node) {
        if (answer_is_refused(facts_at(node, "signed_in")) && !target_is_explained(c, node))
            return true;
    }
    return false;
}

void check_alias(struct checking *c) {
    const json_t *chain = facts_at(c->facts, "target.dns.chain");
    const char *spn = spn_of(c), *host = host_of(c);
    size_t n = json_array_size(chain);
    if (!spn[0] || n == 0)
        return;
    const char *last = json_string_value(json_array_get(chain, n - 1));
    struct registered other = spn_of_alias(c);
    if (n == 1) {
        check_pass(c, "%s is a name of its own, no alias", host);
        return;
    }
    show_chain(c);
    if (!is_about_name(c, &other)) {
        check_pass(c,
                   "%s is an alias of %s, which changes nothing: kerbgate asks for %s as it is "
                   "configured, and never for a name of DNS's",
                   host, last, spn);
        return;
    }
    check_fail(c, "%s is an alias of %s, and that one's SPN is %s, while the app asks for %s", host,
               last, other.spn, spn);
    if (other.dn[0])
        check_evidence(c, "%s: servicePrincipalName = %s", other.dn, other.spn);
    check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "sso: { spn: %s }", yaml(c, other.spn));
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN,
                 "Or give %s to the account that has %s, and let the connector delegate to it.",
                 sh(c, spn), sh(c, other.spn));
}

/* "10.0.0.10, 10.0.0.11" */
static const char *name_servers(struct checking *c) {
    const json_t *list = facts_at(c->facts, "target.name_servers"), *entry;
    const char *text = NULL;
    size_t i;
    json_array_foreach(list, i, entry) {
        const char *one = json_string_value(entry);
        text = text ? arena_printf(c->arena, "%s, %s", text, one) : one;
    }
    return text ? text : "those of /etc/resolv.conf";
}

/* The name that lacks an address: the last one that aliases lead to. */
static const char *last_of_chain(struct checking *c, const char *name) {
    const json_t *chain = facts_at(c->facts, "target.dns.chain");
    size_t count = json_array_size(chain);
    bool is_ours =
        count > 1 && str_eq_ci(str_of(json_string_value(json_array_get(chain, 0))), str_of(name));
    if (!is_ours)
        return name;
    for (size_t i = 0; i + 1 < count; i++)
        check_evidence(c, "%s is an alias (CNAME) of %s",
                       json_string_value(json_array_get(chain, i)),
                       json_string_value(json_array_get(chain, i + 1)));
    return json_string_value(json_array_get(chain, count - 1));
}

static void say_name(struct checking *c, const char *name, bool is_silent) {
    const char *lacking = is_silent ? name : last_of_chain(c, name);
    const char *first = facts_text(c->facts, "target.name_servers.0");
    check_evidence(c, "name servers that were asked: %s", name_servers(c));
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "host %s%s%s", sh(c, name), first[0] ? " " : "",
                 first[0] ? sh(c, first) : "");
    if (is_silent)
        check_remedy(c, REMEDY_TEXT, BY_NETWORK_ADMIN,
                     "Let the name servers of this host answer it on port 53, UDP and TCP, or name "
                     "others in connector.dns.");
    else
        check_remedy(c, REMEDY_TEXT, BY_NETWORK_ADMIN,
                     "Add an A record for %s to the DNS that this host asks (connector.dns, else "
                     "/etc/resolv.conf), or correct the name in internal_url.",
                     sh(c, lacking));
}

/* A back end without an address, where others have one, is gone round. */
static void judge_name(struct checking *c, const json_t *node, const char *name, bool has_others) {
    const char *why = facts_text(node, "dns_error.detail");
    bool is_silent = strcmp(facts_text(node, "dns_error.code"), "silent") == 0;
    if (has_others)
        check_warn(c, "%s has no address: %s; other back ends have", name, why);
    else if (is_silent)
        check_fail(c, "no name server answers for %s: %s", name, why);
    else
        check_fail(c, "%s has no address: %s", name, why);
    check_evidence(c, "the resolver says of %s: %s", name, why);
    say_name(c, name, is_silent);
}

void check_target_name(struct checking *c) {
    const json_t *node;
    size_t i, named = 0;
    json_array_foreach(target_nodes(c), i, node) { named += facts_at(node, "address") != NULL; }
    json_array_foreach(target_nodes(c), i, node) {
        const char *name = facts_text(node, "backend");
        size_t colon = strlen(name);
        if (!facts_at(node, "dns_error"))
            continue;
        while (colon > 0 && name[colon - 1] != ':')
            colon--;
        const char *host = arena_cstr(c->arena, str_head(str_of(name), colon ? colon - 1 : 0));
        judge_name(c, node, host ? host : name, named > 0);
    }
    if (c->outcome == OUTCOME_NONE && named)
        check_pass(c, "%s has %zu address%s", host_of(c), named, named == 1 ? "" : "es");
}

static void say_port_remedies(struct checking *c, const json_t *node) {
    const char *address = facts_text(node, "address"), *code = facts_text(node, "tcp.error.code");
    int64_t port = facts_int(node, "port", 0), other = facts_int(node, "other_port.port", 0);
    if (facts_true(node, "other_port.ok")) {
        check_evidence(c, "%s: port %lld is open", address, (long long)other);
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "internal_url: %s",
                     yaml(c, arena_printf(c->arena, "%s://%s/", other == 443 ? "https" : "http",
                                          host_of(c))));
    }
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "nc -vz -w 3 %s %lld", sh(c, address),
                 (long long)port);
    if (strcmp(code, "refused") == 0)
        check_remedy(
            c, REMEDY_TEXT, BY_WEB_ADMIN,
            "Nothing listens at port %lld of %s: start the web server, or correct the port "
            "in internal_url.",
            (long long)port, sh(c, address));
    else
        check_remedy(c, REMEDY_TEXT, BY_NETWORK_ADMIN,
                     "Let this host reach %s on TCP port %lld, and see that the server is up.",
                     sh(c, address), (long long)port);
}

void check_target_port(struct checking *c) {
    const json_t *node;
    size_t i, open = 0;
    json_array_foreach(target_nodes(c), i, node) { open += facts_true(node, "tcp.ok"); }
    json_array_foreach(target_nodes(c), i, node) {
        const char *place = target_place(c, node), *why = facts_text(node, "tcp.error.detail");
        if (!facts_false(node, "tcp.ok") || facts_true(node, "is_ourselves"))
            continue;
        if (open)
            check_warn(c, "%s cannot be connected to: %s; other addresses can", place, why);
        else
            check_fail(c, "%s cannot be connected to: %s", place, why);
        check_evidence(c, "connect to %s: %s", place, why);
        say_port_remedies(c, node);
    }
    if (c->outcome == OUTCOME_NONE && open)
        check_pass(c, "%zu address%s can be connected to", open, open == 1 ? "" : "es");
}

/* The internal URL with another scheme; without its port where the other's usual one is meant. */
static const char *other_url(struct checking *c, const char *scheme, bool has_port) {
    const char *behind = strstr(url_of(c), "://");
    struct str rest = str_of(behind ? behind + 3 : "");
    size_t slash = str_index(rest, '/');
    const char *path = arena_cstr(c->arena, str_from(rest, slash)),
               *place = arena_cstr(c->arena, str_head(rest, slash));
    const char *url = arena_printf(c->arena, "%s://%s%s", scheme, has_port ? place : host_of(c),
                                   path && path[0] ? path : "/");
    return url ? url : "";
}

static void say_scheme(struct checking *c, const json_t *node, const char *to, bool has_port) {
    check_evidence(c, "%s: without TLS: %s; with TLS: %s", target_place(c, node),
                   answer_text(c, strcmp(to, "http") == 0 ? facts_at(node, "variants.plain")
                                                          : facts_at(node, "anonymous")),
                   strcmp(to, "http") == 0 ? facts_text(node, "tls.error.detail")
                                           : answer_text(c, facts_at(node, "variants.tls")));
    check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "internal_url: %s",
                 yaml(c, other_url(c, to, has_port)));
}

static bool speaks_tls(const json_t *node) {
    return facts_is(node, "anonymous.error.code", "speaks-tls") ||
           facts_true(node, "variants.tls.ok") ||
           facts_is(node, "variants.tls.error.code", "tls-certificate");
}

static void judge_scheme(struct checking *c, const json_t *node) {
    const char *place = target_place(c, node);
    bool is_https = strcmp(facts_text(c->facts, "target.scheme"), "https") == 0;
    if (is_https && facts_true(node, "variants.plain.ok")) {
        check_fail(c, "%s speaks plain HTTP, and internal_url says https", place);
        say_scheme(c, node, "http", true);
    } else if (!is_https && speaks_tls(node)) {
        check_fail(c, "%s speaks TLS, and internal_url says http", place);
        say_scheme(c, node, "https", true);
    } else if (!is_https && target_leads_to_https(c, node)) {
        check_fail(c, "%s sends every request on to https, and internal_url says http", place);
        check_evidence(c, "%s: %s, Location: %s", place,
                       answer_text(c, facts_at(node, "anonymous")),
                       facts_text(node, "anonymous.location"));
        check_remedy(c, REMEDY_CONFIG, BY_GATEWAY_ADMIN, "internal_url: %s",
                     yaml(c, other_url(c, "https", false)));
    }
}

void check_target_scheme(struct checking *c) {
    const json_t *node;
    size_t i;
    json_array_foreach(target_nodes(c), i, node) {
        if (facts_true(node, "tcp.ok"))
            judge_scheme(c, node);
    }
    if (c->outcome == OUTCOME_NONE && target_reached(c))
        check_pass(c, "the server speaks %s, as %s says", facts_text(c->facts, "target.scheme"),
                   url_of(c));
}
