/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json_text.h"
#include "doctor/probe_int.h"
#include "net/tls_examine.h"

#include <arpa/inet.h>
#include <stdio.h>

enum {
    CONNECT_MS = 5000,
    SHAKE_MS = 5000,
    REPEATS = 3, /* of four of them, one of two servers is met with fifteen in sixteen chances */
    QUICK_US = 300 * 1000,
};

static json_t *error_json(const char *code, const char *detail) {
    json_t *o = json_pack("{s:s}", "code", code);
    json_set_text(o, "detail", str_of(detail));
    return o;
}

static json_t *names_json(const char *names) {
    json_t *list = json_array();
    struct str name, rest = str_of(names);
    while (str_split(&rest, '\n', &name))
        if (name.n)
            json_array_append_new(list, json_text(name));
    return list;
}

static void add_certificate(json_t *o, const struct tls_examined *x) {
    json_set_text(o, "subject", str_of(x->subject));
    json_set_text(o, "issuer", str_of(x->issuer));
    json_set_text(o, "version", str_of(x->version));
    json_set_text(o, "alpn", str_of(x->alpn));
    json_object_set_new(o, "names", names_json(x->names));
    json_object_set_new(o, "not_before", json_integer(x->not_before_s));
    json_object_set_new(o, "not_after", json_integer(x->not_after_s));
    json_object_set_new(o, "sent", json_integer(x->sent));
    json_object_set_new(o, "asks_certificate", json_boolean(x->asks_certificate));
}

static json_t *tls_json(const struct tls_examined *x, bool is_good) {
    json_t *o = json_pack("{s:b,s:b}", "ok", is_good, "handshake", x->is_over);
    json_t *faults = json_array();
    for (int i = TLS_NO_FAULT + 1; i <= TLS_OTHER_FAULT; i++)
        if (x->all & 1U << i)
            json_array_append_new(faults, json_string(tls_fault_name((enum tls_fault)i)));
    json_object_set_new(o, "faults", faults);
    if (x->is_over)
        add_certificate(o, x);
    if (!is_good)
        json_object_set_new(o, "error", error_json(tls_fault_name(x->fault), x->why));
    json_set_text(o, "verify", str_of(x->why));
    return o;
}

/* A handshake on a connection of its own. */
static bool examine(const struct probe_node *n, bool offers_http2, struct tls_examined *out) {
    struct probe_wire w = probe_wire_new(n);
    struct probe_fault f = {"failed", ""};
    const struct config_app *app = n->probe->app;
    char name[PROBE_NAME_SIZE];
    bool is_good = false;
    *out = (struct tls_examined){.fault = TLS_OTHER_FAULT, .all = 1U << TLS_OTHER_FAULT};
    if (n->trust && probe_wire_open(&w, &n->address, probe_until(n, CONNECT_MS), &f)) {
        struct tls_examine order = {.client = n->trust,
                                    .fd = w.fd,
                                    .name = probe_tls_name(app, name),
                                    .offers_http2 = offers_http2,
                                    .ends_us = probe_until(n, SHAKE_MS)};
        is_good = tls_examine(&order, out);
    } else {
        snprintf(out->why, sizeof out->why, "%s",
                 n->trust ? f.detail : "the CAs of backend_tls cannot be read");
    }
    probe_wire_close(&w);
    return is_good;
}

static bool look_at_tls(struct probe_node *n) {
    struct tls_examined x, with_http2;
    bool is_good = examine(n, false, &x);
    json_t *tls = tls_json(&x, is_good);
    if ((x.is_over || x.fault == TLS_NO_HTTP1) && !probe_is_over(n)) {
        examine(n, true, &with_http2);
        json_set_text(tls, "alpn_offered_h2", str_of(with_http2.alpn));
        if (!x.is_over && with_http2.is_over)
            add_certificate(tls, &with_http2);
    }
    json_object_set_new(n->facts, "tls", tls);
    return is_good;
}

