/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/probe_int.h"

#include <stdio.h>

enum {
    LARGE_HEAD = 8192, /* bytes that not every server takes */
    FILLER_LINE = 21,  /* of a line that says nothing, beside its value */
};

static int64_t status_of(const struct probe_node *n, const char *key) {
    char path[64];
    snprintf(path, sizeof path, "%s.status", key);
    return facts_int(n->facts, path, 0);
}

/* Not sent again where the last one was not answered: the time is better spent elsewhere. */
static bool is_silent(const json_t *answer) {
    return strcmp(facts_text(answer, "error.code"), "timeout") == 0;
}

static json_t *ask(struct probe_node *n, const char *name, const struct probe_order *o) {
    char path[64];
    json_t *answer = probe_ask_alone(n, o);
    snprintf(path, sizeof path, "variants.%s", name);
    if (answer)
        facts_put(n->facts, path, answer);
    return answer;
}

/* The ticket in other clothes: each differs from the configured way in one thing. */
static bool try_form(struct probe_node *n, struct probe_order o) {
    bool is_spnego = o.form == MINT_SPNEGO;
    o.form = is_spnego ? MINT_KRB5 : MINT_SPNEGO;
    return !is_silent(ask(n, is_spnego ? "krb5" : "spnego", &o));
}

static bool try_bindings(struct probe_node *n, struct probe_order o) {
    if (!o.is_tls)
        return true;
    o.is_bound = !o.is_bound;
    return !is_silent(ask(n, o.is_bound ? "bound" : "unbound", &o));
}

static bool try_timing(struct probe_node *n, struct probe_order o) {
    o.is_challenged = !o.is_challenged;
    return !is_silent(ask(n, o.is_challenged ? "on_challenge" : "preemptive", &o));
}

static bool try_host(struct probe_node *n, struct probe_order o) {
    const struct config_app *app = n->probe->app;
    if (str_eq_ci(app->internal.authority, app->external.authority))
        return true;
    o.host = o.host == HOST_EXTERNAL ? HOST_INTERNAL : HOST_EXTERNAL;
    return !is_silent(ask(n, o.host == HOST_EXTERNAL ? "host_external" : "host_internal", &o));
}

/* How large a head it takes, without a token: as large as with one, and the usual limits. */
static void try_sizes(struct probe_node *n) {
    static const size_t SIZES[] = {LARGE_HEAD, 2 * LARGE_HEAD, 8 * LARGE_HEAD};
    struct probe_order o = probe_configured(n);
    int64_t with = facts_int(n->facts, "signed_in.head_size", 0),
            without = facts_int(n->facts, "anonymous.head_size", 0);
    o.has_token = false;
    if (with > without + FILLER_LINE) {
        o.filler = (size_t)(with - without) - FILLER_LINE;
        if (is_silent(ask(n, "large", &o)))
            return;
    }
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        o.filler = SIZES[i] - (size_t)(without > 0 ? without : 512) - FILLER_LINE;
        json_t *answer = probe_ask_alone(n, &o);
        if (!answer)
            return;
        json_object_set_new(answer, "size", json_integer((json_int_t)SIZES[i]));
        facts_put(n->facts, "sizes.+", answer);
    }
}

/* Nothing of a token goes this way. */
static void try_other_scheme(struct probe_node *n) {
    struct probe_order o = probe_configured(n);
    o.has_token = false;
    o.is_tls = !o.is_tls;
    ask(n, o.is_tls ? "tls" : "plain", &o);
}

/* Where a page asks nobody who they are: does the site, at its root? */
static void try_root(struct probe_node *n) {
    struct probe_order o = probe_configured(n);
    o.has_token = false;
    o.target = "/";
    if (strcmp(facts_text(n->facts, "path"), "/") != 0)
        ask(n, "root", &o);
}

static bool is_scheme_in_doubt(const struct probe_node *n) {
    int64_t status = status_of(n, "anonymous");
    if (facts_at(n->facts, "tls"))
        return facts_false(n->facts, "tls.handshake");
    return facts_false(n->facts, "anonymous.ok") ? !is_silent(facts_at(n->facts, "anonymous"))
                                                 : status == 400 || status == 403 || status == 426;
}

/* It answers nobody's request in the same way: that is not about the token. */
static bool is_same_for_nobody(const struct probe_node *n) {
    int64_t status = status_of(n, "signed_in");
    return status != 401 && status == status_of(n, "anonymous");
}

static bool is_too_large(const struct probe_node *n) {
    int64_t status = status_of(n, "signed_in"),
            size = facts_int(n->facts, "signed_in.head_size", 0);
    return size > LARGE_HEAD || status == 400 || status == 413 || status == 414 || status == 431 ||
           status == 494;
}

/* Answers for which another Host, or another way to the application, may be the cure. */
static bool is_elsewhere(int64_t status) {
    return (status >= 300 && status < 400) || status == 400 || status == 403 || status == 404 ||
           status == 421;
}

static bool is_refused(const struct probe_node *n) {
    int64_t status = status_of(n, "signed_in");
    bool is_broken = facts_false(n->facts, "signed_in.ok") &&
                     !is_silent(facts_at(n->facts, "signed_in")) &&
                     facts_true(n->facts, "anonymous.ok");
    return status == 400 || status == 401 || status >= 500 || is_broken;
}

void probe_variants_run(struct probe_node *n) {
    struct probe_order o = probe_configured(n);
    if (is_scheme_in_doubt(n))
        try_other_scheme(n);
    if (!facts_at(n->facts, "signed_in"))
        return;
    if (status_of(n, "anonymous") == 200)
        try_root(n);
    if (is_too_large(n) && !is_same_for_nobody(n))
        try_sizes(n);
    bool goes_on = !is_refused(n) || is_same_for_nobody(n) ||
                   (try_form(n, o) && try_bindings(n, o) && try_timing(n, o));
    if (goes_on && (is_elsewhere(status_of(n, "signed_in")) || status_of(n, "signed_in") == 401))
        try_host(n, o);
}
