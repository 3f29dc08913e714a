/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/probe.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "doctor/probe_int.h"
#include "net/dns_facts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { DNS_MS = 6000, SERVERS_MAX = 1024 };

struct probing {
    const struct probe *probe;
    struct buf servers; /* resolvers, NUL-terminated; empty: the system's */
    struct tls_client *trust;
    struct ifaddrs *own;
    struct probe_node nodes[PROBE_NODES_MAX];
    size_t count;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    size_t next; /* not yet begun */
    bool is_done[PROBE_NODES_MAX];
};

static void tell(const struct probing *p, const char *path, json_t *value) {
    p->probe->tell(p->probe->user, path, value);
}

json_t *probe_backend_json(const struct config_backend *b) {
    char text[PROBE_NAME_SIZE + 16];
    bool is_v6 = strchr(b->host, ':') != NULL;
    snprintf(text, sizeof text, "%s%.*s%s:%u", is_v6 ? "[" : "", PROBE_NAME_SIZE, b->host,
             is_v6 ? "]" : "", (unsigned)b->port);
    return json_text(str_of(text));
}

static void tell_url(const struct probing *p) {
    const struct config_app *app = p->probe->app;
    char text[1024];
    const struct str path = p->probe->target ? str_of(p->probe->target) : app->internal.path;
    snprintf(text, sizeof text, "%.*s%.*s", STR_ARG(app->internal.origin), STR_ARG(path));
    tell(p, "target.url", json_text(str_of(text)));
    tell(p, "target.path", json_text(path));
    tell(p, "target.host", json_text(app->internal.host));
    tell(p, "target.port", json_integer(app->internal.port));
    tell(p, "target.scheme", json_text(app->internal.scheme));
    tell(p, "target.external_host", json_text(app->external.host));
    if (app->backend_name)
        tell(p, "target.tls_name", json_text(str_of(app->backend_name)));
    if (!app->spn)
        return;
    struct str host = str_of(app->spn);
    host = str_from(host, str_index(host, '/') + 1);
    tell(p, "target.spn_host", json_text(str_head(host, str_index(host, ':'))));
}

static void tell_backends(const struct probing *p) {
    json_t *list = json_array();
    for (size_t i = 0; i < p->probe->app->backend_count; i++) {
        const struct config_backend *b = &p->probe->app->backends[i];
        json_array_append_new(
            list, json_pack("{s:o,s:i}", "host", json_text(str_of(b->host)), "port", b->port));
    }
    tell(p, "target.backends", list);
}

static const void *bytes_of(const union resolve_address *a) {
    return a->any.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr
                                        : (const void *)&a->v4.sin_addr;
}

static json_t *address_json(const union resolve_address *a) {
    char text[INET6_ADDRSTRLEN] = "?";
    inet_ntop(a->any.sa_family, bytes_of(a), text, sizeof text);
    return json_string(text);
}

static const char *code_of(const struct dns_facts *d) { return d->is_silent ? "silent" : "dns"; }

static json_t *dns_json(const struct dns_facts *d) {
    json_t *chain = json_array(), *addresses = json_array(), *names = json_array();
    for (size_t i = 0; i < d->chain_count; i++)
        json_array_append_new(chain, json_text(str_of(d->chain[i])));
    for (size_t i = 0; i < d->count; i++) {
        json_array_append_new(addresses, address_json(&d->at[i]));
        if (d->names[i][0])
            json_array_append_new(names, json_pack("{s:o,s:o}", "address", address_json(&d->at[i]),
                                                   "name", json_text(str_of(d->names[i]))));
    }
    json_t *o = json_pack("{s:o,s:o,s:o}", "chain", chain, "addresses", addresses, "ptr", names);
    if (d->count == 0)
        json_object_set_new(
            o, "error",
            json_pack("{s:s,s:o}", "code", code_of(d), "detail", json_text(str_of(d->error))));
    return o;
}

static void resolve(const struct probing *p, const char *host, struct dns_facts *out) {
    int64_t ends_us = clock_mono_us() + (int64_t)DNS_MS * 1000;
    const struct dns_question q = {
        .servers = buf_size(&p->servers) > 1 ? buf_str(&p->servers).p : NULL,
        .host = host,
        .ends_us = ends_us < p->probe->ends_us ? ends_us : p->probe->ends_us};
    dns_facts_find(&q, out);
}

static bool is_same_host(const struct sockaddr *a, const union resolve_address *b) {
    if (!a || a->sa_family != b->any.sa_family)
        return false;
    if (a->sa_family == AF_INET6)
        return memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, &b->v6.sin6_addr,
                      sizeof b->v6.sin6_addr) == 0;
    return a->sa_family == AF_INET &&
           ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