static bool look_at_tcp(struct probe_node *n) {
    struct probe_wire w = probe_wire_new(n);
    struct probe_fault f;
    int64_t limit_ms = n->probe->app->connect_timeout_ms, since_us = clock_mono_us();
    bool is_open = probe_wire_open(
        &w, &n->address, probe_until(n, limit_ms < CONNECT_MS ? limit_ms : CONNECT_MS), &f);
    json_t *tcp =
        json_pack("{s:b,s:I}", "ok", is_open, "us", (json_int_t)(clock_mono_us() - since_us));
    if (!is_open)
        json_object_set_new(tcp, "error", error_json(f.code, f.detail));
    json_object_set_new(n->facts, "tcp", tcp);
    probe_wire_close(&w);
    return is_open;
}

/* Where nobody listens at the usual port of one scheme, is there somebody at the other's? */
static void look_beside(struct probe_node *n) {
    struct probe_node other = *n;
    struct probe_wire w = probe_wire_new(n);
    struct probe_fault f;
    uint16_t port = ntohs(n->address.v4.sin_port); /* the same place in an IPv6 address */
    uint16_t to = port == 80 ? 443 : port == 443 ? 80 : 0;
    if (to == 0 || probe_is_over(n))
        return;
    other.address.v4.sin_port = htons(to);
    bool is_open = probe_wire_open(&w, &other.address, probe_until(n, 1000), &f);
    json_object_set_new(n->facts, "other_port", json_pack("{s:i,s:b}", "port", to, "ok", is_open));
    probe_wire_close(&w);
}

/* A fact only when it was found out. */
static void set(struct probe_node *n, const char *key, json_t *answer) {
    if (answer)
        json_object_set_new(n->facts, key, answer);
}

static void ask_signed_in(struct probe_node *n) {
    struct probe_wire w = probe_wire_new(n);
    struct probe_order with = probe_configured(n), without = with;
    without.has_token = false;
    set(n, "signed_in", probe_ask(n, &w, &with));
    if (w.fd >= 0)
        set(n, "again", probe_ask(n, &w, &without));
    probe_wire_close(&w);
    set(n, "fresh", probe_ask_alone(n, &without));
}

/* Behind one address may be several servers, each of which answers for itself. Asked only where it
 * costs little. */
static void ask_repeatedly(struct probe_node *n) {
    struct probe_order with = probe_configured(n);
    const json_t *first = facts_at(n->facts, "signed_in");
    if (!facts_true(first, "ok") || facts_int(first, "us", 0) > QUICK_US)
        return;
    for (int i = 0; i < REPEATS && !probe_is_over(n); i++) {
        json_t *answer = probe_ask_alone(n, &with);
        if (!answer)
            return;
        facts_put(n->facts, "repeats.+", answer);
    }
}

/* Not what answers nothing, and not ourselves. */
static bool may_have_token(const struct probe_node *n) {
    return !n->is_ourselves && facts_true(n->facts, "anonymous.ok") &&
           !facts_true(n->facts, "anonymous.via_kerbgate");
}

static void begin(struct probe_node *n) {
    char address[INET6_ADDRSTRLEN] = "";
    const union resolve_address *a = &n->address;
    inet_ntop(a->any.sa_family,
              a->any.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr
                                           : (const void *)&a->v4.sin_addr,
              address, sizeof address);
    n->facts = json_pack("{s:s,s:i,s:b}", "address", address, "port", ntohs(a->v4.sin_port),
                         "is_ourselves", n->is_ourselves);
    json_object_set_new(n->facts, "backend", probe_backend_json(n->backend));
    json_object_set_new(
        n->facts, "path",
        json_text(n->probe->target ? str_of(n->probe->target) : n->probe->app->internal.path));
}

static void mint_begin(struct probe_node *n) {
    struct err e;
    n->mint = n->probe->ticket ? mint_new(&e) : NULL;
    n->die = n->mint ? mint_die_new(n->mint, n->probe->ticket, &e) : NULL;
}

void probe_node_run(struct probe_node *n) {
    struct probe_order nobody;
    begin(n);
    if (!look_at_tcp(n)) {
        look_beside(n);
        return;
    }
    mint_begin(n);
    nobody = probe_configured(n);
    nobody.has_token = false;
    bool is_safe = !nobody.is_tls || look_at_tls(n);
    if (is_safe) {
        set(n, "anonymous", probe_ask_alone(n, &nobody));
        if (n->die && may_have_token(n))
            ask_signed_in(n);
    }
    probe_variants_run(n);
    ask_repeatedly(n);
    mint_die_free(n->die);
    mint_free(n->mint);
    n->die = NULL;
    n->mint = NULL;
}
