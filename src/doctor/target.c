/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/target.h"

#include <stdio.h>

enum { SKEW_MAX_S = 300 };

const json_t *target_nodes(const struct checking *c) { return facts_at(c->facts, "target.nodes"); }

static const char *or_what(const char *made) { return made ? made : "?"; }

const char *target_place(struct checking *c, const json_t *node) {
    const char *address = facts_text(node, "address"), *backend = facts_text(node, "backend");
    bool is_v6 = strchr(address, ':') != NULL;
    if (!address[0])
        return backend;
    const char *place = arena_printf(c->arena, "%s%s%s:%lld", is_v6 ? "[" : "", address,
                                     is_v6 ? "]" : "", (long long)facts_int(node, "port", 0));
    if (!place || strcmp(place, backend) == 0)
        return or_what(place);
    return or_what(arena_printf(c->arena, "%s (%s)", place, backend));
}

static bool is_reached(const json_t *node) {
    return facts_true(node, "tcp.ok") && !facts_false(node, "tls.ok");
}

size_t target_reached(const struct checking *c) {
    const json_t *node;
    size_t i, n = 0;
    json_array_foreach(target_nodes(c), i, node) { n += is_reached(node); }
    return n;
}

static int64_t status_of(const json_t *answer) { return facts_int(answer, "status", 0); }

bool answer_is_taken(const json_t *answer) {
    int64_t s = status_of(answer);
    return facts_true(answer, "ok") && s < 500 && s != 400 && s != 401 && s != 407 && s != 413 &&
           s != 414 && s != 421 && s != 431 && s != 494;
}

bool answer_is_refused(const json_t *answer) { return status_of(answer) == 401; }

bool answer_is_too_large(const json_t *answer) {
    int64_t s = status_of(answer);
    return s == 400 || s == 413 || s == 414 || s == 431 || s == 494;
}

const char *answer_text(struct checking *c, const json_t *answer) {
    const json_t *schemes = facts_at(answer, "www_authenticate"), *scheme;
    const char *list = NULL;
    size_t i;
    if (!answer)
        return "not asked";
    if (!facts_true(answer, "ok"))
        return or_what(
            arena_printf(c->arena, "no answer (%s)", facts_text(answer, "error.detail")));
    json_array_foreach(schemes, i, scheme) {
        const char *name = json_string_value(scheme);
        list = list ? arena_printf(c->arena, "%s, %s", list, name) : name;
    }
    return or_what(arena_printf(c->arena, "%lld%s%s%s", (long long)status_of(answer),
                                list ? " (" : "", list ? list : "", list ? ")" : ""));
}

struct target_count target_tries(const json_t *node) {
    const json_t *first = facts_at(node, "signed_in"), *answer;
    struct target_count n = {answer_is_taken(first), answer_is_refused(first)};
    size_t i;
    json_array_foreach(facts_at(node, "repeats"), i, answer) {
        n.taken += answer_is_taken(answer);
        n.refused += answer_is_refused(answer);
    }
    return n;
}

bool target_is_mixed(const json_t *node) {
    struct target_count n = target_tries(node);
    return n.taken && n.refused;
}

bool target_helps(const json_t *node, const char *variant) {
    char path[64];
    snprintf(path, sizeof path, "variants.%s", variant);
    const json_t *signed_in = facts_at(node, "signed_in");
    return signed_in && !answer_is_taken(signed_in) && !target_is_mixed(node) &&
           answer_is_taken(facts_at(node, path)) && !answer_is_taken(facts_at(node, "anonymous"));
}

int64_t target_skew_s(const struct checking *c, const json_t *node) {
    int64_t stime = facts_int(node, "signed_in.token.stime", 0);
    int64_t skew = stime ? stime - c->now_s : facts_int(node, "signed_in.date_skew_s", 0);
    return skew ? skew : facts_int(node, "anonymous.date_skew_s", 0);
}

static bool is_of_clock(const struct checking *c, const json_t *node) {
    int64_t code = facts_int(node, "signed_in.token.krb_code", 0), s = target_skew_s(c, node);
    return code == 37 || code == 33 || code == 32 ||
           (code == 0 && (s > SKEW_MAX_S || s < -SKEW_MAX_S));
}

bool target_is_explained(const struct checking *c, const json_t *node) {
    static const char *const VARIANTS[] = {"krb5",          "spnego",       "bound",
                                           "unbound",       "on_challenge", "preemptive",
                                           "host_external", "host_internal"};
    for (size_t i = 0; i < sizeof VARIANTS / sizeof *VARIANTS; i++)
        if (target_helps(node, VARIANTS[i]))
            return true;
    return target_is_mixed(node) || is_of_clock(c, node) ||
           facts_int(node, "signed_in.token.krb_code", 0) == 34;
}

/* It says so, or cuts off whoever has not chosen h2. */
bool target_is_http2(const json_t *node) {
    bool is_said =
        facts_has(node, "tls.faults", "tls-no-http1") || facts_is(node, "tls.alpn", "h2");
    bool is_offered =
        facts_is(node, "tls.alpn_offered_h2", "h2") && !facts_is(node, "tls.alpn", "http/1.1");
    bool is_cut = facts_is(node, "anonymous.error.code", "closed") ||
                  facts_is(node, "anonymous.error.code", "no-http") ||
                  facts_is(node, "anonymous.error.code", "tls");
    return is_said || facts_is(node, "anonymous.error.code", "speaks-http2") ||
           (is_offered && is_cut);
}

bool target_is(const json_t *node, const char *server) {
    const char *said = facts_text(node, "signed_in.server");
    said = said[0] ? said : facts_text(node, "anonymous.server");
    return strncasecmp(said, server, strlen(server)) == 0;
}

bool target_leads_to_https(const struct checking *c, const json_t *node) {
    const char *to = facts_text(node, "anonymous.location"),
               *host = facts_text(c->facts, "target.host");
    size_t n = strlen(host);
    return strncasecmp(to, "https://", 8) == 0 && strncasecmp(to + 8, host, n) == 0 &&
           (to[8 + n] == '/' || to[8 + n] == ':' || to[8 + n] == '\0');
}
