/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json_text.h"
#include "broker/examine_int.h"
#include "broker/kdc_list.h"
#include "broker/kdc_probe.h"
#include "broker/policy.h"
#include "net/dns_facts.h"
#include "net/srv.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SRV_TIMEOUT_MS = 2000,
    PROBE_TIMEOUT_MS = 3000,
    RESOLVERS_MAX = 4096,
    ADDRESS_MAX = 64,
    SRV_NAMES_MAX = 8
};

/* The KDCs of one realm, as they are found. */
struct kdcs {
    const struct examine *x;
    const char *realm;
    const char *servers; /* name servers; NULL: the system's */
    json_t *list;
    size_t count;
    struct kdc_probe probes[KDC_PROBES_MAX];
    json_t *facts[KDC_PROBES_MAX]; /* borrowed from `list` */
};

/* At most SRV_TIMEOUT_MS, and what is left of the whole; 0: nothing is. */
static int64_t left_ms(const struct kdcs *k) {
    int64_t ms = (k->x->until_us - clock_mono_us()) / 1000;
    return ms <= 0 ? 0 : ms < SRV_TIMEOUT_MS ? ms : SRV_TIMEOUT_MS;
}

static void address_text(const struct kdc_probe *p, char out[ADDRESS_MAX]) {
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";
    getnameinfo((const struct sockaddr *)&p->address, p->address_size, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(out, ADDRESS_MAX, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static json_t *facts_of(struct kdcs *k, const struct kdc_name *name, const char *source) {
    json_t *o = json_object();
    json_set_text(o, "realm", str_of(k->realm));
    json_set_text(o, "host", str_of(name->host));
    json_set_text(o, "source", str_of(source));
    json_array_append_new(k->list, o);
    return o;
}

/* The same one from krb5.conf and from DNS is one. */
static bool is_known(const struct kdcs *k, const char *address) {
    for (size_t i = 0; i < k->count; i++) {
        if (strcmp(json_string_value(json_object_get(k->facts[i], "address")), address) == 0)
            return true;
    }
    return false;
}

static void add_address(struct kdcs *k, const struct kdc_name *name, const char *source,
                        const struct sockaddr *at, socklen_t size) {
    char address[ADDRESS_MAX];
    if (k->count == KDC_PROBES_MAX || size > sizeof k->probes[0].address)
        return;
    struct kdc_probe *p = &k->probes[k->count];
    *p = (struct kdc_probe){.address_size = size};
    memcpy(&p->address, at, size);
    address_text(p, address);
    if (is_known(k, address))
        return;
    k->facts[k->count] = facts_of(k, name, source);
    json_set_text(k->facts[k->count++], "address", str_of(address));
}

/* As libkrb5 does: by the system's resolver, whatever connector.dns says. */
static void add_name(struct kdcs *k, const struct kdc_name *name) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", name->port);
    int code = getaddrinfo(name->host, port, &hints, &found);
    for (const struct addrinfo *a = found; code == 0 && a; a = a->ai_next)
        add_address(k, name, "krb5.conf", a->ai_addr, a->ai_addrlen);
    if (code != 0)
        json_set_text(facts_of(k, name, "krb5.conf"), "name_error", str_of(gai_strerror(code)));
    if (found)
        freeaddrinfo(found);
}

/* What a name server has named, it can also find. */
static void add_srv_name(struct kdcs *k, const struct srv *srv) {
    struct dns_facts d;
    struct kdc_name name = {.port = srv->port};
    snprintf(name.host, sizeof name.host, "%s", srv->host);
    dns_facts_find(&(struct dns_question){.servers = k->servers,
                                          .host = srv->host,
                                          .ends_us = clock_mono_us() + left_ms(k) * 1000},
                   &d);
    for (size_t i = 0; i < d.count; i++) {
        union resolve_address *a = &d.at[i];
        bool is_v6 = a->any.sa_family == AF_INET6;
        *(is_v6 ? &a->v6.sin6_port : &a->v4.sin_port) = htons(srv->port);
        add_address(k, &name, "srv", &a->any, is_v6 ? sizeof a->v6 : sizeof a->v4);
    }
    if (d.count == 0)
        json_set_text(facts_of(k, &name, "srv"), "name_error", str_of(d.error));
}

static void add_line(void *user, const char *line) {
    struct kdcs *k = user;
    struct kdc_name name;
    if (left_ms(k) == 0)
        return;
    if (kdc_list_parse(line, &name)) {
        add_name(k, &name);
    } else {
        json_t *o = facts_of(k, &(struct kdc_name){.host = ""}, "krb5.conf");
        json_set_text(o, "line", str_of(line));
    }
}

static void add_srv(struct kdcs *k) {
    char name[SRV_NAME_MAX];
    struct srv_answer answer;
    struct err e;
    snprintf(name, sizeof name, "_kerberos._tcp.%.200s", k->realm);
    if (left_ms(k) == 0)
        return;
    if (!srv_find(k->servers, name, left_ms(k), &answer, &e)) {
        examine_tell(k->x, "kerberos.srv_error", json_text(str_of(e.detail)));
        return;
    }
    for (size_t i = 0; i < answer.count && i < SRV_NAMES_MAX && left_ms(k) > 0; i++)
        add_srv_name(k, &answer.at[i]);
}

static json_t *way_facts(const struct kdc_way *w) {
    json_t *o = json_pack("{s:b,s:I}", "ok", w->has_answered, "us", (json_int_t)w->took_us);
    json_set_text(o, "error", str_of(w->failure));
    return o;
}

static void add_answers(struct kdcs *k) {
    for (size_t i = 0; i < k->count; i++) {
        const struct kdc_probe *p = &k->probes[i];
        json_object_set_new(k->facts[i], "tcp", way_facts(&p->tcp));
        json_object_set_new(k->facts[i], "udp", way_facts(&p->udp));
        if (p->has_clock)
            json_object_set_new(k->facts[i], "clock",
                                json_pack("{s:I}", "skew_s", (json_int_t)p->skew_s));
        if (p->code)
            json_object_set_new(
                k->facts[i], "as",
                json_pack("{s:i,s:I}", "code", p->code, "nt_status", (json_int_t)p->nt_status));
    }
}

static void look_at(const struct examine *x, struct str realm, json_t *list) {
    const char *principal = x->config->kerberos.principal, *at = strrchr(principal, '@');
    char name[KDC_HOST_MAX], servers[RESOLVERS_MAX];
    struct buf text;
    buf_init(&text, sizeof servers - 1);
    config_resolvers(x->config, &text);
    snprintf(servers, sizeof servers, "%.*s", STR_ARG(buf_str(&text)));
    buf_fini(&text);
    snprintf(name, sizeof name, "%.*s", STR_ARG(realm));
    struct kdcs *k = calloc(1, sizeof *k);
    if (!k || realm.n == 0 || realm.n >= sizeof name || !at) {
        free(k);
        return;
    }
    k->x = x;
    k->realm = name;
    k->servers = servers[0] ? servers : NULL;
    k->list = list;
    kdc_list_each(&x->config->kerberos, name, add_line, k);
    add_srv(k);
    kdc_probe(k->probes, k->count,
              &(struct kdc_probe_question){.client = str_n(principal, (size_t)(at - principal)),
                                           .realm = realm,
                                           .timeout_ms = PROBE_TIMEOUT_MS});
    add_answers(k);
    free(k);
}

void examine_kdcs(const struct examine *x) {
    const char *at = strrchr(x->config->kerberos.principal, '@');
    struct str ours = str_of(at ? at + 1 : NULL), theirs = STR_NONE;
    json_t *list = json_array();
    if (x->asked.name_type == BROKER_NAME_PRINCIPAL)
        theirs = policy_name_of(x->asked.user).realm;
    look_at(x, ours, list);
    if (theirs.n && !str_eq_ci(theirs, ours))
        look_at(x, theirs, list);
    examine_tell(x, "kerberos.kdcs", list);
}
