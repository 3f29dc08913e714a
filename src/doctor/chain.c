/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/chain.h"

static const char UNREACHABLE[] = "krb-kdc-unreachable";

static bool is_named(const json_t *facts, const char *path, const char *error) {
    return strcmp(facts_text(facts, path), error) == 0;
}

static void set(struct chain *c, enum doctor_link link, enum link_state state, const char *detail) {
    c->state[link] = state;
    c->detail[link] = detail;
}

static void see_host(const json_t *f, struct chain *c) {
    const char *keytab = facts_text(f, "kerberos.keytab.detail");
    const char *rights = facts_text(f, "host.rights.detail");
    const char *config = facts_text(f, "host.config.errors.0");
    const char *why = config[0] ? config : keytab[0] ? keytab : rights;
    set(c, LINK_HOST, why[0] ? LINK_FAILS : LINK_HOLDS, why);
}

static void see_person(const json_t *f, struct chain *c) {
    const char *name = facts_text(f, "person.error.detail");
    const char *policy = facts_text(f, "kerberos.policy.detail");
    if (name[0] || policy[0])
        set(c, LINK_PERSON, LINK_FAILS, name[0] ? name : policy);
    else if (facts_text(f, "person.asked")[0])
        set(c, LINK_PERSON, LINK_HOLDS, facts_text(f, "person.name"));
    else
        set(c, LINK_PERSON, LINK_UNKNOWN, "nobody was named: --user USER");
}

/* No KDC of our realm has answered at all. */
static bool are_all_silent(const json_t *f) {
    const json_t *kdcs = facts_at(f, "kerberos.kdcs"), *kdc;
    size_t i;
    json_array_foreach(kdcs, i, kdc) {
        if (facts_true(kdc, "tcp.ok") || facts_true(kdc, "udp.ok"))
            return false;
    }
    return json_array_size(kdcs) > 0;
}

static void see_kdc(const json_t *f, struct chain *c) {
    static const char *const STEPS[] = {"kerberos.tgt", "kerberos.self", "kerberos.proxy"};
    for (size_t i = 0; i < 3; i++) {
        const json_t *step = facts_at(f, STEPS[i]);
        if (is_named(step, "error", UNREACHABLE)) {
            set(c, LINK_KDC, LINK_FAILS, facts_text(step, "detail"));
            return;
        }
    }
    if (facts_at(f, "kerberos.tgt"))
        set(c, LINK_KDC, LINK_HOLDS, facts_text(f, "kerberos.tgt.kdc"));
    else if (are_all_silent(f))
        set(c, LINK_KDC, LINK_FAILS, "no domain controller answers");
    else
        set(c, LINK_KDC, LINK_UNKNOWN, "");
}

static void see_exchange(const json_t *f, struct chain *c, enum doctor_link link,
                         const char *path) {
    const json_t *step = facts_at(f, path);
    bool has_failed = facts_false(step, "ok");
    c->took_us[link] = facts_int(step, "us", 0);
    if (has_failed && !is_named(step, "error", UNREACHABLE))
        set(c, link, LINK_FAILS, facts_text(step, "detail"));
    else if (facts_true(step, "ok"))
        set(c, link, LINK_HOLDS, facts_text(step, "kdc"));
    else
        set(c, link, LINK_UNKNOWN, "");
}

/* Why this address cannot be used; "": it can. */
static const char *obstacle(const json_t *node) {
    if (facts_false(node, "tcp.ok"))
        return facts_text(node, "tcp.error.detail");
    if (facts_false(node, "tls.ok"))
        return facts_text(node, "tls.error.detail");
    return facts_text(node, "dns_error.detail");
}

/* One address is enough: the connector goes on to the next. */
static void see_connect(const json_t *f, struct chain *c) {
    const json_t *nodes = facts_at(f, "target.nodes"), *node;
    const char *why = facts_text(f, "target.dns.error.detail");
    bool is_tried = json_array_size(nodes) > 0;
    size_t i;
    set(c, LINK_CONNECT, is_tried || why[0] ? LINK_FAILS : LINK_UNKNOWN, why);
    json_array_foreach(nodes, i, node) {
        bool is_fine = !facts_false(node, "tcp.ok") && !facts_false(node, "tls.ok") &&
                       !facts_at(node, "dns_error");
        if (is_fine && c->state[LINK_CONNECT] != LINK_HOLDS) {
            set(c, LINK_CONNECT, LINK_HOLDS, facts_text(node, "address"));
            c->took_us[LINK_CONNECT] = facts_int(node, "tcp.us", 0);
        } else if (!is_fine && c->state[LINK_CONNECT] != LINK_HOLDS) {
            c->detail[LINK_CONNECT] = obstacle(node);
        }
    }
}

static bool is_refusal(int64_t status) {
    return status == 400 || status == 401 || status == 403 || status == 407 || status == 413 ||
           status == 421 || status == 431 || status >= 500;
}

/* Of an app without single sign-on, what anybody gets is what there is to see. */
static void see_answer(const json_t *f, struct chain *c, bool has_kerberos) {
    const json_t *nodes = facts_at(f, "target.nodes"), *node;
    size_t i;
    set(c, LINK_ANSWER, LINK_UNKNOWN, "");
    json_array_foreach(nodes, i, node) {
        const json_t *answer = facts_at(node, has_kerberos ? "signed_in" : "anonymous");
        int64_t status = facts_int(answer, "status", 0);
        if (!answer)
            continue;
        if (!c->took_us[LINK_ANSWER])
            c->took_us[LINK_ANSWER] = facts_int(answer, "us", 0);
        if (facts_false(answer, "ok"))
            set(c, LINK_ANSWER, LINK_FAILS, facts_text(answer, "error.detail"));
        else if (is_refusal(status) && (has_kerberos || status >= 500))
            set(c, LINK_ANSWER, LINK_FAILS, "the application refuses the request");
        else if (c->state[LINK_ANSWER] == LINK_UNKNOWN)
            set(c, LINK_ANSWER, LINK_HOLDS, "");
    }
}

/* What was not found out behind a link that fails was not reached. Where something was found out,
 * as about the application's address, it stands. */
static void settle(struct chain *c) {
    bool is_broken = false;
    for (int i = 0; i < LINKS; i++) {
        if (is_broken && c->state[i] == LINK_UNKNOWN)
            c->state[i] = LINK_NOT_REACHED;
        is_broken |= c->state[i] == LINK_FAILS;
    }
}

void chain_of(const json_t *f, struct chain *c) {
    bool has_kerberos = strcmp(facts_text(f, "app.sso"), "kerberos") == 0;
    *c = (struct chain){0};
    for (int i = 0; i < LINKS; i++)
        c->detail[i] = "";
    see_host(f, c);
    if (facts_true(f, "app.wildcard"))
        return;
    if (has_kerberos) {
        see_person(f, c);
        see_kdc(f, c);
        see_exchange(f, c, LINK_TGT, "kerberos.tgt");
        see_exchange(f, c, LINK_SELF, "kerberos.self");
        see_exchange(f, c, LINK_PROXY, "kerberos.proxy");
    }
    see_connect(f, c);
    see_answer(f, c, has_kerberos);
    settle(c);
}

enum doctor_link chain_broken(const struct chain *c) {
    for (int i = 0; i < LINKS; i++) {
        if (c->state[i] == LINK_FAILS)
            return (enum doctor_link)i;
    }
    return LINKS;
}