static bool is_own_address(const struct probing *p, const union resolve_address *a) {
    bool is_own = false;
    for (const struct ifaddrs *i = p->own; i && !is_own; i = i->ifa_next)
        is_own = is_same_host(i->ifa_addr, a);
    return is_own;
}

/* Whether kerbgate itself listens there. */
static bool is_ourselves(const struct probing *p, const union resolve_address *a) {
    const struct config *c = p->probe->config;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(a->any.sa_family, bytes_of(a), text, sizeof text);
    for (size_t i = 0; i < c->listen_count; i++) {
        const struct config_listen *l = &c->listen[i];
        bool is_all = strcmp(l->address, "::") == 0 ||
                      (strcmp(l->address, "0.0.0.0") == 0 && a->any.sa_family == AF_INET);
        if (l->port == ntohs(a->v4.sin_port) &&
            (is_all ? is_own_address(p, a) : strcmp(l->address, text) == 0))
            return true;
    }
    return false;
}

/* Its addresses, or itself without one when it has none. */
static void add_nodes(struct probing *p, const struct config_backend *b) {
    struct dns_facts d;
    resolve(p, b->host, &d);
    if (d.count == 0)
        tell(p, "target.nodes.+",
             json_pack("{s:o,s:i,s:{s:s,s:o}}", "backend", probe_backend_json(b), "port", b->port,
                       "dns_error", "code", code_of(&d), "detail", json_text(str_of(d.error))));
    for (size_t i = 0; i < d.count && p->count < PROBE_NODES_MAX; i++) {
        union resolve_address a = d.at[i];
        a.v4.sin_port = htons(b->port); /* the same place in an IPv6 address */
        p->nodes[p->count++] = (struct probe_node){.probe = p->probe,
                                                   .trust = p->trust,
                                                   .backend = b,
                                                   .address = a,
                                                   .is_ourselves = is_ourselves(p, &a)};
    }
}

/* The one that begins next; NULL: none is left. */
static struct probe_node *take(struct probing *p) {
    pthread_mutex_lock(&p->lock);
    struct probe_node *n = p->next < p->count ? &p->nodes[p->next++] : NULL;
    pthread_mutex_unlock(&p->lock);
    return n;
}

static void *work(void *user) {
    struct probing *p = user;
    struct probe_node *n;
    while ((n = take(p))) {
        probe_node_run(n);
        pthread_mutex_lock(&p->lock);
        p->is_done[n - p->nodes] = true;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

/* In order, so that two runs look alike. */
static void tell_nodes(struct probing *p) {
    for (size_t i = 0; i < p->count; i++) {
        pthread_mutex_lock(&p->lock);
        while (!p->is_done[i])
            pthread_cond_wait(&p->changed, &p->lock);
        pthread_mutex_unlock(&p->lock);
        tell(p, "target.nodes.+", p->nodes[i].facts);
    }
}

static void run_nodes(struct probing *p) {
    pthread_t threads[PROBE_THREADS];
    size_t count = 0;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    while (count < PROBE_THREADS && count < p->count &&
           pthread_create(&threads[count], NULL, work, p) == 0)
        count++;
    if (count == 0)
        work(p);
    tell_nodes(p);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
}

/* Those that are configured; none: the system's. */
static void tell_servers(const struct probing *p) {
    json_t *list = json_array();
    for (size_t i = 0; i < p->probe->config->dns_count; i++)
        json_array_append_new(list, json_string(p->probe->config->dns[i].address));
    tell(p, "target.name_servers", list);
}

static void tell_dns(const struct probing *p) {
    struct dns_facts d;
    char host[DNS_NAME_SIZE];
    snprintf(host, sizeof host, "%.*s", STR_ARG(p->probe->app->internal.host));
    resolve(p, host, &d);
    tell(p, "target.dns", dns_json(&d));
}

void probe_application(const struct probe *probe) {
    struct probing *p = calloc(1, sizeof *p);
    if (!p)
        return;
    p->probe = probe;
    p->trust = probe->trust;
    buf_init(&p->servers, SERVERS_MAX);
    config_resolvers(probe->config, &p->servers);
    buf_add_byte(&p->servers, '\0');
    if (getifaddrs(&p->own) != 0)
        p->own = NULL;
    tell_url(p);
    tell_backends(p);
    tell_servers(p);
    tell_dns(p);
    for (size_t i = 0; i < probe->app->backend_count; i++)
        add_nodes(p, &probe->app->backends[i]);
    run_nodes(p);
    freeifaddrs(p->own);
    buf_fini(&p->servers);
    free(p);
}
